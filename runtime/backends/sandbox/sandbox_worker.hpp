// What the runtime knows of one worker, and the turn that a step takes on it. Private to the
// backend.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "backends/sandbox/gate.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/sandbox/worker_process.hpp"

namespace tenon {

struct SandboxRuntime::Worker {
  Worker(boost::asio::any_io_executor executor, ReleaseId name)
      : release(std::move(name)), changed(executor), watchdog(executor) {}

  ReleaseId release;
  std::unique_ptr<sandbox::WorkerProcess> process;  // null until spawned
  std::unique_ptr<sandbox::Gate> gate;              // null: it has none, or not yet
  sandbox::WorkerState state = sandbox::WorkerState::starting;
  bool settled = false;              // its start has ended, well or not
  std::optional<Error> start_error;  // if not well
  std::string level;
  bool isolated = true;
  std::optional<std::uint32_t> uid;
  Time started{};
  std::uint64_t steps = 0;
  Instant last_used{};
  std::size_t instances = 0;

  // The one message in flight: who has the turn, who waits for it, in order.
  bool busy = false;
  std::deque<std::shared_ptr<Signal>> waiting;  // shared with alarms, which may ring late
  Signal changed;                               // started, dead

  boost::asio::steady_timer watchdog;
  std::uint64_t exchange = 0;  // counts exchanges, so that a late tick knows that it is late
  Instant deadline{};
  std::chrono::nanoseconds cpu_at_start{0};

  // Whose turn it is, if anybody's: waking all for each step would cost the square of their number.
  void wake_next() {
    if (!busy && !waiting.empty()) waiting.front()->notify();
  }
  void wake_all() {
    changed.notify();
    for (const auto& one : waiting) one->notify();
  }
  bool gone() const {
    return state == sandbox::WorkerState::ending || (process && process->dead());
  }
};

// Holds the turn; gives it back when it ends.
struct SandboxRuntime::Turn {
  explicit Turn(WorkerPtr held) : worker(std::move(held)) { worker->busy = true; }
  Turn(Turn&&) noexcept = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (!worker) return;
    worker->busy = false;
    worker->wake_next();
  }
  WorkerPtr worker;
};

struct SandboxRuntime::Exchange {
  wire::MessageType type = wire::MessageType::none, wanted = wire::MessageType::none;
  std::uint64_t handle = 0;
  std::string body;
  Instant deadline{};
};

}  // namespace tenon
