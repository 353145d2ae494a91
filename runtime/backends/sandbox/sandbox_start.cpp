// Starting, watching and ending workers.
#include <fcntl.h>

#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backends/sandbox/sandbox_worker.hpp"
#include "backends/sandbox/uid_range.hpp"
#include "base/fail_point.hpp"
#include "wire/call.hpp"

namespace tenon {

using sandbox::Isolation;
using sandbox::KilledFor;
using sandbox::Namespaces;
using sandbox::UniqueFd;
using sandbox::WorkerState;

Task<Result<SandboxRuntime::WorkerPtr>> SandboxRuntime::running_worker(ReleaseId release) {
  if (stopping_) co_return cancelled();
  auto& slot = workers_[release];
  if (!slot) {
    const auto installed = installed_.find(release);
    if (installed == installed_.end()) {
      workers_.erase(release);
      co_return not_found("release " + release.value + " is not installed");
    }
    slot = std::make_shared<Worker>(executor_, release);
    // In a Task of its own: the caller may be cancelled, and others wait for the same start.
    scope_.spawn(start(slot, installed->second), "start worker");
  }
  const WorkerPtr worker = slot;
  // Not by its state: its death may be noticed before its start knows why it died.
  while (!worker->settled) co_await worker->changed.wait();
  if (worker->start_error) co_return *worker->start_error;
  co_return worker;
}

Task<void> SandboxRuntime::start(WorkerPtr worker, Known known) {
  telemetry_.count("worker_starts", {{"release", worker->release.value}});
  Result<void> done;
  if (known.installed.isolation == Isolation::required) done = co_await test_again();
  if (done) done = check_file(known);
  TENON_FAIL_POINT("worker.spawn");
  if (done) done = co_await spawn(worker, known.installed);
  if (done) {
    scope_.spawn(watch(worker), "watch worker");
    scope_.spawn(drain(worker), "drain worker");
    if (!looks_for_idle_) {
      looks_for_idle_ = true;
      scope_.spawn(stop_idle_workers(), "idle workers");
    }
    done = co_await await_ready(worker, known.installed.ops);
  }
  worker->settled = true;
  if (done) {
    TENON_FAIL_POINT("worker.ready");
    if (worker->state == WorkerState::starting) worker->state = WorkerState::ready;
    worker->last_used = clock_.instant();
  } else {
    worker->start_error = std::move(done).error().in(worker->release.value);
    const std::string text = worker->start_error->text();
    telemetry_.log(LogLevel::warning, "worker.not_started",
                   {{"release", worker->release.value}, {"error", text}});
    forget(worker);
  }
  worker->changed.notify();
}

// What passing troubles of the machine (no process, no memory left) had kept from being told.
Task<Result<void>> SandboxRuntime::test_again() {
  if (!self_test_may_pass_) co_return Result<void>{};
  auto tested = co_await self_test();
  if (tested) co_return Result<void>{};
  Error error = std::move(tested).error();
  error.message = "the sandbox's self-test: " + error.message;
  co_return error;
}

// It was read when it was installed; reading it again at each start would hold up the whole shard.
Result<void> SandboxRuntime::check_file(const Known& known) const {
  if (!known.inspected) return known.inspected.error();
  TENON_TRY_AS(const auto now, sandbox::stamp_of(known.installed.so_path));
  if (now == known.inspected->stamp) return {};
  return unsupported("the file has changed since it was installed; start tenond again to load it",
                     known.installed.so_path);
}

Task<Result<void>> SandboxRuntime::spawn(WorkerPtr worker, sandbox::Installed installed) {
  const bool isolated = installed.isolation == Isolation::required;
  const bool self_test = installed.so_path.empty();
  if (isolated) {
    sandbox::Capabilities needed = capabilities_;
    if (self_test) needed.self_test.clear();  // it is what finds that out
    auto able = needed.check();
    if (!able) co_return std::move(able).error();
  }
  const std::filesystem::path so(installed.so_path);
  const std::string folder = so.has_parent_path() ? so.parent_path().string() : ".";
  const UniqueFd folder_fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_fd) co_return not_found("no such file", installed.so_path);
  const UniqueFd program_fd(::open(options_.worker_path.c_str(), O_PATH | O_CLOEXEC));
  if (!program_fd) {
    co_return unavailable(std::string("the worker program: ") + std::strerror(errno),
                          options_.worker_path);
  }
  auto made = sandbox::make_pipes(options_.socket_buffer_bytes);
  if (!made) co_return std::move(made).error();
  sandbox::Pipes pipes = std::move(*made);
  sandbox::SpawnPlan plan;
  plan.program_fd = program_fd.get();
  plan.folder_fd = folder_fd.get();
  plan.ipc_fd = pipes.ipc_theirs.get();
  plan.log_fd = pipes.log_theirs.get();
  if (isolated && capabilities_.namespaces) {
    plan.namespaces = Namespaces::own;
    if (!self_test) plan.so_path = std::filesystem::absolute(so).string();
  } else {
    plan.namespaces = Namespaces::shared;
  }
  if (isolated && capabilities_.root) {
    worker->uid = plan.uid = sandbox::kFirstWorkerUid + uid_offset_++ % sandbox::kWorkerUids;
  }
  plan.arguments = {"tenon-worker",
                    self_test ? "" : "./" + so.filename().string(),
                    installed.profile,
                    std::to_string(capabilities_.landlock_abi),
                    worker->uid || plan.namespaces == Namespaces::own ? "own" : "shared",
                    isolated ? "sandbox" : "none",
                    capabilities_.gate ? "gate" : "no-gate",
                    plan.namespaces == Namespaces::own ? "private" : "shared"};
  const sandbox::RenewPipes renew = [&](sandbox::SpawnPlan& again) -> Result<void> {
    TENON_TRY_AS(pipes, sandbox::make_pipes(options_.socket_buffer_bytes));
    again.ipc_fd = pipes.ipc_theirs.get();
    again.log_fd = pipes.log_theirs.get();
    return {};
  };
  auto spawned = co_await spawner_.start_worker(std::move(plan), renew);
  if (!spawned) co_return std::move(spawned).error();
  worker->isolated = isolated;
  worker->level = isolated ? capabilities_.level() : "none";
  worker->started = clock_.now();
  worker->process = std::make_unique<sandbox::WorkerProcess>(
      executor_, std::move(*spawned), std::move(pipes.ipc_ours), std::move(pipes.log_ours));
  co_return Result<void>{};
}

Task<Result<milliseconds>> SandboxRuntime::self_test() {
  const WorkerPtr worker = std::make_shared<Worker>(executor_, ReleaseId("self-test"));
  const Instant began = clock_.instant();
  const sandbox::Installed nothing;
  auto done = co_await spawn(worker, nothing);
  if (done) {
    scope_.spawn(watch(worker), "watch worker");
    scope_.spawn(drain(worker), "drain worker");
    done = co_await await_ready(worker, 0);
    worker->process->kill(KilledFor::stop);
    forget(worker);
    co_await worker->process->wait_dead();
  }
  if (!done) {
    const ErrorKind kind = done.error().kind;
    self_test_may_pass_ = kind != ErrorKind::unsupported && kind != ErrorKind::corrupt;
    capabilities_.self_test = done.error().text();
    co_return std::move(done).error();
  }
  self_test_may_pass_ = false;
  capabilities_.self_test.clear();
  co_return std::chrono::duration_cast<milliseconds>(clock_.instant() - began);
}

Task<Result<void>> SandboxRuntime::await_ready(WorkerPtr worker, std::uint32_t ops) {
  boost::asio::steady_timer alarm(executor_, options_.load_deadline);
  alarm.async_wait([worker](const boost::system::error_code& error) {
    if (!error) worker->process->kill(KilledFor::deadline);
  });
  auto message = co_await first_message(worker);
  alarm.cancel();
  // Whatever it said: from here on it opens and maps nothing.
  if (worker->gate) worker->gate->close();
  if (!message) {
    Error error = co_await after_failure(worker, std::move(message).error());
    error.message += ", before it was ready";
    co_return error;
  }
  if (message->type == wire::MessageType::ready) {
    const auto ready = wire::decode_ready(message->body);
    if (ready && (ops == 0 || ready->ops == ops)) co_return Result<void>{};
    if (ready) {
      worker->process->kill(KilledFor::start);
      co_return unsupported("the manifest and the code of " + worker->release.value +
                            " disagree: ops " + std::to_string(ops) + " declared, " +
                            std::to_string(ready->ops) + " offered (a mask of TENON_OP_*)");
    }
  }
  if (message->type == wire::MessageType::refused) {
    auto refused = wire::decode_refused(message->body);
    worker->process->kill(KilledFor::start);
    if (refused) {
      switch (refused->by) {
        case wire::RefusedBy::file: co_return corrupt(std::move(refused->text));
        case wire::RefusedBy::abi:
        case wire::RefusedBy::machine: co_return unsupported(std::move(refused->text));
        case wire::RefusedBy::other: co_return unavailable(std::move(refused->text));
      }
    }
  }
  Error illegal = corrupt("illegal frame: neither ready nor refused");
  Error error = co_await after_failure(worker, std::move(illegal));
  co_return error;
}

// Its gate comes first where there is one; then ready, or why not.
Task<Result<wire::Message>> SandboxRuntime::first_message(WorkerPtr worker) {
  auto first = co_await worker->process->receive_first();
  if (!first) co_return std::move(first).error();
  const bool wanted = worker->isolated && capabilities_.gate;
  if (first->message.type != wire::MessageType::gate) {
    if (wanted && first->message.type == wire::MessageType::ready) {
      co_return corrupt("illegal frame: ready without a gate");
    }
    co_return std::move(first->message);
  }
  if (!wanted) co_return corrupt("illegal frame: a gate that was not asked for");
  worker->gate = std::make_unique<sandbox::Gate>(executor_, std::move(first->gate));
  scope_.spawn(serve_gate(worker), "gate of a worker");
  auto message = co_await worker->process->receive();
  co_return message;
}

Task<void> SandboxRuntime::serve_gate(WorkerPtr worker) {
  const bool in_bounds = co_await worker->gate->serve();
  if (!in_bounds) worker->process->kill(KilledFor::gate);
}

Task<void> SandboxRuntime::watch(WorkerPtr worker) {
  co_await worker->process->watch();
  const auto& death = worker->process->death();
  const std::string pid = std::to_string(worker->process->pid());
  const auto level =
      death.cause == "idle" || death.cause == "stop" ? LogLevel::info : LogLevel::warning;
  telemetry_.count("worker_deaths", {{"release", worker->release.value}, {"cause", death.cause}});
  telemetry_.log(level, "worker.ended",
                 {{"release", worker->release.value}, {"pid", pid}, {"how", death.text}});
  forget(worker);
  std::erase(ending_, worker);
  worker->wake_all();
}

Task<void> SandboxRuntime::drain(WorkerPtr worker) {
  co_await worker->process->drain(telemetry_, worker->release.value);
}

Task<void> SandboxRuntime::stop_idle_workers() {
  const auto pause = std::max<std::chrono::nanoseconds>(options_.idle / 4, milliseconds(1));
  for (;;) {
    co_await clock_.sleep_until(clock_.instant() + pause);
    const Instant now = clock_.instant();
    std::vector<WorkerPtr> idle;
    for (const auto& [release, worker] : workers_) {
      const bool resting =
          worker->state == WorkerState::ready && !worker->busy && worker->waiting.empty();
      if (resting && now - worker->last_used >= options_.idle) idle.push_back(worker);
    }
    for (const auto& worker : idle) {
      worker->process->kill(KilledFor::idle);
      forget(worker);
    }
  }
}

bool SandboxRuntime::is_worker(pid_t pid) const {
  const auto is = [pid](const Worker& worker) {
    return worker.process && worker.process->pid() == pid;
  };
  return std::any_of(workers_.begin(), workers_.end(),
                     [&](const auto& entry) { return is(*entry.second); }) ||
         std::any_of(ending_.begin(), ending_.end(), [&](const auto& one) { return is(*one); });
}

// No new step reaches it from here on; `watch` reports its death and drops the last reference.
void SandboxRuntime::forget(const WorkerPtr& worker) {
  if (worker->state == WorkerState::ending) return;
  worker->state = WorkerState::ending;
  const auto it = workers_.find(worker->release);
  if (it != workers_.end() && it->second == worker) workers_.erase(it);
  std::erase_if(instances_, [&](const auto& entry) { return entry.second == worker; });
  if (worker->process && !worker->process->dead()) ending_.push_back(worker);
}

}  // namespace tenon
