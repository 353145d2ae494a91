// ArrivalsConnector: a vendor with two streams and webhooks, and its connector, which may fail.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "backends/memory/seeded_random.hpp"
#include "manifest/manifest.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::sim {

// Sent again until it is acknowledged.
struct Hook {
  std::string body;  // "id id id", behind "bad " or "kill " for one that the connector cannot read
  std::vector<std::string> ids;
  bool acknowledged = false, sending = false;
  Instant again{};
};

struct Vendor {
  std::map<std::string, std::vector<std::string>> streams;  // ids, the oldest first
  std::vector<std::unique_ptr<Hook>> hooks;
  bool mended = false;  // the connector reads everything from now on
};

Manifest arrivals_manifest();

class ArrivalsConnector final : public ConnectorRuntime {
 public:
  ArrivalsConnector(Clock& clock, const Vendor& vendor, SeededRandom& random, bool faults)
      : clock_(clock), vendor_(vendor), random_(random), faults_(faults) {}

  Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) override;
  Task<Result<StepResult>> step(InstanceId instance, Call call, Instant deadline) override;
  Task<void> close(InstanceId instance) override;
  Task<void> stop() override { co_return; }

  void set_faults(bool on) { faults_ = on; }

 private:
  bool dice(int thousandths);
  StepResult pull(const Call& call);
  StepResult webhook(const Call& call);

  Clock& clock_;
  const Vendor& vendor_;
  SeededRandom& random_;
  std::set<InstanceId> open_;
  std::uint64_t last_ = 0;
  bool faults_;
};

}  // namespace tenon::sim
