// Frames over the socket, output, and reaping by pidfd.
#include "backends/sandbox/worker_process.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <fstream>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "backends/sandbox/readiness.hpp"
#include "wire/text.hpp"

namespace tenon::sandbox {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

Error gone(int error) {
  return unavailable(std::string("the worker's socket: ") + std::strerror(error));
}

}  // namespace

Death describe_death(int code, int status, KilledFor reason) {
  switch (reason) {
    case KilledFor::deadline: return {"timeout", "was killed at its deadline"};
    case KilledFor::cpu: return {"cpu", "was killed: more than its CPU time of one step"};
    case KilledFor::illegal_frame: return {"illegal_frame", "was killed for an illegal frame"};
    case KilledFor::cancelled: return {"cancelled", "was killed: its step was cancelled"};
    case KilledFor::idle: return {"idle", "was stopped: idle"};
    case KilledFor::stop: return {"stop", "was stopped"};
    case KilledFor::start: return {"start", "was stopped: it could not start"};
    case KilledFor::gate: return {"gate", "was killed: its start asked for too much"};
    case KilledFor::nothing: break;
  }
  if (code == CLD_EXITED) return {"exit", "exited with status " + std::to_string(status)};
  if (status == SIGSYS) return {"forbidden_call", "made a forbidden system call (SIGSYS)"};
  const char* name = ::sigabbrev_np(status);
  return {"signal", "was killed by " + (name != nullptr ? "SIG" + std::string(name)
                                                        : "signal " + std::to_string(status))};
}

WorkerProcess::WorkerProcess(asio::any_io_executor executor, Spawned spawned, UniqueFd ipc,
                             UniqueFd log)
    : pid_(spawned.pid),
      pidfd_(executor, spawned.pidfd.release()),
      ipc_(executor, ipc.release()),
      log_(executor, log.release()),
      buffer_(wire::kMaxFrameBytes + 1),
      died_(executor) {}

WorkerProcess::~WorkerProcess() {
  if (death_) return;
  // Only when the executor was stopped under us: still leave neither process nor zombie.
  ::syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), SIGKILL, nullptr, 0);
  siginfo_t info{};
  ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.native_handle()), &info,
           WEXITED);
}

Task<Result<void>> WorkerProcess::send(wire::MessageType type, std::uint64_t handle,
                                       std::string body) {
  wire::Fragments fragments(type, handle, body, sequence_);
  wire::HeaderBytes header;
  std::string_view payload;
  while (fragments.next(header, payload)) {
    iovec parts[2];
    parts[0].iov_base = header.data();
    parts[0].iov_len = header.size();
    parts[1].iov_base = const_cast<char*>(payload.data());
    parts[1].iov_len = payload.size();
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    for (;;) {
      if (dead()) co_return unavailable("the worker is dead");
      const ssize_t n = ::sendmsg(ipc_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n >= 0) break;
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return gone(errno);
      co_await ready(ipc_, Descriptor::wait_write);
    }
  }
  co_return Result<void>{};
}

Task<Result<wire::Message>> WorkerProcess::receive() {
  for (;;) {
    const ssize_t n =
        ::recv(ipc_.native_handle(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      co_await ready(ipc_, Descriptor::wait_read);
      continue;
    }
    if (n < 0) co_return gone(errno);
    if (n == 0) co_return unavailable("the worker hung up");
    auto message = accept(static_cast<std::size_t>(n));
    if (!message) co_return std::move(message).error();
    if (!message->has_value()) continue;
    if ((*message)->type == wire::MessageType::gate) {
      co_return corrupt("illegal frame: a gate out of turn");
    }
    co_return std::move(**message);
  }
}

Result<std::optional<wire::Message>> WorkerProcess::accept(std::size_t size) {
  last_size_ = std::min(size, buffer_.size());
  if (size > wire::kMaxFrameBytes) {
    return corrupt("illegal frame: a packet of " + std::to_string(size) + " bytes");
  }
  return assembler_.add(std::string_view(buffer_.data(), size));
}

// Descriptors are taken from this one packet only: it was sent before anything of the vendor's ran.
Task<Result<WorkerProcess::First>> WorkerProcess::receive_first() {
  First first;
  for (;;) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr packet{};
    packet.msg_iov = &part;
    packet.msg_iovlen = 1;
    packet.msg_control = control;
    packet.msg_controllen = sizeof control;
    const ssize_t n =
        ::recvmsg(ipc_.native_handle(), &packet, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      co_await ready(ipc_, Descriptor::wait_read);
      continue;
    }
    if (n < 0) co_return gone(errno);
    const cmsghdr* head = CMSG_FIRSTHDR(&packet);
    if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int))) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
      first.gate = UniqueFd(fd);
    }
    // Ours is the fault if it could not be handed over: nothing of the vendor's has run yet.
    if ((packet.msg_flags & MSG_CTRUNC) != 0) {
      co_return unavailable(
          "no descriptor is left for the worker's gate: raise the limit of open "
          "files (ulimit -n)");
    }
    if (n == 0) co_return unavailable("the worker hung up");
    auto message = accept(static_cast<std::size_t>(n));
    if (!message) co_return std::move(message).error();
    if (!message->has_value()) co_return corrupt("illegal frame: a part as the first one");
    first.message = std::move(**message);
    break;
  }
  if ((first.message.type == wire::MessageType::gate) != static_cast<bool>(first.gate)) {
    co_return corrupt("illegal frame: a gate without its descriptor, or one with another message");
  }
  co_return std::move(first);
}

void WorkerProcess::kill(KilledFor reason) {
  if (dead()) return;
  if (killed_for_ == KilledFor::nothing) killed_for_ = reason;
  ::syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), SIGKILL, nullptr, 0);
}

std::uint64_t WorkerProcess::resident_bytes() const {
  if (dead()) return 0;
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t total = 0, resident = 0;
  if (!(statm >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds WorkerProcess::cpu() const {
  clockid_t clock{};
  timespec used{};
  if (dead() || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    return std::chrono::nanoseconds(0);
  }
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

Task<void> WorkerProcess::wait_dead() {
  while (!dead()) co_await died_.wait();
}

Task<void> WorkerProcess::watch() {
  siginfo_t info{};
  for (;;) {
    info = {};
    const int done = ::waitid(static_cast<idtype_t>(P_PIDFD),
                              static_cast<id_t>(pidfd_.native_handle()), &info, WEXITED | WNOHANG);
    if (done == 0 && info.si_pid != 0) break;
    if (done != 0 && errno == ECHILD) break;  // somebody reaped it for us; the cause is lost
    co_await ready(pidfd_, Descriptor::wait_read);
  }
  // If it ended by itself before our signal came, that is the cause and not what we meant to do.
  const bool by_us = info.si_code == CLD_KILLED && info.si_status == SIGKILL;
  death_ = describe_death(info.si_code, info.si_status, by_us ? killed_for_ : KilledFor::nothing);
  died_.notify();
}

Task<void> WorkerProcess::drain(Telemetry& telemetry, std::string release) {
  std::vector<char> bytes(4096);
  for (;;) {
    const ssize_t n = ::read(log_.native_handle(), bytes.data(), bytes.size());
    if (n > 0) {
      log_lines(telemetry, release, std::string_view(bytes.data(), static_cast<std::size_t>(n)));
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && errno == EAGAIN) {
      co_await ready(log_, Descriptor::wait_read);
    } else {
      break;
    }
  }
  if (!half_line_.empty()) log_line(telemetry, release, half_line_);
  if (dropped_ > 0) {
    const std::string count = std::to_string(dropped_);
    telemetry.log(LogLevel::warning, "worker.output_dropped",
                  {{"release", release}, {"lines", count}});
  }
}

void WorkerProcess::log_lines(Telemetry& telemetry, const std::string& release,
                              std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n') half_line_.push_back(c);
    if (c == '\n' || half_line_.size() >= kMaxOutputLineBytes) {
      log_line(telemetry, release, half_line_);
      half_line_.clear();
    }
  }
}

void WorkerProcess::log_line(Telemetry& telemetry, const std::string& release,
                             std::string_view line) {
  const auto now = std::chrono::steady_clock::now();
  if (now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    lines_ = 0;
  }
  if (++lines_ > kMaxOutputLines) {
    ++dropped_;
    return;
  }
  const std::string pid = std::to_string(pid_), text = wire::escape_text(line, kMaxOutputLineBytes);
  telemetry.log(LogLevel::info, "worker.output",
                {{"release", release}, {"pid", pid}, {"text", text}});
}

Result<Pipes> make_pipes(int socket_buffer_bytes) {
  int ipc[2], log[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ipc) != 0) {
    return unavailable(std::string("socketpair: ") + std::strerror(errno));
  }
  Pipes pipes;
  pipes.ipc_ours = UniqueFd(ipc[0]);
  pipes.ipc_theirs = UniqueFd(ipc[1]);
  if (::pipe2(log, O_CLOEXEC) != 0) {
    return unavailable(std::string("pipe: ") + std::strerror(errno));
  }
  pipes.log_ours = UniqueFd(log[0]);
  pipes.log_theirs = UniqueFd(log[1]);
  ::fcntl(pipes.log_ours.get(), F_SETFL, O_NONBLOCK);
  const int half = socket_buffer_bytes / 2;  // the kernel doubles what it is given
  for (const int fd : ipc) {
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half, sizeof half) != 0) {
      return unavailable(std::string("send buffer: ") + std::strerror(errno));
    }
  }
  return pipes;
}

}  // namespace tenon::sandbox
