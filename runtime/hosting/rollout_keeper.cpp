// Rollouts out of the log and into it.
#include "hosting/rollout_keeper.hpp"

#include <algorithm>

#include "base/fail_point.hpp"
#include "ports/append_essential.hpp"

namespace tenon {
namespace {

constexpr seconds kLookForChunk{5};

bool before(const Rollout& a, const Rollout& b) { return a.connector < b.connector; }

}  // namespace

Task<Result<void>> RolloutKeeper::restore(NameHash tenant, NameHash workspace) {
  state_ = {AuditType::rollouts, tenant, workspace};
  rollouts_.clear();
  auto chunks = chunks_(kKeptStates);
  TENON_CO_TRY_AS(const auto newest, newest_of(doors_.log, state_, std::move(chunks)));
  if (!newest) co_return Result<void>();
  auto rollouts = decode_rollouts(*newest);
  if (!rollouts) co_return Error(rollouts.error());
  rollouts_ = std::move(rollouts->rollouts);
  co_return Result<void>();
}

Task<Result<void>> RolloutKeeper::append(Rollouts rollouts) {
  std::vector<NewRecord> records;
  records.push_back(record_of(state_, doors_.clock.now(), encode(rollouts)));
  changing_ = true;
  TENON_FAIL_POINT("rollout.append");
  auto appending =
      append_essential(doors_.log, doors_.clock, std::move(records), AppendWait::durable);
  const auto appended = co_await std::move(appending);
  changing_ = false;
  if (!appended) co_return Error(appended.error());
  TENON_FAIL_POINT("rollout.appended");
  rollouts_ = std::move(rollouts.rollouts);
  if (changed_) changed_();
  co_return Result<void>();
}

Task<Result<Rollout>> RolloutKeeper::change(RolloutAct act, RolloutFacts facts) {
  if (changing_) co_return conflict("another change of the rollouts is being written: try again");
  const Rollout* now = rollout_of(rollouts_, act.connector);
  if (now == nullptr) {
    co_return not_found("no rollout of \"" + act.connector +
                        "\": it begins once a destination of the workspace uses the connector "
                        "without naming a version");
  }
  auto changed = after(*now, act, facts, doors_.clock.now());
  if (!changed) co_return changed;
  Rollouts noted;
  noted.deed = changed->deed;
  noted.connector = act.connector;
  noted.actor = act.actor;
  noted.rollouts = rollouts_;
  for (auto& one : noted.rollouts) {
    if (one.connector == act.connector) one = *changed;
  }
  auto appending = append(std::move(noted));
  const auto appended = co_await std::move(appending);
  if (!appended) co_return Error(appended.error());
  doors_.telemetry.count("rollout_acts",
                         {{"connector", act.connector}, {"deed", name_of(act.deed)}});
  doors_.telemetry.log(act.deed == RolloutDeed::roll_back ? LogLevel::warning : LogLevel::info,
                       "rollout.changed",
                       {{"connector", act.connector},
                        {"deed", changed->deed},
                        {"stable", changed->stable},
                        {"candidate", changed->candidate},
                        {"stage", std::string(name_of(changed->stage))},
                        {"percent", std::to_string(changed->percent)},
                        {"reason", changed->reason},
                        {"actor", changed->actor}});
  co_return changed;
}

Task<Result<void>> RolloutKeeper::note(std::string connector, ConformanceVerdict verdict,
                                       std::string actor) {
  if (changing_) co_return conflict("another change of the rollouts is being written: try again");
  Rollouts noted;
  noted.deed = "conformance";
  noted.connector = connector;
  noted.actor = actor;
  noted.rollouts = rollouts_;
  for (auto& one : noted.rollouts) {
    if (one.connector == connector) one.conformance = verdict;
  }
  auto appending = append(std::move(noted));
  co_return co_await std::move(appending);
}

Task<Result<void>> RolloutKeeper::adopt(std::map<std::string, std::string> connectors) {
  Rollouts noted;
  noted.deed = "adopt";
  noted.actor = "host";
  noted.rollouts = rollouts_;
  std::string all;
  for (auto& [connector, version] : connectors) {
    if (rollout_of(rollouts_, connector) != nullptr) continue;
    if (noted.rollouts.size() >= kMaxRollouts) break;
    Rollout fresh;
    fresh.connector = connector;
    fresh.stable = version;
    fresh.deed = noted.deed;
    fresh.actor = noted.actor;
    fresh.at = doors_.clock.now();
    fresh.since = fresh.at;
    noted.rollouts.push_back(std::move(fresh));
    all += (all.empty() ? "" : ", ") + connector + "@" + version;
  }
  if (all.empty()) co_return Result<void>();
  std::sort(noted.rollouts.begin(), noted.rollouts.end(), before);
  auto appending = append(std::move(noted));
  TENON_CO_TRY(std::move(appending));
  doors_.telemetry.log(LogLevel::info, "rollout.adopted", {{"releases", all}});
  co_return Result<void>();
}

Task<void> RolloutKeeper::run() {
  std::optional<Offset> chunk;
  for (;;) {
    const auto chunks = chunks_(kKeptStates);
    const bool fresh = !chunks.empty() && chunk != chunks.back();
    // A change under way writes them all by itself, and must not be followed by older ones.
    if (fresh && !changing_ && !rollouts_.empty()) {
      Rollouts noted;
      noted.deed = "restate";
      noted.actor = "host";
      noted.rollouts = rollouts_;
      std::vector<NewRecord> records;
      records.push_back(record_of(state_, doors_.clock.now(), encode(noted)));
      auto appending =
          doors_.log.append(std::move(records), AppendClass::essential, AppendWait::queued);
      const auto restated = co_await std::move(appending);
      if (restated) chunk = chunks.back();
    }
    const Instant again = doors_.clock.instant() + kLookForChunk;
    co_await doors_.clock.sleep_until(again);
  }
}

}  // namespace tenon
