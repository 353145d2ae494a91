// RolloutDesk: acts on rollouts, checked against the configuration in force; and the gate, which
// goes forward or back by itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/values.hpp"
#include "app/config_keeper.hpp"
#include "chain/chain_keeper.hpp"
#include "delivery/delivery.hpp"
#include "hosting/catalog.hpp"
#include "hosting/hosting.hpp"
#include "hosting/release_health.hpp"
#include "hosting/rollout_keeper.hpp"

namespace tenon::app {

// Owned by the Host and outliving the desk.
struct RolloutDeskDoors {
  RolloutKeeper& keeper;
  ConfigKeeper& config;
  const ReleaseCatalog& catalog;
  const std::vector<Manifest>& installed;
  Hosting& hosting;
  const ReleaseHealth& health;
  ChainKeeper& chain;
  Clock& clock;
  Telemetry& telemetry;
  // What a shadow found between the rollout's two releases.
  std::function<RolloutShadow(const Rollout& rollout)> shadow;
  // CHANGELOG.md of a release, or "".
  std::function<std::string(const std::string& release)> changelog;
  // What tenon-check says of a release.
  std::function<Task<Result<ConformanceVerdict>>(std::string connector, std::string version)>
      conformance;
};

// One thread.
class RolloutDesk {
 public:
  explicit RolloutDesk(RolloutDeskDoors doors) : doors_(std::move(doors)) {}

  // The release that runs now becomes the stable one of each connector that has no rollout yet.
  Task<Result<void>> adopt();
  // As Operations::roll_out.
  Task<Result<RolloutView>> act(RolloutAsk ask);
  std::vector<RolloutView> views() const;
  Result<RolloutView> view(const std::string& connector) const;
  // What became of rollouts lately, for the notices.
  std::vector<Condition> conditions() const;

  // Candidates that get a part of the deliveries, for those who deliver.
  delivery::Canaries canaries() const;
  // Destinations that a candidate is meant for, of any stage.
  std::set<std::string> candidates_for() const;
  // Releases that somebody runs, or would go back to: "crm@1.0.0", and who.
  std::vector<std::pair<std::string, std::string>> users() const;
  // Fills in what a destination runs where its configuration names no version.
  void resolve(Workspace& workspace) const;

  // The gate; until cancelled.
  Task<void> run();

 private:
  RolloutFacts facts_of(const std::string& connector) const;
  RolloutView view_of(const Rollout& rollout) const;
  HealthStrikes strikes_of(const std::string& release) const;
  std::optional<std::string> gate(const Rollout& rollout) const;
  // The next act of the rollout's policy, if it is time for one.
  std::optional<RolloutAct> next(const Rollout& rollout) const;
  Result<void> check(const RolloutAct& act, const RolloutFacts& facts) const;
  // Does the release load and take the settings of those who would run it?
  Task<Result<void>> prove(std::string connector, std::string version) const;
  // What tenon-check says of it; conflict: it failed, which is kept.
  Task<Result<ConformanceVerdict>> conform(std::string connector, std::string version,
                                           std::string actor);
  Task<Result<Rollout>> carry_out(RolloutAct act);

  RolloutDeskDoors doors_;
};

}  // namespace tenon::app
