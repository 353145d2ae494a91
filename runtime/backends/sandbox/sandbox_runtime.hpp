// SandboxRuntime: connectors in locked-down worker processes, one per release.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "backends/sandbox/artefact.hpp"
#include "backends/sandbox/capabilities.hpp"
#include "backends/sandbox/spawner.hpp"
#include "base/limits.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

namespace wire {
struct Message;
}

namespace sandbox {
class WorkerProcess;

// First steps of calls that wait for one worker; one more is `limited`. A later step always waits:
// its request has left, and its answer must be read. There are no more of these than calls begun.
constexpr std::size_t kMaxWaitingSteps = 1'024;
constexpr std::size_t kMaxInstances = 1'000;  // of one worker; one more open is `limited`

// Refused unless isolation can be enforced; `none_i_accept` runs this one release with the host's
// rights, because its operator said so, and is reported wherever status is.
enum class Isolation : std::uint8_t { required, none_i_accept };

struct Installed {
  std::string so_path;
  std::string profile = "strict";  // from the manifest
  std::uint32_t ops = 0;           // mask of Op, from the manifest; the code must offer just these
  Isolation isolation = Isolation::required;
  std::string digest = {};  // of the file, as the catalog has it; empty: whatever it is
};

struct Options {
  std::string worker_path;             // of tenon-worker
  std::string spawner_path;            // of tenon-spawner; empty: beside this program
  milliseconds load_deadline{10'000};  // spawn to ready; also of the spawning alone
  milliseconds step_wall = kStepWall;  // of one step, however far its deadline is
  milliseconds step_cpu = kStepCpu;
  milliseconds idle{60'000};            // a worker without a step for so long is stopped
  int socket_buffer_bytes = 212'992;    // also the kernel's usual default
  std::string evidence_folder;          // for packets that broke the rules; empty: none is kept
  Mask mask;                            // of what this machine could do; for tests of lesser ones
  std::optional<Capabilities> machine;  // what this machine can do; unset: probed at start
};

enum class WorkerState : std::uint8_t { starting, ready, stepping, ending };

struct WorkerInfo {
  ReleaseId release;
  pid_t pid = -1;
  WorkerState state = WorkerState::starting;
  std::string level;  // "A", "B" or "none"
  Time started{};
  std::uint64_t steps = 0;  // answered so far
  std::uint64_t rss_bytes = 0;
  std::chrono::nanoseconds cpu{0};
};

}  // namespace sandbox

// On one executor (one thread), which outlives it; await stop() before it is destroyed.
class SandboxRuntime final : public ConnectorRuntime {
 public:
  SandboxRuntime(boost::asio::any_io_executor executor, Clock& clock, Random& random,
                 Telemetry& telemetry, sandbox::Options options);
  ~SandboxRuntime() override;

  // Makes a release known and checks its file; what is wrong with that is told by each start. A
  // running worker of it is not touched.
  void install(ReleaseId release, sandbox::Installed installed);
  const sandbox::Capabilities& capabilities() const { return capabilities_; }
  // Starts a worker that puts all locks in force and loads nothing; how long that took. A failure
  // is kept in capabilities(), and no connector loads: for good if the machine cannot, else until
  // this passes, which each start tries again.
  Task<Result<milliseconds>> self_test();
  std::vector<sandbox::WorkerInfo> workers() const;
  sandbox::SpawnerInfo spawner() const { return spawner_.info(); }

  Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) override;
  Task<Result<StepResult>> step(InstanceId instance, Call call, Instant deadline) override;
  Task<void> close(InstanceId instance) override;
  Task<void> stop() override;

 private:
  struct Worker;
  struct Turn;
  class Place;
  using WorkerPtr = std::shared_ptr<Worker>;  // a step in flight must not lose it to a new worker

  struct Exchange;
  class KillIfLeft;

  struct Known {
    sandbox::Installed installed;
    Result<sandbox::Inspected> inspected;
  };

  // sandbox_start.cpp
  Task<Result<WorkerPtr>> running_worker(ReleaseId release);
  Task<void> start(WorkerPtr worker, Known known);
  Task<Result<void>> test_again();
  Result<void> check_file(const Known& known) const;
  Task<Result<void>> spawn(WorkerPtr worker, sandbox::Installed installed);
  Task<Result<void>> await_ready(WorkerPtr worker, std::uint32_t ops);
  Task<Result<wire::Message>> first_message(WorkerPtr worker);
  Task<void> serve_gate(WorkerPtr worker);
  Task<void> watch(WorkerPtr worker);
  Task<void> drain(WorkerPtr worker);
  Task<void> stop_idle_workers();
  void forget(const WorkerPtr& worker);
  bool is_worker(pid_t pid) const;

  // sandbox_exchange.cpp
  Task<Result<Turn>> take_turn(WorkerPtr worker, Instant deadline, std::size_t most_waiting);
  // One message there and one back, under the watchdog; kills the worker on anything else.
  Task<Result<std::string>> exchange(WorkerPtr worker, Exchange what);
  Task<Result<std::string>> send_and_receive(WorkerPtr worker, Exchange what);
  Task<Error> after_failure(WorkerPtr worker, Error error);
  void arm(const WorkerPtr& worker, Instant deadline);
  void tick(const WorkerPtr& worker, std::uint64_t exchange);

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  Random& random_;
  Telemetry& telemetry_;
  sandbox::Options options_;
  sandbox::Capabilities capabilities_;
  sandbox::Spawner spawner_;
  Scope scope_;
  std::map<ReleaseId, Known> installed_;
  std::map<ReleaseId, WorkerPtr> workers_;  // starting or running, at most one each
  std::vector<WorkerPtr> ending_;           // killed, not yet reaped
  std::map<InstanceId, WorkerPtr> instances_;
  std::uint32_t uid_offset_;
  bool self_test_may_pass_ = false;  // it failed for a reason that may go by
  bool looks_for_idle_ = false;
  bool stopping_ = false;
};

}  // namespace tenon
