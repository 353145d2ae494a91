// Hosting: which release answers for a destination, and whether it may run now.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "async/signal.hpp"
#include "async/task.hpp"
#include "base/result.hpp"
#include "hosting/catalog.hpp"
#include "hosting/strikes.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// A back-off not longer than this is waited for inside a step; a longer one is told to the caller.
constexpr milliseconds kWaitInStep{1'000};

struct HostedRelease {
  ReleaseId release;
  HostedState state = HostedState::ready;
  std::uint32_t strikes = 0;    // deaths since the last clean period
  std::string reason;           // of the last one, or of the quarantine
  milliseconds retry_after{0};  // not ready: when it is tried again; 0 = not by itself
  std::uint32_t instances = 0;  // open for destinations
};

// For one thread. The runtime, the clock and the catalog outlive it, and no step may be running
// when it is destroyed.
class Hosting {
 public:
  Hosting(ConnectorRuntime& runtime, Clock& clock, Telemetry& telemetry,
          const ReleaseCatalog& catalog);

  // One step of the destination's release, on an instance opened on demand with its settings.
  //   not_found: no such release is installed. invalid: settings or call are refused.
  //   unavailable: it died under this call. limited: nothing was run, since it is backing off or
  //   broken (retry_after says when to come again) or too much waits for it. conflict: it is
  //   quarantined. timeout: killed at the deadline. corrupt: it broke the rules, which quarantines
  //   it. unsupported: cannot run here.
  Task<Result<StepResult>> step(Destination destination, Call call, Instant deadline);

  // Does the release load, and take the destination's settings? On an instance of its own, which is
  // closed again; no strikes. Errors as of the runtime's open().
  Task<Result<void>> prove(Destination destination);

  // Closes the instances of destinations that are gone, or whose release or settings have changed.
  // A destination may be named several times, with different releases.
  Task<void> configure(std::vector<Destination> destinations);

  // The installed release that answers for a destination: the pinned one, else the newest.
  Result<ReleaseId> release_of(const Destination& destination) const;
  // Every installed release, in the catalog's order.
  std::vector<HostedRelease> status() const;
  // Lifts a quarantine and forgets all strikes. not_found: no such release is installed.
  Result<void> clear(const ReleaseId& release);

 private:
  // The instance of one destination. Shared with the steps that use it while it is being replaced.
  struct Slot {
    ReleaseId release;
    std::string settings;
    InstanceId instance;   // 0 = not open
    bool opening = false;  // by one caller; the others wait for `changed`
    bool stale = false;    // replaced: its last user closes it
    std::size_t users = 0;
    std::unique_ptr<Signal> changed;
  };
  using SlotPtr = std::shared_ptr<Slot>;

  Task<Result<void>> await_admission(ReleaseId release, Instant deadline, bool& probe);
  Task<Result<StepResult>> run(Destination destination, ReleaseId release, Call call,
                               Instant deadline);
  Task<SlotPtr> slot_for(Destination destination, ReleaseId release);
  Task<Result<StepResult>> use(SlotPtr slot, Call call, Instant deadline, bool& opened);
  Task<Result<InstanceId>> instance_of(SlotPtr slot);
  Task<void> close_unused(SlotPtr slot);
  void judge(const ReleaseId& release, const Error& error);
  void gone(const SlotPtr& slot, InstanceId instance);

  ConnectorRuntime& runtime_;
  Clock& clock_;
  Telemetry& telemetry_;
  const ReleaseCatalog& catalog_;
  // By destination and release: while a release is rolled out, or calls of the last one end, a
  // destination has two.
  using SlotName = std::pair<DestinationName, ReleaseId>;
  std::map<SlotName, SlotPtr> slots_;
  std::set<SlotName> wanted_;  // of the last configure(); what is not among them is not kept open
  bool configured_ = false;
  std::map<ReleaseId, Strikes> strikes_;
};

}  // namespace tenon
