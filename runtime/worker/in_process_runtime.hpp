// InProcessRuntime: connectors without isolation, for simulation, benchmarks and tests only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "ports/connector_runtime.hpp"
#include "worker/loaded_connector.hpp"

namespace tenon {

// A step runs to its end inside `step`; deadlines are not enforced and a crash is the caller's.
// For one thread.
class InProcessRuntime final : public ConnectorRuntime {
 public:
  // Where the .so of each release lies.
  explicit InProcessRuntime(std::map<ReleaseId, std::string> so_paths);

  Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) override;
  Task<Result<StepResult>> step(InstanceId instance, Call call, Instant deadline) override;
  Task<void> close(InstanceId instance) override;
  Task<void> stop() override;

  // The same as open and step, for callers that have no coroutine (benchmarks).
  Result<InstanceId> open_now(const ReleaseId& release, const std::string& settings_json);
  Result<StepResult> step_now(InstanceId instance, const Call& call);

 private:
  std::map<ReleaseId, std::string> so_paths_;
  std::map<ReleaseId, std::unique_ptr<worker::LoadedConnector>> loaded_;
  std::map<InstanceId, worker::LoadedConnector*> instances_;
  std::uint64_t last_ = 0;
};

}  // namespace tenon
