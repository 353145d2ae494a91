// What is known of releases here, what may be done with them, and what is done without being asked.
#include "app/rollout_desk.hpp"

#include <algorithm>

#include "app/conformance_step.hpp"
#include "delivery/auto_pause.hpp"
#include "egress/scrub.hpp"

namespace tenon::app {
namespace {

constexpr milliseconds kGateEvery{500};
constexpr std::size_t kMostFaultsTold = 3;
constexpr std::uint64_t kUnlistedTooMany = 3;  // calls with one difference that nobody announced
constexpr std::size_t kMostProved = 20;        // destinations; one worker serves them all
constexpr std::size_t kMostConcerned = 100;
constexpr seconds kActivationIsNews{60};
constexpr std::size_t kChangelogBytes = 400;
constexpr std::string_view kGateActor = "gate";

RolloutHealth shown(const HealthCounts& counts) {
  RolloutHealth out;
  out.calls = counts.calls;
  out.failed_calls = counts.failed_calls;
  out.mean_ms = counts.calls == 0 ? 0 : counts.took_ms / counts.calls;
  out.records = counts.records;
  out.delivered = counts.delivered;
  out.skipped = counts.skipped;
  out.retry = counts.retry;
  out.dead = counts.dead;
  out.unclear = counts.unclear;
  out.looked_for = counts.looked_for;
  out.did_nothing = counts.did_nothing;
  out.unlike = counts.unlike;
  return out;
}

std::string of(const Rollout& rollout, const std::string& version) {
  return rollout.connector + "@" + version;
}

bool gives_another_release(RolloutDeed deed) {
  return deed == RolloutDeed::canary || deed == RolloutDeed::promote || deed == RolloutDeed::pin ||
         deed == RolloutDeed::unpin || deed == RolloutDeed::hold;
}

// The part of a changelog about one version, else its beginning.
std::string changes_of(const std::string& changelog, const std::string& version) {
  const auto at = changelog.find(version);
  std::string text = at == std::string::npos ? changelog : changelog.substr(at);
  const auto next = text.find("\n## ");
  if (next != std::string::npos) text.resize(next);
  return excerpt(text, kChangelogBytes);
}

}  // namespace

void RolloutDesk::resolve(Workspace& workspace) const {
  tenon::resolve(workspace, doors_.keeper.rollouts());
}

RolloutFacts RolloutDesk::facts_of(const std::string& connector) const {
  RolloutFacts facts;
  for (const auto& manifest : doors_.installed) {
    if (manifest.id == connector) facts.installed.push_back(manifest.version);
  }
  const auto workspace = doors_.config.workspace();
  const auto add = [&](const Destination& one) {
    if (one.connector == connector && one.follows_rollout) {
      facts.followers[one.name.value] = one.release;
    }
  };
  if (!workspace) return facts;
  for (const auto& destination : workspace->destinations) add(destination);
  for (const auto& source : workspace->sources) {
    if (source.webhook) add(source.webhook->instance);
  }
  return facts;
}

Task<Result<void>> RolloutDesk::adopt() {
  std::map<std::string, std::string> fresh;
  const auto workspace = doors_.config.workspace();
  const auto add = [&](const Destination& one) {
    if (!one.release.empty()) return;
    const Manifest* newest = manifest_of(one, doors_.installed);
    if (newest != nullptr) fresh[one.connector] = newest->version;
  };
  if (workspace) {
    for (const auto& destination : workspace->destinations) add(destination);
    for (const auto& source : workspace->sources) {
      if (source.webhook) add(source.webhook->instance);
    }
  }
  if (fresh.empty()) co_return Result<void>();
  co_return co_await doors_.keeper.adopt(std::move(fresh));
}

// Nobody may come under a release with which the configuration in force would not be good.
Result<void> RolloutDesk::check(const RolloutAct& act, const RolloutFacts& facts) const {
  const auto in_force = doors_.config.workspace();
  const Rollout* now = rollout_of(doors_.keeper.rollouts(), act.connector);
  if (!in_force || now == nullptr || act.deed == RolloutDeed::roll_back) return {};
  TENON_TRY_AS(auto changed, after(*now, act, facts, doors_.clock.now()));
  if (!check_workspace(*in_force, doors_.installed).empty()) return {};  // it is not good as it is
  std::vector<Rollout> all = doors_.keeper.rollouts();
  for (auto& one : all) {
    if (one.connector == act.connector) one = changed;
  }
  Workspace then = *in_force;
  for (auto& destination : then.destinations) {
    if (destination.follows_rollout) destination.release.clear();
  }
  for (auto& source : then.sources) {
    if (source.webhook && source.webhook->instance.follows_rollout) {
      source.webhook->instance.release.clear();
    }
  }
  tenon::resolve(then, all);
  auto faults = check_workspace(then, doors_.installed);
  const auto with = with_candidates(then, all, changed.stage);
  if (faults.empty() && with) faults = check_workspace(*with, doors_.installed);
  if (faults.empty()) return {};
  std::string text;
  for (std::size_t i = 0; i < std::min(faults.size(), kMostFaultsTold); ++i) {
    text += (i == 0 ? "" : "; ") + faults[i].text();
  }
  const std::string version = act.version.empty() ? changed.stable : act.version;
  return conflict("with " + of(changed, version) +
                  " the configuration in force would not be good any more: " + text +
                  "; apply a configuration that suits both releases first");
}

// Before anybody runs it: a release that needs a newer host, or that dies of its settings, is not
// rolled out at all.
Task<Result<void>> RolloutDesk::prove(std::string connector, std::string version) const {
  const auto workspace = doors_.config.workspace();
  std::vector<Destination> some;
  for (const auto& destination : workspace->destinations) {
    if (destination.connector != connector || !destination.follows_rollout) continue;
    if (some.size() == kMostProved) break;
    some.push_back(destination);
    some.back().release = version;
  }
  for (const auto& destination : some) {
    const auto proved = co_await doors_.hosting.prove(destination);
    if (proved) continue;
    co_return conflict(connector + "@" + version + " does not load for destination " +
                       destination.name.value + ": " + proved.error().text());
  }
  co_return Result<void>();
}

Task<Result<ConformanceVerdict>> RolloutDesk::conform(std::string connector, std::string version,
                                                      std::string actor) {
  auto looking = doors_.conformance(connector, version);
  auto verdict = co_await std::move(looking);
  if (!verdict || verdict->state != ConformanceState::failed) co_return verdict;
  auto noting = doors_.keeper.note(connector, *verdict, std::move(actor));
  const auto noted = co_await std::move(noting);
  if (!noted) {
    const std::string why = noted.error().text();
    doors_.telemetry.log(LogLevel::warning, "rollout.conformance_not_kept",
                         {{"connector", connector}, {"why", why}});
  }
  co_return conflict(refusal_of(connector + "@" + version, *verdict));
}

Task<Result<Rollout>> RolloutDesk::carry_out(RolloutAct act) {
  const Rollout* now = rollout_of(doors_.keeper.rollouts(), act.connector);
  const std::string was =
      now == nullptr ? "" : now->stable + (now->candidate.empty() ? "" : " with " + now->candidate);
  auto facts = facts_of(act.connector);
  const auto good = check(act, facts);
  if (!good) co_return Error(good.error());
  if (act.deed == RolloutDeed::start) {
    TENON_CO_TRY(prove(act.connector, act.version));
    TENON_CO_TRY_AS(act.conformance, conform(act.connector, act.version, act.actor));
    facts = facts_of(act.connector);  // that took its time
    const auto still = check(act, facts);
    if (!still) co_return Error(still.error());
  }
  auto changing = doors_.keeper.change(act, std::move(facts));
  auto changed = co_await std::move(changing);
  if (!changed) co_return changed;
  AuditEntry entry;
  entry.at = changed->at;
  entry.actor = act.actor == kGateActor ? "host" : act.actor;
  entry.act = "release." + changed->deed;
  entry.target = changed->connector + ": " + was + " -> " + changed->stable +
                 (changed->candidate.empty() ? "" : " with " + changed->candidate) +
                 (changed->percent == 0 ? "" : " at " + std::to_string(changed->percent) + " %");
  entry.why = changed->reason;
  entry.status = 200;
  // The act is done and in the log; that the chain has no entry of it is told, and undoes nothing.
  auto noting = doors_.chain.note(std::move(entry), {});
  const auto noted = co_await std::move(noting);
  if (!noted) {
    const std::string why = noted.error().text();
    doors_.telemetry.log(LogLevel::error, "rollout.not_in_audit_chain",
                         {{"connector", act.connector}, {"why", why}});
  }
  co_return changed;
}

Task<Result<RolloutView>> RolloutDesk::act(RolloutAsk ask) {
  RolloutAct act;
  act.deed = rollout_deed_of(ask.deed);
  act.connector = ask.connector;
  act.version = ask.version;
  act.destination = ask.destination;
  act.percent = ask.percent;
  act.policy = ask.policy;
  act.again = ask.again;
  act.reason = ask.reason;
  act.actor = ask.actor;
  auto carrying = carry_out(std::move(act));
  const auto changed = co_await std::move(carrying);
  if (!changed) co_return Error(changed.error());
  co_return view_of(*changed);
}

HealthStrikes RolloutDesk::strikes_of(const std::string& release) const {
  HealthStrikes out;
  for (const auto& one : doors_.hosting.status()) {
    if (one.release.value != release) continue;
    out.quarantined = one.state == HostedState::quarantined;
    out.in_a_row = one.strikes;
    out.reason = one.reason;
  }
  return out;
}

std::optional<std::string> RolloutDesk::gate(const Rollout& rollout) const {
  const std::string stable = of(rollout, rollout.stable),
                    candidate = of(rollout, rollout.candidate);
  const RolloutShadow shadow = doors_.shadow(rollout);
  if (shadow.unlisted >= kUnlistedTooMany) {
    return "on " + std::to_string(shadow.unlisted) + " of " + std::to_string(shadow.calls) +
           " calls it does otherwise than the stable release, which its changes.toml does not "
           "list: " +
           shadow.first;
  }
  return worse_than(doors_.health.since(stable, rollout.since),
                    doors_.health.since(candidate, rollout.since), strikes_of(stable),
                    strikes_of(candidate));
}

std::optional<RolloutAct> RolloutDesk::next(const Rollout& rollout) const {
  RolloutAct act;
  act.connector = rollout.connector;
  act.actor = kGateActor;
  if (rollout.candidate.empty()) return std::nullopt;
  if (rollout.policy.gate) {
    const auto worse = gate(rollout);
    if (worse) {
      act.deed = RolloutDeed::roll_back;
      act.reason = *worse;
      return act;
    }
  }
  if (rollout.frozen || rollout.policy.steps.empty()) return std::nullopt;
  if (doors_.clock.now() < rollout.since + rollout.policy.every) return std::nullopt;
  const auto seen = doors_.health.since(of(rollout, rollout.candidate), rollout.since);
  if (rollout.stage == RolloutStage::canary && seen.records < rollout.policy.records) {
    return std::nullopt;
  }
  for (const auto step : rollout.policy.steps) {
    if (step <= rollout.percent) continue;
    act.deed = step == 100 ? RolloutDeed::promote : RolloutDeed::canary;
    act.percent = step;
    act.reason = "no worse than the stable release in " +
                 std::to_string(rollout.policy.every.count()) + " s and " +
                 std::to_string(seen.records) + " records";
    return act;
  }
  return std::nullopt;
}

Task<void> RolloutDesk::run() {
  for (;;) {
    // A copy: each act replaces them.
    const auto rollouts = doors_.keeper.rollouts();
    for (const auto& rollout : rollouts) {
      auto act = next(rollout);
      if (!act) continue;
      const std::string deed(name_of(act->deed));
      auto carrying = carry_out(std::move(*act));
      const auto done = co_await std::move(carrying);
      if (done) continue;
      const std::string why = done.error().text();
      doors_.telemetry.log(LogLevel::error, "rollout.not_carried_out",
                           {{"connector", rollout.connector}, {"deed", deed}, {"why", why}});
    }
    const Instant again = doors_.clock.instant() + kGateEvery;
    co_await doors_.clock.sleep_until(again);
  }
}

RolloutView RolloutDesk::view_of(const Rollout& rollout) const {
  RolloutView view;
  view.rollout = rollout;
  auto facts = facts_of(rollout.connector);
  view.followers = std::move(facts.followers);
  view.installed = std::move(facts.installed);
  view.stable = shown(doors_.health.since(of(rollout, rollout.stable), rollout.since));
  if (rollout.candidate.empty()) return view;
  view.candidate = shown(doors_.health.since(of(rollout, rollout.candidate), rollout.since));
  view.shadow = doors_.shadow(rollout);
  view.worse = gate(rollout).value_or("");
  return view;
}

std::vector<RolloutView> RolloutDesk::views() const {
  std::vector<RolloutView> all;
  for (const auto& rollout : doors_.keeper.rollouts()) all.push_back(view_of(rollout));
  return all;
}

Result<RolloutView> RolloutDesk::view(const std::string& connector) const {
  const Rollout* rollout = rollout_of(doors_.keeper.rollouts(), connector);
  if (rollout == nullptr) {
    return not_found("no rollout of \"" + connector +
                     "\"; tenon rollout status shows what there is");
  }
  return view_of(*rollout);
}

delivery::Canaries RolloutDesk::canaries() const {
  delivery::Canaries out;
  const auto workspace = doors_.config.workspace();
  if (!workspace) return out;
  out.workspace = with_candidates(*workspace, doors_.keeper.rollouts(), RolloutStage::canary);
  for (const auto& rollout : doors_.keeper.rollouts()) {
    if (rollout.stage == RolloutStage::canary) out.percent[rollout.connector] = rollout.percent;
  }
  return out;
}

std::set<std::string> RolloutDesk::candidates_for() const {
  std::set<std::string> out;
  const auto workspace = doors_.config.workspace();
  if (!workspace) return out;
  for (const auto stage : {RolloutStage::shadow, RolloutStage::canary}) {
    const auto with = with_candidates(*workspace, doors_.keeper.rollouts(), stage);
    if (!with) continue;
    for (std::size_t i = 0; i < with->destinations.size(); ++i) {
      const auto& one = with->destinations[i];
      if (one.release != workspace->destinations[i].release) out.insert(one.name.value);
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> RolloutDesk::users() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& rollout : doors_.keeper.rollouts()) {
    if (!rollout.candidate.empty()) {
      out.emplace_back("the rollout of " + rollout.connector + " (candidate)",
                       of(rollout, rollout.candidate));
    }
    if (!rollout.before.empty()) {
      out.emplace_back("the rollout of " + rollout.connector + " (a rollback goes back to it)",
                       of(rollout, rollout.before));
    }
  }
  return out;
}

std::vector<Condition> RolloutDesk::conditions() const {
  std::vector<Condition> all;
  const auto workspace = doors_.config.workspace();
  const Time now = doors_.clock.now();
  if (!workspace) return all;
  for (const auto& rollout : doors_.keeper.rollouts()) {
    const RolloutDeed deed = rollout_deed_of(rollout.deed);
    const bool back = deed == RolloutDeed::roll_back;
    if (!back && !(gives_another_release(deed) && now - rollout.at < kActivationIsNews)) continue;
    Condition about;
    about.topic = back ? Topic::rollback : Topic::activation;
    about.subject = rollout.connector;
    about.since = rollout.at;
    about.owner = workspace->owner;
    for (const auto& destination : workspace->destinations) {
      if (destination.connector != rollout.connector || !destination.follows_rollout) continue;
      if (about.destinations.size() == kMostConcerned) break;
      about.destinations.push_back(destination.name.value);
      const std::string owner = delivery::owner_of(*workspace, destination);
      if (!owner.empty() && about.owner.find(owner) == std::string::npos) {
        about.owner += (about.owner.empty() ? "" : ", ") + owner;
      }
    }
    if (back) {
      about.reason = of(rollout, rollout.refused) + " was rolled back to " +
                     of(rollout, rollout.stable) + " by " + rollout.actor + ": " + rollout.reason;
      about.mend =
          "nothing is lost, and what it delivered is not sent again; mend the release and "
          "give it a new version";
    } else {
      const std::string& version = rollout.candidate.empty() ? rollout.stable : rollout.candidate;
      const std::string news = changes_of(doors_.changelog(of(rollout, version)), version);
      about.reason = rollout.deed + " of " + of(rollout, version) +
                     (rollout.percent == 0 ? "" : " at " + std::to_string(rollout.percent) + " %") +
                     " by " + rollout.actor +
                     (rollout.reason.empty() ? "" : ": " + rollout.reason) +
                     (news.empty() ? "" : "; its changelog: " + news);
      about.mend = "tenon rollout status " + rollout.connector;
    }
    all.push_back(std::move(about));
  }
  return all;
}

}  // namespace tenon::app
