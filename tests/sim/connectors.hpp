// SimRuntime: the connectors of the simulation as pure C++, with workers that die, hang and lie.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/memory/seeded_random.hpp"
#include "hosting/catalog.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"
#include "sim/ledger.hpp"
#include "sim/profile.hpp"

namespace tenon::sim {

// Three releases, named like their vendor and destination:
//   single  one record per call, IDEMPOTENT, the call's key
//   bulk    up to 20 records per call and 10 per request, IDEMPOTENT, outcomes per record
//   once    ONCE: whoever sends it twice may apply it twice; in half of the worlds it can be asked
//           what it has
std::vector<Manifest> manifests_of(const Profile& profile);
ReleaseCatalog catalog_of(const Profile& profile);

class SimRuntime final : public ConnectorRuntime {
 public:
  SimRuntime(Clock& clock, Ledger& ledger, const Profile& profile, Mutant mutant,
             SeededRandom& random);

  Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) override;
  Task<Result<StepResult>> step(InstanceId instance, Call call, Instant deadline) override;
  Task<void> close(InstanceId instance) override;
  Task<void> stop() override;

  void set_faults(bool on) { faults_ = on; }

 private:
  bool dice(int thousandths);
  void died(const std::string& destination, const Call& call);
  StepResult first_step(const std::string& id, const Call& call) const;
  StepResult last_step(const std::string& id, const Call& call);
  void lie(const Call& call, StepResult& result);
  StepResult look_up(const Call& call);

  Clock& clock_;
  Ledger& ledger_;
  const Profile& profile_;
  Mutant mutant_;
  SeededRandom& random_;
  std::map<InstanceId, std::string> open_;  // -> id of the connector
  std::uint64_t last_ = 0;
  bool faults_ = true;
};

}  // namespace tenon::sim
