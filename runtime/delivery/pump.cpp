// The pump: starts attempts while there is something to send and a place to send it from.
#include <algorithm>
#include <map>
#include <set>

#include "base/fail_point.hpp"
#include "base/limits.hpp"
#include "delivery/runner.hpp"
#include "event/batch_outcomes.hpp"
#include "hosting/rollout.hpp"
#include "ports/append_essential.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kMaxDue = 1'000;  // rows looked at for one batch, beside those under way
constexpr seconds kLookAgain{60};       // at the latest, whatever the signals say
// While live deliveries wait, one batch in so many is of a rerun.
constexpr std::size_t kLivePerRerun = 8;

// Of the requests of a batch, those about the deliveries that this record tells of.
void keep_own_exchanges(AttemptOutcome& part) {
  std::set<std::uint32_t> own;
  for (const auto& outcome : part.outcomes) own.insert(outcome.position);
  std::erase_if(part.exchanges, [&](ExchangeNote& note) {
    if (note.covers.empty()) return false;
    std::erase_if(note.covers, [&](std::uint32_t place) { return !own.contains(place); });
    return note.covers.empty();
  });
  if (part.exchanges.size() > kExcerptsKept) part.exchanges.resize(kExcerptsKept);
}

}  // namespace

Task<void> Runner::pump(Scope& scope) {
  for (;;) {
    Time looked{};
    bool more = true;
    while (more) {
      looked = doors_.clock.now();
      auto started = start_one(scope);
      if (!started) {
        on_fatal_(started.error());
        co_return;
      }
      more = *started;
    }
    Instant at = doors_.clock.instant() + kLookAgain;
    // What was due already cannot go before something changes, and that wakes us.
    const auto next = fold_->next_due(looked);
    const bool may_send = setup_ && !draining_ && !fold_->pause().paused;
    const auto held_until = doors_.holds.held_until(destination_);
    if (held_until && may_send) {
      const auto wait = std::max<microseconds>(milliseconds{1}, *held_until - doors_.clock.now());
      at = std::min(at, doors_.clock.instant() + wait);
    }
    if (next && *next && may_send && !held_until && in_flight_ < concurrency()) {
      const Time now = doors_.clock.now();
      const auto wait = std::max<microseconds>(milliseconds{1}, **next - now);
      at = std::min(at, doors_.clock.instant() + wait);
    }
    auto waiting = wake_.wait();
    (void)co_await with_deadline(doors_.clock, at, std::move(waiting));
  }
}

Result<bool> Runner::start_one(Scope& scope) {
  if (!setup_ || draining_ || fold_->pause().paused) return false;
  if (doors_.holds.held_until(destination_) || in_flight_ >= concurrency()) return false;
  if (!cut_short_.empty()) return start_cut_short(scope);
  Waiting waiting;
  TENON_TRY_AS(waiting.due, fold_->due(doors_.clock.now(), look(), false));
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    waiting.windows.push_back(&fold_->window(PartitionId{p}));
  }
  waiting.first_partition = turn_++;
  const bool probing = doors_.holds.of(destination_).has_value();
  const LimitsOf limits = batch_limits(setup_, probing);
  const auto canary = canary_part(probing);
  waiting.canary = canary ? &*canary : nullptr;
  std::vector<Pick> picks;
  if (turn_ % kLivePerRerun == 0) {
    TENON_TRY_AS(picks, picks_of_reruns(limits, waiting.canary));
  }
  if (picks.empty()) picks = pick(waiting, limits, probing);
  if (picks.empty()) {
    TENON_TRY_AS(picks, picks_of_reruns(limits, waiting.canary));
  }
  if (picks.empty()) return false;
  for (const auto& pick : picks) claims_.add(pick);
  TENON_FAIL_POINT("delivery.claimed");
  TENON_FAIL_POINT_IF("delivery.retry.due", picks.front().attempts_before > 0);
  ++in_flight_;
  if (picks.front().lane == Lane::replay) ++reruns_in_flight_;
  scope.spawn(attempt(std::move(picks)), "delivery.attempt");
  return true;
}

LimitsOf Runner::batch_limits(std::shared_ptr<const Setup> setup, bool probing) const {
  return [setup, probing](const std::string& action) {
    std::optional<BatchLimits> limits;
    if (const Action* known = setup->manifest.action(action)) {
      limits = known->batch;
      if (setup->destination->max_batch) {
        limits->max_records = std::min(limits->max_records, *setup->destination->max_batch);
      }
      limits->max_records =
          std::min<std::uint32_t>(limits->max_records, static_cast<std::uint32_t>(kMaxCallRecords));
      // A probe carries one: a record at which the vendor chokes must not fail for all the others.
      if (probing) limits->max_records = 1;
    }
    return limits;
  };
}

std::optional<CanaryPart> Runner::canary_part(bool probing) const {
  if (!candidate_.setup) return std::nullopt;
  CanaryPart part;
  part.takes = [release = candidate_.setup->manifest.release(),
                percent = candidate_.percent](const DeliveryRef& ref) {
    return takes_candidate(ref.key, ref.id, release, percent);
  };
  part.limits_of = batch_limits(candidate_.setup, probing);
  return part;
}

std::vector<Pick> Runner::pick(const Waiting& waiting, const LimitsOf& limits_of, bool probing) {
  Waiting fresh;
  fresh.canary = waiting.canary;
  fresh.windows = waiting.windows;
  fresh.first_partition = waiting.first_partition;
  const Instant now = doors_.clock.instant();
  std::vector<Pick> picks;
  if (probing && turn_ % 2 == 0) {
    // A probe of what was never tried: else one delivery that always fails could be every probe.
    picks = next_batch(fresh, claims_, limits_of);
  } else if (!probing && !budget_.has_room(setup_->destination->retry_share, now)) {
    // Retries have had their part of the tries: first what was never tried, if there is any.
    for (const auto& row : waiting.due) {
      if (row.number == 0 || row.reason == kReadBack) fresh.due.push_back(row);
    }
    picks = next_batch(fresh, claims_, limits_of);
  }
  if (picks.empty()) picks = next_batch(waiting, claims_, limits_of);
  if (!picks.empty() && picks.front().read_back) return picks;  // a look, no try
  const auto again = std::count_if(picks.begin(), picks.end(),
                                   [](const Pick& one) { return one.attempts_before > 0; });
  const auto retries = static_cast<std::size_t>(again);
  budget_.tried(picks.size() - retries, retries, now);
  const auto tell = [&](const char* which, std::size_t count) {
    if (count == 0) return;
    doors_.telemetry.count("delivery_tries", {{"destination", destination_}, {"which", which}},
                           static_cast<double>(count));
  };
  tell("first", picks.size() - retries);
  tell("again", retries);
  return picks;
}

// What reruns have due. They leave one place free for what is live, where there are several.
Result<std::vector<Pick>> Runner::picks_of_reruns(const LimitsOf& limits_of,
                                                  const CanaryPart* canary) {
  if (fold_->waiting_rows() == 0) return std::vector<Pick>{};
  const std::size_t places = concurrency();
  if (reruns_in_flight_ + 1 >= places && places > 1) return std::vector<Pick>{};
  Waiting waiting;
  waiting.canary = canary;
  TENON_TRY_AS(waiting.due, fold_->due(doors_.clock.now(), look(), true));
  return next_batch(waiting, claims_, limits_of);
}

// How many rows that are due are looked at. Of each key one is due, so what is not under way can
// go: a look need not be much longer than a batch.
std::size_t Runner::look() const {
  std::size_t batch = 1;
  for (const auto& action : setup_->manifest.actions) {
    batch = std::max<std::size_t>(batch, action.batch.max_records);
  }
  return claims_.size() + std::min(kMaxDue, 2 * batch + 16);
}

// Behind a hold only one call finds out whether the vendor is back.
std::size_t Runner::concurrency() const {
  return doors_.holds.of(destination_) ? 1 : setup_->manifest.concurrency;
}

// An attempt that an earlier run of the host began and could not record goes again as the same
// batch in the same order, unless that could do harm: then a person decides.
Result<bool> Runner::start_cut_short(Scope& scope) {
  TENON_FAIL_POINT("delivery.cut_short");
  OpenAttempt open = std::move(cut_short_.back());
  cut_short_.pop_back();
  std::sort(open.members.begin(), open.members.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
  const Ambiguity ambiguity =
      ambiguity_of(setup_->manifest.action(open.action), setup_->on_ambiguous);
  const bool again =
      open.safe_to_repeat || (!ambiguity.readable && ambiguity.otherwise == OnAmbiguous::resend);
  ++in_flight_;
  doors_.telemetry.count("delivery_cut_short", {{"destination", destination_},
                                                {"then", again                ? "resent"
                                                         : ambiguity.readable ? "read_back"
                                                                              : "ambiguous"}});
  std::vector<Pick> picks;
  for (const auto& member : open.members) {
    // What earlier attempts left (sent alone, the vendor's name for it) still holds.
    TENON_TRY_AS(const auto row, fold_->row(member.partition, member.ref));
    Pick pick = row ? pick_of(*row) : Pick();
    pick.partition = member.partition;
    pick.ref = member.ref;
    pick.action = open.action;
    pick.attempts_before = member.number;
    if (!row) pick.age_from = member.ref.received;
    if (!row && member.ref.replay.value != 0) pick.lane = Lane::replay;
    pick.maybe_applied = true;
    // The batch it was, so of the release that began it, as long as that one runs at all.
    pick.canary = candidate_.setup && candidate_.setup->manifest.release() == open.release;
    picks.push_back(std::move(pick));
  }
  if (again) {
    if (picks.front().lane == Lane::replay) ++reruns_in_flight_;
    scope.spawn(attempt(std::move(picks)), "delivery.attempt_again");
  } else {
    scope.spawn(give_up_cut_short(std::move(open)), "delivery.cut_short");
  }
  return true;
}

Task<void> Runner::give_up_cut_short(OpenAttempt open) {
  AttemptOutcome common;
  common.attempt = open.attempt;
  common.action = open.action;
  common.began = common.ended = doors_.clock.now();
  common.error = "the host stopped between sending and recording the answer";
  std::vector<DeliveryOutcome> outcomes;
  std::vector<PartitionId> partitions;
  const Ambiguity ambiguity =
      ambiguity_of(setup_->manifest.action(open.action), setup_->on_ambiguous);
  for (const auto& member : open.members) {
    outcomes.push_back(
        judge_cut_short(member.ref, member.number, false, ambiguity, doors_.clock.now()));
    outcomes.back().position = member.position;
    partitions.push_back(member.partition);
  }
  const auto setup = setup_;
  const auto recorded = co_await record_outcomes(setup, std::move(common), std::move(outcomes),
                                                 std::move(partitions));
  --in_flight_;
  if (!recorded) on_fatal_(recorded.error());
  wake_.notify();
}

Task<void> Runner::attempt(std::vector<Pick> picks) {
  const bool of_rerun = picks.front().lane == Lane::replay;
  const auto ended = co_await attempt_until_error(std::move(picks));
  --in_flight_;
  if (of_rerun) --reruns_in_flight_;
  if (!ended) on_fatal_(ended.error());
  wake_.notify();
}

Task<Result<void>> Runner::attempt_until_error(std::vector<Pick> picks) {
  // Kept to its end, whatever is rolled out or back meanwhile.
  const bool of_candidate = picks.front().canary && candidate_.setup;
  const auto setup = of_candidate ? candidate_.setup : setup_;
  const bool look = picks.front().read_back;
  const bool of_rerun = picks.front().lane == Lane::replay;
  const ConfigOf config_of = [this](ConfigVersion version) { return fold_->workspace(version); };
  TENON_CO_TRY_AS(auto batch, load_batch(doors_.log, *setup, std::move(picks), config_of));
  TENON_FAIL_POINT("delivery.loaded");
  for (const auto& pick : batch.put_back) claims_.remove(pick.partition, pick.ref);
  if (!batch.put_back.empty()) wake_.notify();
  const Time began = doors_.clock.now();
  if (look) co_return co_await read_back(setup, std::move(batch), began);
  const std::string name = attempt_name(batch.items, began, kAttemptKind);
  AttemptReport report;
  if (!batch.items.empty()) {
    AttemptDoors doors{
        doors_.log, {doors_.clock, doors_.hosting, doors_.egress, doors_.holds, doors_.captures}};
    auto items = batch.items;
    auto ran = co_await run_attempt(doors, setup, name, std::move(items));
    if (!ran) co_return Error(ran.error());
    report = std::move(*ran);
  }
  const std::string failure = report.failure, text = report.failure_text;
  TENON_CO_TRY(record(setup, name, began, std::move(batch), std::move(report), of_rerun));
  // What only the candidate cannot do is the gate's business: the destination goes on without it.
  if (of_candidate) co_return Result<void>();
  co_return co_await pause_if_hopeless(failure, text);
}

Task<Result<void>> Runner::record(std::shared_ptr<const Setup> setup, std::string name, Time began,
                                  LoadedBatch batch, AttemptReport report, bool of_rerun) {
  const Time now = doors_.clock.now();
  std::vector<DeliveryOutcome> outcomes = std::move(batch.failed);
  std::vector<PartitionId> partitions = std::move(batch.failed_partitions);
  bool smooth = outcomes.empty();
  const Action* action =
      batch.items.empty() ? nullptr : setup->manifest.action(batch.items[0].pick.action);
  const Ambiguity ambiguity = ambiguity_of(action, setup->on_ambiguous);
  for (std::size_t i = 0; i < report.facts.size(); ++i) {
    outcomes.push_back(judge(report.facts[i], setup->retry, ambiguity, batch.items.size(), now));
    outcomes.back().position = static_cast<std::uint32_t>(i);
    partitions.push_back(batch.items[i].pick.partition);
    smooth = smooth && outcomes.back().fate == OutcomeFate::delivered;
    sample(setup, batch.items[i], outcomes.back());
  }
  for (const auto& outcome : outcomes) {
    doors_.telemetry.count("deliveries", {{"destination", destination_},
                                          {"lane", name_of(of_rerun ? Lane::replay : Lane::live)},
                                          {"fate", name_of(outcome.fate)},
                                          {"reason", outcome.reason}});
  }
  AttemptOutcome common;
  common.attempt = std::move(name);
  common.action = outcomes.empty() ? "" : batch.items.empty() ? "" : batch.items[0].pick.action;
  common.began = began;
  common.ended = now;
  common.error = report.failure.empty() ? "" : report.failure + ": " + report.failure_text;
  common.exchanges = std::move(report.notes);
  tell_health(*setup, common, outcomes, report.facts.empty() ? 0 : 1);
  if (smooth) {
    // What went well needs no excerpt: it would cost more log than the event itself.
    for (auto& note : common.exchanges) note.request_excerpt = note.reply_excerpt = "";
  }
  co_return co_await record_outcomes(setup, std::move(common), std::move(outcomes),
                                     std::move(partitions));
}

void Runner::tell_health(const Setup& setup, const AttemptOutcome& common,
                         const std::vector<DeliveryOutcome>& outcomes, std::size_t calls) {
  if (doors_.health == nullptr || calls == 0) return;
  HealthCounts call;
  call.calls = calls;
  call.failed_calls = common.error.empty() ? 0 : calls;
  call.took_ms = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, (us_of(common.ended) - us_of(common.began)) / 1'000));
  for (const auto& outcome : outcomes) count(call, outcome.fate);
  doors_.health->saw(setup.manifest.release(), common.ended, call);
}

Task<Result<void>> Runner::record_outcomes(std::shared_ptr<const Setup> setup,
                                           AttemptOutcome common,
                                           std::vector<DeliveryOutcome> outcomes,
                                           std::vector<PartitionId> partitions) {
  if (outcomes.empty()) co_return Result<void>();
  common.destination = destination_;
  common.release = setup->manifest.release();
  [[maybe_unused]] const bool dead =
      std::any_of(outcomes.begin(), outcomes.end(),
                  [](const auto& outcome) { return outcome.fate == OutcomeFate::dead; });
  const bool scattered = std::any_of(partitions.begin(), partitions.end(),
                                     [&](PartitionId p) { return p != partitions.front(); });
  if (scattered) common.batch = batch_outcomes_of(outcomes);
  std::map<PartitionId, AttemptOutcome> parts;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto [part, fresh] = parts.try_emplace(partitions[i], common);
    part->second.outcomes.push_back(std::move(outcomes[i]));
  }
  for (auto& [partition, part] : parts) keep_own_exchanges(part);
  std::vector<NewRecord> records;
  for (const auto& [partition, part] : parts) {
    NewRecord record;
    record.partition = partition;
    record.header.stream = Stream::outcome;
    const bool of_replay = std::any_of(part.outcomes.begin(), part.outcomes.end(),
                                       [](const auto& o) { return o.delivery.replay.value != 0; });
    if (of_replay) record.header.flags = kRecordReplay;
    record.header.tenant = hash_of_name(setup->workspace->tenant.value);
    record.header.workspace = hash_of_name(setup->workspace->name.value);
    record.header.config = setup->workspace->version;
    record.body = encode(part);
    records.push_back(std::move(record));
  }
  TENON_FAIL_POINT("delivery.outcome.append");
  TENON_FAIL_POINT_IF("delivery.dead.append", dead);
  TENON_CO_TRY(append_essential(doors_.log, doors_.clock, std::move(records), AppendWait::durable));
  TENON_FAIL_POINT("delivery.outcome.appended");
  TENON_FAIL_POINT_IF("delivery.dead.appended", dead);
  co_return Result<void>();
}

}  // namespace tenon::delivery
