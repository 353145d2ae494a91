// Steps in this very process.
#include "worker/in_process_runtime.hpp"

#include "wire/step_result.hpp"

namespace tenon {

InProcessRuntime::InProcessRuntime(std::map<ReleaseId, std::string> so_paths)
    : so_paths_(std::move(so_paths)) {}

Result<InstanceId> InProcessRuntime::open_now(const ReleaseId& release,
                                              const std::string& settings_json) {
  if (settings_json.size() > wire::kMaxSettingsBytes) {
    return invalid("settings: wanted at most " + std::to_string(wire::kMaxSettingsBytes) +
                   " bytes, found " + std::to_string(settings_json.size()));
  }
  const auto path = so_paths_.find(release);
  if (path == so_paths_.end()) return not_found("release " + release.value + " is not installed");
  auto& connector = loaded_[release];
  if (!connector) {
    auto loaded = worker::LoadedConnector::load(path->second);
    if (!loaded) return std::move(loaded).error().in(release.value);
    connector = std::move(*loaded);
  }
  const InstanceId id(++last_);
  auto opened = connector->create(id.value, settings_json);
  if (auto checked = wire::check_opened(opened); !checked) {
    return std::move(checked).error().in(release.value);
  }
  instances_[id] = connector.get();
  return id;
}

Result<StepResult> InProcessRuntime::step_now(InstanceId instance, const Call& call) {
  TENON_TRY(wire::check_call(call));
  const auto it = instances_.find(instance);
  if (it == instances_.end()) return not_found("the instance is gone: open it again");
  StepResult result = it->second->step(instance.value, call);
  TENON_TRY(wire::check_result(result, wire::bounds_of(call)));
  wire::escape_texts(result);
  return result;
}

Task<Result<InstanceId>> InProcessRuntime::open(ReleaseId release, std::string settings_json) {
  co_return open_now(release, settings_json);
}

Task<Result<StepResult>> InProcessRuntime::step(InstanceId instance, Call call, Instant) {
  co_return step_now(instance, call);
}

Task<void> InProcessRuntime::close(InstanceId instance) {
  const auto it = instances_.find(instance);
  if (it != instances_.end()) {
    it->second->destroy(instance.value);
    instances_.erase(it);
  }
  co_return;
}

Task<void> InProcessRuntime::stop() {
  instances_.clear();
  loaded_.clear();
  co_return;
}

}  // namespace tenon
