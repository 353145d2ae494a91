// WorkerProcess: one spawned worker: its socket, its output, its death.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "async/task.hpp"
#include "backends/sandbox/spawn.hpp"
#include "base/result.hpp"
#include "ports/telemetry.hpp"
#include "wire/frame.hpp"

namespace tenon::sandbox {

// Why we killed it; none if it died by itself.
enum class KilledFor : std::uint8_t {
  nothing,
  deadline,
  cpu,
  illegal_frame,
  cancelled,
  idle,
  stop,
  start,
  gate,
};

struct Death {
  std::string cause;  // stable word for metrics: exit, signal, forbidden_call, timeout, cpu, ...
  std::string text;   // "was killed by SIGSEGV", "made a forbidden system call (SIGSYS)"
};
// `code` and `status` as waitid gives them (CLD_*, exit status or signal).
Death describe_death(int code, int status, KilledFor reason);

constexpr std::size_t kMaxOutputLines = 200;       // of one worker's stdout and stderr, per minute
constexpr std::size_t kMaxOutputLineBytes = 1024;  // the rest of a longer line is the next one

// On one executor (one thread). `watch` and `drain` must run until the process is dead; whoever
// awaits anything here must keep the object alive.
class WorkerProcess {
 public:
  WorkerProcess(boost::asio::any_io_executor executor, Spawned spawned, UniqueFd ipc, UniqueFd log);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Sends one message. unavailable: the process is gone.
  Task<Result<void>> send(wire::MessageType type, std::uint64_t handle, std::string body);
  // The next message. unavailable: the process is gone. corrupt: an illegal frame.
  Task<Result<wire::Message>> receive();
  // The first message, and the descriptor that came with it if it is `gate`. As receive().
  struct First {
    wire::Message message;
    UniqueFd gate;
  };
  Task<Result<First>> receive_first();
  // The last packet, as evidence of what it broke; raw bytes.
  std::string_view evidence() const { return {buffer_.data(), last_size_}; }
  // SIGKILL, at once; the first reason counts. No effect on a dead one.
  void kill(KilledFor reason);
  // CPU time used so far, from outside; zero if it is gone.
  std::chrono::nanoseconds cpu() const;
  // Memory held now, resident; zero if it is gone.
  std::uint64_t resident_bytes() const;

  bool dead() const { return death_.has_value(); }
  // Valid once dead.
  const Death& death() const { return *death_; }
  KilledFor killed_for() const { return killed_for_; }
  // Ends when it is dead and reaped.
  Task<void> wait_dead();

  // Reaps the process when it ends.
  Task<void> watch();
  // Logs what it writes to stdout and stderr, bounded and escaped.
  Task<void> drain(Telemetry& telemetry, std::string release);

 private:
  Result<std::optional<wire::Message>> accept(std::size_t size);
  void log_lines(Telemetry& telemetry, const std::string& release, std::string_view bytes);
  void log_line(Telemetry& telemetry, const std::string& release, std::string_view line);

  pid_t pid_;
  boost::asio::posix::stream_descriptor pidfd_, ipc_, log_;
  wire::Assembler assembler_{wire::Side::host};
  std::uint32_t sequence_ = 0;
  std::vector<char> buffer_;
  std::size_t last_size_ = 0;  // of what lies in it
  std::optional<Death> death_;
  KilledFor killed_for_ = KilledFor::nothing;
  Signal died_;
  std::string half_line_;
  std::size_t lines_ = 0, dropped_ = 0;
  std::chrono::steady_clock::time_point minute_{};
};

// A socketpair for frames and a pipe for output, close-on-exec, our ends non-blocking.
struct Pipes {
  UniqueFd ipc_ours, ipc_theirs, log_ours, log_theirs;
};
// `socket_buffer_bytes`: the kernel's accounting size of each direction (not below a frame's).
Result<Pipes> make_pipes(int socket_buffer_bytes);

}  // namespace tenon::sandbox
