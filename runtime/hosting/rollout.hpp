// Rollout: what may be done with the releases of a connector, and who runs which; plain functions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/event_id.hpp"
#include "event/rollouts.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"

namespace tenon {

constexpr std::size_t kMaxRollouts = 1'000;      // connectors of a workspace
constexpr std::size_t kMaxReleasePins = 10'000;  // of one connector
constexpr std::size_t kMaxRolloutSteps = 20;

enum class RolloutDeed : std::uint8_t {
  none = 0,
  start,      // a candidate, in shadow: it sends nothing
  canary,     // it gets `percent` of the keys
  promote,    // it is the stable one
  roll_back,  // no candidate any more; without one: the version before the last promotion
  freeze,     // nothing goes forward
  unfreeze,
  pin,    // one destination stays on a version
  unpin,  // it goes with the others
  hold,   // newcomers get `version`; who is there stays on what it runs
};
std::string_view name_of(RolloutDeed deed);
// none: there is no deed of this name.
RolloutDeed rollout_deed_of(std::string_view name);

struct RolloutAct {
  RolloutDeed deed = RolloutDeed::none;
  std::string connector;
  std::string version;  // of start, pin and hold; of promote and roll_back: what is meant, or ""
  std::uint32_t percent = 0;       // of canary
  std::string destination;         // of pin and unpin
  RolloutPolicy policy;            // of start
  bool again = false;              // of start: though it was rolled back before
  ConformanceVerdict conformance;  // of start
  std::string reason, actor;
};

// What is there now, as far as an act must know.
struct RolloutFacts {
  std::vector<std::string> installed;  // versions of the connector
  // Destinations that follow the rollout, by name; each with the version it runs.
  std::map<std::string, std::string> followers;
};

// The rollout after the act. invalid: it makes no sense as asked. conflict: not in this state.
// not_found: no such version or destination.
Result<Rollout> after(Rollout rollout, const RolloutAct& act, const RolloutFacts& facts, Time now);

const Rollout* rollout_of(const std::vector<Rollout>& all, std::string_view connector);

// The version for a destination that names none; its pin, else the stable one.
const std::string& version_for(const Rollout& rollout, std::string_view destination);

// Does the candidate get what belongs to this key? The same answer for the same key and release;
// who is in at some percent is in at every greater one. What has no key goes by its delivery.
bool takes_candidate(KeyHash key, const DeliveryId& delivery, std::string_view release,
                     std::uint32_t percent);

// Fills in the versions: where the workspace names none, each destination and webhook source gets
// the one of its rollout, and is marked as following it. Those without a rollout keep none.
void resolve(Workspace& workspace, const std::vector<Rollout>& rollouts);

// The same workspace with the candidates in the place of the stable ones, of stage canary or of
// `stage`; null if there is none. Who has a pin or names a version stays as it is.
std::shared_ptr<const Workspace> with_candidates(const Workspace& resolved,
                                                 const std::vector<Rollout>& rollouts,
                                                 RolloutStage stage);

}  // namespace tenon
