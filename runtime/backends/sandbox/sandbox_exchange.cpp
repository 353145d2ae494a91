// Messages with a worker: one at a time, each under a watchdog.
#include "backends/sandbox/evidence.hpp"
#include "backends/sandbox/sandbox_worker.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace {

constexpr std::chrono::milliseconds kCpuLook{100};  // how often a long step's CPU time is read

}  // namespace

// Ends the worker if the step's Task is cancelled: what it would still say belongs to nobody.
class SandboxRuntime::KillIfLeft {
 public:
  KillIfLeft(SandboxRuntime& runtime, WorkerPtr worker)
      : runtime_(runtime), worker_(std::move(worker)) {}
  KillIfLeft(const KillIfLeft&) = delete;
  KillIfLeft& operator=(const KillIfLeft&) = delete;
  ~KillIfLeft() {
    if (!worker_) return;
    worker_->process->kill(sandbox::KilledFor::cancelled);
    runtime_.forget(worker_);
  }
  void keep() { worker_.reset(); }

 private:
  SandboxRuntime& runtime_;
  WorkerPtr worker_;
};

// A place in a worker's queue, left however the wait ends.
class SandboxRuntime::Place {
 public:
  Place(WorkerPtr worker, const boost::asio::any_io_executor& executor)
      : worker_(std::move(worker)), moved_(std::make_shared<Signal>(executor)) {
    worker_->waiting.push_back(moved_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::erase(worker_->waiting, moved_);
    worker_->wake_next();
  }
  bool first() const { return worker_->waiting.front() == moved_; }
  const std::shared_ptr<Signal>& moved() const { return moved_; }

 private:
  WorkerPtr worker_;
  std::shared_ptr<Signal> moved_;
};

Task<Result<SandboxRuntime::Turn>> SandboxRuntime::take_turn(WorkerPtr worker, Instant deadline,
                                                             std::size_t most_waiting) {
  if (worker->busy || !worker->waiting.empty()) {
    if (worker->waiting.size() >= most_waiting) {
      co_return limited("more than " + std::to_string(most_waiting) +
                            " steps wait for the worker of " + worker->release.value,
                        milliseconds(100));
    }
    const Place place(worker, executor_);
    boost::asio::steady_timer alarm(executor_, deadline - clock_.instant());
    alarm.async_wait(
        [moved = place.moved()](const boost::system::error_code&) { moved->notify(); });
    while (!worker->gone() && (worker->busy || !place.first())) {
      if (clock_.instant() >= deadline) {
        co_return limited("the worker of " + worker->release.value + " was busy until the deadline",
                          milliseconds(100));
      }
      co_await place.moved()->wait();
    }
  }
  if (worker->gone()) co_return not_found("the instance is gone: open it again");
  co_return Turn(worker);
}

void SandboxRuntime::arm(const WorkerPtr& worker, Instant deadline) {
  worker->deadline = deadline;
  worker->cpu_at_start = worker->process->cpu();
  const std::uint64_t number = ++worker->exchange;
  const Instant now = clock_.instant();
  worker->watchdog.expires_after(std::min<std::chrono::nanoseconds>(
      deadline > now ? deadline - now : std::chrono::nanoseconds(0), options_.step_cpu));
  worker->watchdog.async_wait([this, worker, number](const boost::system::error_code& error) {
    if (!error) tick(worker, number);
  });
}

void SandboxRuntime::tick(const WorkerPtr& worker, std::uint64_t number) {
  if (worker->exchange != number || worker->gone()) return;
  const Instant now = clock_.instant();
  if (now >= worker->deadline) return worker->process->kill(sandbox::KilledFor::deadline);
  if (worker->process->cpu() - worker->cpu_at_start > options_.step_cpu) {
    return worker->process->kill(sandbox::KilledFor::cpu);
  }
  worker->watchdog.expires_after(
      std::min<std::chrono::nanoseconds>(worker->deadline - now, kCpuLook));
  worker->watchdog.async_wait([this, worker, number](const boost::system::error_code& error) {
    if (!error) tick(worker, number);
  });
}

Task<Result<std::string>> SandboxRuntime::exchange(WorkerPtr worker, Exchange what) {
  KillIfLeft guard(*this, worker);
  arm(worker, what.deadline);
  TENON_FAIL_POINT("worker.step");
  auto answer = co_await send_and_receive(worker, std::move(what));
  TENON_FAIL_POINT("worker.answered");
  ++worker->exchange;
  worker->watchdog.cancel();
  worker->last_used = clock_.instant();
  guard.keep();
  if (!answer) {
    Error error = co_await after_failure(worker, std::move(answer).error());
    co_return error;
  }
  co_return answer;
}

Task<Result<std::string>> SandboxRuntime::send_and_receive(WorkerPtr worker, Exchange what) {
  auto sent = co_await worker->process->send(what.type, what.handle, std::move(what.body));
  if (!sent) co_return std::move(sent).error();
  auto message = co_await worker->process->receive();
  if (!message) co_return std::move(message).error();
  if (message->type != what.wanted || message->handle != what.handle) {
    co_return corrupt("illegal frame: an answer to something that was not asked");
  }
  co_return std::move(message->body);
}

// The worker is of no more use; says why, as the caller shall see it.
Task<Error> SandboxRuntime::after_failure(WorkerPtr worker, Error error) {
  auto& process = *worker->process;
  const bool illegal = error.kind == ErrorKind::corrupt;
  // A hang-up alone has no reason of ours: if it is dying by itself, that cause is the true one.
  if (illegal) {
    const auto bytes = process.evidence();
    const std::string found = sandbox::describe_evidence(bytes);
    const std::string kept =
        sandbox::keep_evidence(options_.evidence_folder, worker->release.value, bytes);
    telemetry_.log(LogLevel::error, "worker.evidence",
                   {{"release", worker->release.value},
                    {"why", error.message},
                    {"packet", found},
                    {"file", kept}});
  }
  process.kill(illegal ? sandbox::KilledFor::illegal_frame : sandbox::KilledFor::nothing);
  forget(worker);
  co_await process.wait_dead();
  const std::string text = "the worker of " + worker->release.value + " " + process.death().text;
  const std::string& cause = process.death().cause;
  if (illegal) co_return corrupt(text + ": " + error.message);
  if (cause == "timeout" || cause == "cpu") co_return timed_out(text);
  if (cause == "forbidden_call" || cause == "gate") co_return corrupt(text);
  co_return unavailable(text);
}

}  // namespace tenon
