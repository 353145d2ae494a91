// The port's five operations.
#include "backends/sandbox/sandbox_runtime.hpp"

#include <filesystem>
#include <limits>

#include "backends/sandbox/sandbox_worker.hpp"
#include "wire/call.hpp"
#include "wire/step_result.hpp"

namespace tenon {

using sandbox::KilledFor;
using sandbox::WorkerState;

namespace {

std::string spawner_path(const sandbox::Options& options) {
  if (!options.spawner_path.empty()) return options.spawner_path;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "tenon-spawner").string();
}

}  // namespace

SandboxRuntime::SandboxRuntime(boost::asio::any_io_executor executor, Clock& clock, Random& random,
                               Telemetry& telemetry, sandbox::Options options)
    : executor_(executor),
      clock_(clock),
      random_(random),
      telemetry_(telemetry),
      options_(std::move(options)),
      capabilities_(masked(options_.machine ? *options_.machine : sandbox::probe_capabilities(),
                           options_.mask)),
      spawner_(executor, telemetry, spawner_path(options_), options_.load_deadline,
               [this](pid_t pid) { return is_worker(pid); }),
      scope_(executor),
      uid_offset_(static_cast<std::uint32_t>(random.next())) {}

SandboxRuntime::~SandboxRuntime() = default;

void SandboxRuntime::install(ReleaseId release, sandbox::Installed installed) {
  auto inspected = sandbox::inspect_artefact(installed.so_path);
  if (inspected && !installed.digest.empty() && inspected->digest != installed.digest) {
    inspected = unsupported("the file changed while it was installed; start tenond again",
                            installed.so_path);
  }
  installed_.insert_or_assign(std::move(release),
                              Known{std::move(installed), std::move(inspected)});
}

std::vector<sandbox::WorkerInfo> SandboxRuntime::workers() const {
  std::vector<sandbox::WorkerInfo> out;
  const auto add = [&](const Worker& worker) {
    sandbox::WorkerInfo info;
    info.release = worker.release;
    info.pid = worker.process ? worker.process->pid() : -1;
    info.state =
        worker.state == WorkerState::ready && worker.busy ? WorkerState::stepping : worker.state;
    info.level = worker.level;
    info.started = worker.started;
    info.steps = worker.steps;
    if (worker.process) {
      info.rss_bytes = worker.process->resident_bytes();
      info.cpu = worker.process->cpu();
    }
    out.push_back(std::move(info));
  };
  for (const auto& [release, worker] : workers_) add(*worker);
  for (const auto& worker : ending_) add(*worker);
  return out;
}

Task<Result<InstanceId>> SandboxRuntime::open(ReleaseId release, std::string settings_json) {
  if (settings_json.size() > wire::kMaxSettingsBytes) {
    co_return invalid("settings: wanted at most " + std::to_string(wire::kMaxSettingsBytes) +
                      " bytes, found " + std::to_string(settings_json.size()));
  }
  TENON_CO_TRY_AS(const WorkerPtr worker, running_worker(release));
  const Instant deadline = clock_.instant() + options_.load_deadline;
  TENON_CO_TRY_AS(const Turn turn, take_turn(worker, deadline, sandbox::kMaxWaitingSteps));
  if (worker->instances >= sandbox::kMaxInstances) {
    co_return limited("more than " + std::to_string(sandbox::kMaxInstances) + " instances of " +
                          release.value + " in one worker",
                      milliseconds(1'000));
  }
  InstanceId id(random_.next());
  while (id.value == 0 || instances_.count(id) != 0) id = InstanceId(random_.next());
  Exchange what;
  what.type = wire::MessageType::open;
  what.wanted = wire::MessageType::opened;
  what.handle = id.value;
  what.body = std::move(settings_json);
  what.deadline = clock_.instant() + options_.step_wall;
  TENON_CO_TRY_AS(const std::string answer, exchange(worker, std::move(what)));
  auto opened = wire::decode_opened(answer);
  if (!opened) {
    Error error = co_await after_failure(worker, std::move(opened).error());
    co_return error;
  }
  if (auto checked = wire::check_opened(*opened); !checked) {
    co_return std::move(checked).error().in(release.value);
  }
  if (worker->gone()) co_return unavailable("the worker of " + release.value + " is gone");
  instances_[id] = worker;
  ++worker->instances;
  co_return id;
}

Task<Result<StepResult>> SandboxRuntime::step(InstanceId instance, Call call, Instant deadline) {
  if (auto checked = wire::check_call(call); !checked) co_return std::move(checked).error();
  const auto found = instances_.find(instance);
  if (found == instances_.end()) co_return not_found("the instance is gone: open it again");
  const WorkerPtr worker = found->second;
  const std::size_t most =
      call.step == 0 ? sandbox::kMaxWaitingSteps : std::numeric_limits<std::size_t>::max();
  TENON_CO_TRY_AS(const Turn turn, take_turn(worker, deadline, most));
  if (instances_.count(instance) == 0) co_return not_found("the instance was closed meanwhile");
  const Instant began = clock_.instant();
  Exchange what;
  what.type = wire::MessageType::step;
  what.wanted = wire::MessageType::result;
  what.handle = instance.value;
  what.body = wire::encode_call(call);
  what.deadline = std::min(deadline, began + options_.step_wall);
  TENON_CO_TRY_AS(const std::string answer, exchange(worker, std::move(what)));
  ++worker->steps;
  auto result = wire::decode_result(answer, wire::bounds_of(call));
  if (!result) {
    Error error = co_await after_failure(worker, std::move(result).error());
    co_return error;
  }
  const std::chrono::duration<double> took = clock_.instant() - began;
  telemetry_.observe("connector_step_seconds", took.count(), {{"release", worker->release.value}});
  co_return std::move(*result);
}

Task<void> SandboxRuntime::close(InstanceId instance) {
  const auto found = instances_.find(instance);
  if (found == instances_.end()) co_return;
  const WorkerPtr worker = found->second;
  instances_.erase(found);
  const Instant deadline = clock_.instant() + options_.step_wall;
  auto turn = co_await take_turn(worker, deadline, sandbox::kMaxWaitingSteps);
  // A worker that is gone, or too busy to hear of it, takes the instance with it when it ends.
  if (!turn) co_return;
  std::string nothing;
  auto sent =
      co_await worker->process->send(wire::MessageType::close, instance.value, std::move(nothing));
  if (sent) --worker->instances;
}

Task<void> SandboxRuntime::stop() {
  stopping_ = true;
  co_await spawner_.stop();  // from here on there are no more workers than those we know
  std::vector<WorkerPtr> all = ending_;
  for (const auto& [release, worker] : workers_) all.push_back(worker);
  for (const auto& worker : all) {
    if (worker->process) worker->process->kill(KilledFor::stop);
  }
  for (const auto& worker : all) {
    if (worker->process) co_await worker->process->wait_dead();
  }
  scope_.cancel();
  co_await scope_.join();
  instances_.clear();
  workers_.clear();
}

}  // namespace tenon
