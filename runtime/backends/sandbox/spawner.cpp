// Requests over a socket of packets; the spawner is known by its pidfd.
#include "backends/sandbox/spawner.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "backends/sandbox/readiness.hpp"
#include "backends/sandbox/spawn_request.hpp"
#include "backends/sandbox/worker_process.hpp"

namespace tenon::sandbox {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

namespace {

constexpr int kStrayLooks = 100;  // for a worker of a spawner that died; it ends at its hang-up
constexpr milliseconds kStrayPause{100};

// Only for a child that is dead or has its SIGKILL.
}  // namespace

struct Spawner::Process {
  Process(const asio::any_io_executor& executor, Spawned spawned, UniqueFd ours)
      : pid(spawned.pid),
        pidfd(executor, spawned.pidfd.release()),
        socket(executor, ours.release()) {}
  ~Process() {
    if (dead) return;
    kill();
    reap(pid);
  }
  void kill() { ::syscall(SYS_pidfd_send_signal, pidfd.native_handle(), SIGKILL, nullptr, 0); }

  const pid_t pid;
  Descriptor pidfd, socket;
  bool asked = false;  // its answer has not come
  bool dead = false;
};

// The right to ask. Whoever leaves without the answer ends the spawner: it must not be read by the
// next one.
class Spawner::Turn {
 public:
  explicit Turn(Spawner& spawner) : spawner_(spawner) { spawner_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (spawner_.process_ && spawner_.process_->asked) spawner_.process_->kill();
    spawner_.busy_ = false;
    spawner_.changed_.notify();
  }

 private:
  Spawner& spawner_;
};

Spawner::Spawner(asio::any_io_executor executor, Telemetry& telemetry, std::string program,
                 milliseconds within, std::function<bool(pid_t)> is_known)
    : executor_(executor),
      telemetry_(telemetry),
      program_(std::move(program)),
      within_(within),
      is_known_(std::move(is_known)),
      scope_(executor),
      changed_(executor) {
  const auto started = start();
  if (started) return;  // else the first request says why
  const std::string why = started.error().text();
  telemetry_.log(LogLevel::warning, "spawner.not_started", {{"why", why}});
}

Spawner::~Spawner() = default;

Result<void> Spawner::start() {
  const UniqueFd program(::open(program_.c_str(), O_PATH | O_CLOEXEC));
  if (!program) {
    return unavailable(std::string("the spawner program: ") + std::strerror(errno), program_);
  }
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  int ends[2] = {-1, -1};
  if (!null || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return unavailable(std::string("the spawner's socket: ") + std::strerror(errno));
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  SpawnPlan plan;
  plan.program_fd = program.get();
  plan.ipc_fd = theirs.get();
  plan.log_fd = null.get();
  plan.namespaces = Namespaces::shared;
  plan.arguments = {"tenon-spawner"};
  TENON_TRY_AS(Spawned spawned, spawn(plan));
  process_ = std::make_shared<Process>(executor_, std::move(spawned), std::move(ours));
  ++starts_;
  telemetry_.count("spawner_starts");
  scope_.spawn(watch(process_), "watch spawner");
  return {};
}

Task<Result<Spawned>> Spawner::start_worker(SpawnPlan plan, RenewPipes renew) {
  const std::string request = encode_request(plan);
  if (request.size() > kMaxPacketBytes) {
    co_return invalid("the path of a connector is too long", plan.so_path);
  }
  while (busy_) co_await changed_.wait();
  const Turn turn(*this);
  for (bool again = true;; again = false) {
    if (stopping_) co_return cancelled();
    if (!process_) {
      const auto started = start();
      if (!started) co_return started.error();
    }
    const ProcessPtr process = process_;
    auto spawned = co_await ask(process, plan, request);
    if (!process->asked) co_return spawned;
    process->kill();
    while (!process->dead) co_await changed_.wait();
    if (!again) co_return spawned;
    // The worker may have been started all the same, and have spoken: nobody else may speak there.
    const auto renewed = renew(plan);
    if (!renewed) co_return renewed.error();
  }
}

// With an error and `asked` still set if no answer came.
Task<Result<Spawned>> Spawner::ask(ProcessPtr process, const SpawnPlan& plan,
                                   const std::string& request) {
  process->asked = true;
  const auto sent = send_packet(process->socket.native_handle(), request,
                                {plan.program_fd, plan.folder_fd, plan.ipc_fd, plan.log_fd});
  if (!sent) co_return sent.error();
  asio::steady_timer alarm(executor_, within_);
  alarm.async_wait([process](const boost::system::error_code& error) {
    if (!error && !process->dead) process->kill();
  });
  std::optional<Packet> packet;
  while (!packet) {
    co_await ready(process->socket, Descriptor::wait_read);
    auto received = receive_packet(process->socket.native_handle());
    if (!received) co_return unavailable("the spawner died: " + received.error().text());
    packet = std::move(*received);
  }
  process->asked = false;
  auto reply = decode_reply(packet->bytes);
  if (!reply) co_return std::move(reply).error();
  Spawned spawned;
  spawned.pid = reply->pid;
  if (reply->runs && packet->fds.size() == 1) {
    spawned.pidfd = std::move(packet->fds[0]);
    co_return spawned;
  }
  if (reply->runs) {
    ::kill(reply->pid, SIGKILL);
    reply->runs = unavailable(
        "no descriptor is left for a worker: raise the limit of open files (ulimit -n)");
  }
  if (reply->pid > 0) reap(reply->pid);
  co_return std::move(reply->runs).error();
}

Task<void> Spawner::watch(ProcessPtr process) {
  siginfo_t info{};
  for (;;) {
    info = {};
    const int done = ::waitid(P_PID, static_cast<id_t>(process->pid), &info, WEXITED | WNOHANG);
    if ((done == 0 && info.si_pid != 0) || (done != 0 && errno == ECHILD)) break;
    co_await ready(process->pidfd, Descriptor::wait_read);
  }
  process->dead = true;
  if (process_ == process) process_.reset();
  if (!stopping_) {
    last_end_ = describe_death(info.si_code, info.si_status, KilledFor::nothing).text;
    const std::string pid = std::to_string(process->pid);
    telemetry_.log(LogLevel::warning, "spawner.ended", {{"pid", pid}, {"how", last_end_}});
  }
  if (process->asked) scope_.spawn(reap_stray(), "stray worker");
  changed_.notify();
}

// A spawner that dies over a request may leave a worker that nobody was told of. Its socket hangs
// up, so it ends by itself; as a child of ours it would stay a zombie.
Task<void> Spawner::reap_stray() {
  asio::steady_timer timer(executor_);
  for (int look = 0; look < kStrayLooks; ++look) {
    siginfo_t info{};
    const int found = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    if (found == 0 && info.si_pid != 0 && !is_known_(info.si_pid) &&
        (!process_ || process_->pid != info.si_pid)) {
      reap(info.si_pid);
      co_return;
    }
    timer.expires_after(kStrayPause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<void> Spawner::stop() {
  stopping_ = true;
  while (busy_) co_await changed_.wait();
  if (process_) process_->kill();
  while (process_) co_await changed_.wait();
  scope_.cancel();
  co_await scope_.join();
}

SpawnerInfo Spawner::info() const {
  return SpawnerInfo{process_ ? process_->pid : -1, starts_, last_end_};
}

}  // namespace tenon::sandbox
