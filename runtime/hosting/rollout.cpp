// What each act does to a rollout, and what it refuses.
#include "hosting/rollout.hpp"

#include <algorithm>
#include <array>

#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::array<std::pair<RolloutDeed, std::string_view>, 9> kDeeds{{
    {RolloutDeed::start, "start"},
    {RolloutDeed::canary, "canary"},
    {RolloutDeed::promote, "promote"},
    {RolloutDeed::roll_back, "rollback"},
    {RolloutDeed::freeze, "freeze"},
    {RolloutDeed::unfreeze, "unfreeze"},
    {RolloutDeed::pin, "pin"},
    {RolloutDeed::unpin, "unpin"},
    {RolloutDeed::hold, "hold"},
}};

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
  return out.empty() ? "none" : out;
}

Result<void> need_installed(const RolloutAct& act, const RolloutFacts& facts) {
  if (act.version.empty()) {
    return invalid("version: wanted a version of " + act.connector + ", found nothing");
  }
  if (has(facts.installed, act.version)) return {};
  return not_found(act.connector + "@" + act.version + " is not installed; installed: " +
                   joined(facts.installed) + "; tenon connector install brings one in");
}

Result<void> need_thawed(const Rollout& rollout, std::string_view what) {
  if (!rollout.frozen) return {};
  return conflict(rollout.connector + " is frozen (" + rollout.frozen_why + "): no " +
                  std::string(what) + "; tenon rollout unfreeze " + rollout.connector);
}

Result<void> need_candidate(const Rollout& rollout, const RolloutAct& act) {
  if (rollout.candidate.empty()) {
    return conflict(rollout.connector + " has no candidate; stable is " + rollout.stable +
                    "; tenon rollout start " + rollout.connector + "@VERSION makes one");
  }
  if (!act.version.empty() && act.version != rollout.candidate) {
    return conflict("wanted the candidate of " + rollout.connector + ", which is " +
                    rollout.candidate + ", found " + act.version);
  }
  return {};
}

Result<void> check_policy(const RolloutPolicy& policy) {
  if (policy.steps.size() > kMaxRolloutSteps) {
    return invalid("steps: wanted at most " + std::to_string(kMaxRolloutSteps) + ", found " +
                   std::to_string(policy.steps.size()));
  }
  std::uint32_t last = 0;
  for (const auto step : policy.steps) {
    if (step <= last || step > 100) {
      return invalid("steps: wanted percent in ascending order, 1 to 100, found " +
                     std::to_string(step) + " behind " + std::to_string(last));
    }
    last = step;
  }
  if (policy.every < seconds{1} || policy.every > seconds{30 * 86'400}) {
    return invalid("every: wanted 1 s to 30 days, found " + std::to_string(policy.every.count()) +
                   " s");
  }
  return {};
}

void drop_candidate(Rollout& rollout) {
  rollout.candidate.clear();
  rollout.stage = RolloutStage::none;
  rollout.percent = 0;
  rollout.policy = {};
}

Result<void> start(Rollout& rollout, const RolloutAct& act, const RolloutFacts& facts) {
  TENON_TRY(need_thawed(rollout, "start"));
  TENON_TRY(need_installed(act, facts));
  TENON_TRY(check_policy(act.policy));
  if (act.version == rollout.stable) {
    return conflict(act.connector + "@" + act.version + " is the stable release already");
  }
  if (!rollout.candidate.empty()) {
    return conflict(rollout.connector + " has a candidate already, " + rollout.candidate + " (" +
                    std::string(name_of(rollout.stage)) + "): promote it or roll it back first");
  }
  if (act.version == rollout.refused && !act.again) {
    return conflict(act.connector + "@" + act.version + " was rolled back before (" +
                    rollout.reason + "); say --again if you mean it");
  }
  rollout.candidate = act.version;
  rollout.stage = RolloutStage::shadow;
  rollout.policy = act.policy;
  rollout.conformance = act.conformance;
  return {};
}

Result<void> canary(Rollout& rollout, const RolloutAct& act) {
  TENON_TRY(need_candidate(rollout, act));
  if (act.percent < 1 || act.percent > 100) {
    return invalid("percent: wanted 1 to 100, found " + std::to_string(act.percent));
  }
  if (act.percent > rollout.percent) TENON_TRY(need_thawed(rollout, "step forward"));
  rollout.stage = RolloutStage::canary;
  rollout.percent = act.percent;
  return {};
}

Result<void> promote(Rollout& rollout, const RolloutAct& act) {
  TENON_TRY(need_candidate(rollout, act));
  TENON_TRY(need_thawed(rollout, "promotion"));
  rollout.before = rollout.stable;
  rollout.stable = rollout.candidate;
  drop_candidate(rollout);
  return {};
}

// Always possible while there is something to go back to, frozen or not.
Result<void> roll_back(Rollout& rollout, const RolloutAct& act, const RolloutFacts& facts) {
  if (!rollout.candidate.empty()) {
    if (!act.version.empty()) TENON_TRY(need_candidate(rollout, act));
    rollout.refused = rollout.candidate;
    drop_candidate(rollout);
    return {};
  }
  if (rollout.before.empty()) {
    return conflict(rollout.connector + " has neither a candidate nor a release before " +
                    rollout.stable + " to go back to");
  }
  if (!act.version.empty() && act.version != rollout.stable) {
    return conflict("wanted the stable release of " + rollout.connector + ", which is " +
                    rollout.stable + ", found " + act.version);
  }
  if (!has(facts.installed, rollout.before)) {
    return not_found(rollout.connector + "@" + rollout.before +
                     ", to which it would go back, is not installed any more; installed: " +
                     joined(facts.installed));
  }
  rollout.refused = rollout.stable;
  rollout.stable = rollout.before;
  rollout.before.clear();
  return {};
}

Result<void> set_pin(Rollout& rollout, const std::string& destination, const std::string& version) {
  const auto at = std::find_if(rollout.pins.begin(), rollout.pins.end(),
                               [&](const auto& pin) { return pin.destination == destination; });
  if (at != rollout.pins.end()) {
    at->version = version;
    return {};
  }
  if (rollout.pins.size() >= kMaxReleasePins) {
    return limited("wanted at most " + std::to_string(kMaxReleasePins) + " pins of one connector",
                   milliseconds{0});
  }
  rollout.pins.push_back({destination, version});
  std::sort(rollout.pins.begin(), rollout.pins.end(),
            [](const auto& a, const auto& b) { return a.destination < b.destination; });
  return {};
}

Result<void> pin(Rollout& rollout, const RolloutAct& act, const RolloutFacts& facts) {
  TENON_TRY(need_installed(act, facts));
  if (!facts.followers.contains(act.destination)) {
    std::vector<std::string> names;
    for (const auto& [name, version] : facts.followers) names.push_back(name);
    return not_found("no destination \"" + act.destination + "\" that leaves its version of " +
                     act.connector + " to the rollout; there are: " + joined(names));
  }
  return set_pin(rollout, act.destination, act.version);
}

Result<void> unpin(Rollout& rollout, const RolloutAct& act) {
  const auto gone = std::erase_if(
      rollout.pins, [&](const auto& one) { return one.destination == act.destination; });
  if (gone > 0) return {};
  return not_found("destination \"" + act.destination + "\" has no pin of " + act.connector);
}

// Those who have adopted a release are not moved by what newcomers get.
Result<void> hold(Rollout& rollout, const RolloutAct& act, const RolloutFacts& facts) {
  TENON_TRY(need_installed(act, facts));
  if (!rollout.candidate.empty()) {
    return conflict(rollout.connector + " has a candidate, " + rollout.candidate +
                    ": roll it back or promote it first");
  }
  for (const auto& [name, version] : facts.followers) TENON_TRY(set_pin(rollout, name, version));
  if (act.version != rollout.stable) rollout.before = rollout.stable;
  rollout.stable = act.version;
  return {};
}

Result<void> apply(Rollout& rollout, const RolloutAct& act, const RolloutFacts& facts) {
  switch (act.deed) {
    case RolloutDeed::start: return start(rollout, act, facts);
    case RolloutDeed::canary: return canary(rollout, act);
    case RolloutDeed::promote: return promote(rollout, act);
    case RolloutDeed::roll_back: return roll_back(rollout, act, facts);
    case RolloutDeed::freeze:
      rollout.frozen = true;
      rollout.frozen_why = act.reason;
      return {};
    case RolloutDeed::unfreeze:
      if (!rollout.frozen) return conflict(rollout.connector + " is not frozen");
      rollout.frozen = false;
      rollout.frozen_why.clear();
      return {};
    case RolloutDeed::pin: return pin(rollout, act, facts);
    case RolloutDeed::unpin: return unpin(rollout, act);
    case RolloutDeed::hold: return hold(rollout, act, facts);
    case RolloutDeed::none: break;
  }
  return invalid("rollout: no such act");
}

}  // namespace

std::string_view name_of(RolloutDeed deed) {
  for (const auto& [one, name] : kDeeds) {
    if (one == deed) return name;
  }
  return "none";
}

RolloutDeed rollout_deed_of(std::string_view name) {
  for (const auto& [deed, one] : kDeeds) {
    if (one == name) return deed;
  }
  return RolloutDeed::none;
}

Result<Rollout> after(Rollout rollout, const RolloutAct& act, const RolloutFacts& facts, Time now) {
  const RolloutStage stage = rollout.stage;
  const std::uint32_t percent = rollout.percent;
  const std::string candidate = rollout.candidate;
  TENON_TRY(apply(rollout, act, facts));
  if (stage != rollout.stage || percent != rollout.percent || candidate != rollout.candidate) {
    rollout.since = now;
  }
  rollout.deed = name_of(act.deed);
  rollout.reason = act.reason;
  rollout.actor = act.actor;
  rollout.at = now;
  return rollout;
}

const Rollout* rollout_of(const std::vector<Rollout>& all, std::string_view connector) {
  for (const auto& one : all) {
    if (one.connector == connector) return &one;
  }
  return nullptr;
}

const std::string& version_for(const Rollout& rollout, std::string_view destination) {
  for (const auto& pin : rollout.pins) {
    if (pin.destination == destination) return pin.version;
  }
  return rollout.stable;
}

bool takes_candidate(KeyHash key, const DeliveryId& delivery, std::string_view release,
                     std::uint32_t percent) {
  if (percent >= 100) return true;
  std::uint64_t of = key.value;
  if (of == 0) {
    of = hash64({reinterpret_cast<const char*>(delivery.bytes.data()), delivery.bytes.size()});
  }
  const std::string_view bytes(reinterpret_cast<const char*>(&of), sizeof of);
  return hash64(bytes, hash64(release)) % 100 < percent;
}

void resolve(Workspace& workspace, const std::vector<Rollout>& rollouts) {
  const auto fill = [&](Destination& one) {
    if (!one.release.empty()) return;
    const Rollout* rollout = rollout_of(rollouts, one.connector);
    if (rollout == nullptr) return;
    one.release = version_for(*rollout, one.name.value);
    one.follows_rollout = true;
  };
  for (auto& destination : workspace.destinations) fill(destination);
  for (auto& source : workspace.sources) {
    if (source.webhook) fill(source.webhook->instance);
  }
}

std::shared_ptr<const Workspace> with_candidates(const Workspace& resolved,
                                                 const std::vector<Rollout>& rollouts,
                                                 RolloutStage stage) {
  std::shared_ptr<Workspace> out;
  for (std::size_t i = 0; i < resolved.destinations.size(); ++i) {
    const auto& one = resolved.destinations[i];
    const Rollout* rollout = rollout_of(rollouts, one.connector);
    if (!one.follows_rollout || rollout == nullptr || rollout->stage != stage) continue;
    if (stage == RolloutStage::none || one.release != rollout->stable) continue;  // a pin
    const bool pinned =
        std::any_of(rollout->pins.begin(), rollout->pins.end(),
                    [&](const auto& pin) { return pin.destination == one.name.value; });
    if (pinned) continue;
    if (!out) out = std::make_shared<Workspace>(resolved);
    out->destinations[i].release = rollout->candidate;
  }
  return out;
}

}  // namespace tenon
