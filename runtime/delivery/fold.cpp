// Folding: decisions into the window, outcomes out of it, and what waits into rows.
#include "delivery/fold.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/codec.hpp"
#include "base/limits.hpp"
#include "delivery/policy.hpp"

namespace tenon::delivery {
namespace {

std::string count_key(char prefix, const DeliveryRef& ref) {
  const auto hour = static_cast<std::uint64_t>(us_of(ref.received) / 3'600'000'000);
  return prefix + key_u64(hour) + key_u64(ref.source.value);
}

bool blocks_lane(RowState state) { return state == RowState::retry || state == RowState::held; }

bool terminal(OutcomeFate fate) {
  return fate == OutcomeFate::delivered || fate == OutcomeFate::skipped;
}

}  // namespace

CountKind kind_of(RowState state) {
  switch (state) {
    case RowState::dead: return CountKind::dead;
    case RowState::parked: return CountKind::parked;
    case RowState::ambiguous: return CountKind::ambiguous;
    case RowState::retry:
    case RowState::held: return CountKind::waiting;
    case RowState::none: break;
  }
  return CountKind::none;
}

DeliveryFold::DeliveryFold(std::string destination, LogId log, StateStore& store)
    : destination_(std::move(destination)),
      log_(log),
      state_(store),
      skips_(state_),
      lanes_(kPartitions) {}

Offset DeliveryFold::outcomes_from(PartitionId p) const {
  const Lane& lane = lanes_[p.value];
  return std::min(decisions_from(p), lane.outcomes_to);
}

Result<void> DeliveryFold::apply_decision(PartitionId p, const Record& record) {
  Lane& lane = lanes_[p.value];
  TENON_TRY_AS(const auto decision, decode_decision_for(destination_, record.body));
  const bool counted = record.offset < lane.counted_to;
  lane.decided.push_back({record.offset, record.next, 0});
  for (const auto& event : decision.events) {
    for (const auto& delivery : event.deliveries) {
      TENON_TRY(admit(p, event, delivery, record.header.config, record.offset, counted));
    }
  }
  // What has nothing for us, or nothing left, need not be remembered however long the others wait.
  if (lane.decided.back().open == 0) lane.decided.pop_back();
  return {};
}

Result<void> DeliveryFold::admit(PartitionId p, const DecidedEvent& event,
                                 const DecidedDelivery& delivery, ConfigVersion config,
                                 Offset decided, bool counted) {
  Lane& lane = lanes_[p.value];
  Entry entry;
  entry.partition = p;
  entry.action = delivery.action;
  entry.decided = decided;
  entry.ref.event = event.offset;
  entry.ref.index = event.index;
  entry.ref.key = event.key;
  entry.ref.source = event.source;
  entry.ref.received = event.received;
  entry.ref.config = config;
  entry.ref.route = delivery.route;
  entry.ref.decided = decided;
  entry.ref.id =
      delivery_id_of(destination_, EventId{log_, p, event.offset, event.index}, delivery.action);
  if (delivery.fate != DeliveryFate::deliver) {
    if (!counted) add_filtered(entry.ref, delivery.reason);
    return {};
  }
  if (!counted) add(entry.ref, CountKind::routed, 1);
  if (lane.resolved.erase(entry.ref.id) > 0) return {};
  // A first reading cannot meet its own row, so the good path makes no look-up.
  if (counted || decided < lane.restore_end) {
    TENON_TRY_AS(const auto known, row(p, entry.ref));
    // A replay's row says nothing about the delivery itself, which was at rest before.
    if (known && known->ref.replay.value == 0) return {};
  }
  if (decided < lane.skip_before) {
    const bool told =
        (counted && decided < lane.skip_at_load) || lane.given_up.contains(entry.ref.id);
    return told ? Result<void>() : add_skipped(p, entry.ref, 1);
  }
  TENON_TRY_AS(const bool blocked, lane_blocked(p, entry.ref.key));
  if (blocked) {
    Row held;
    held.partition = p;
    held.ref = entry.ref;
    held.action = entry.action;
    held.state = RowState::held;
    held.since = entry.ref.received;
    held.decided = decided;
    return put_row(held, std::nullopt);
  }
  lane.window.push_back(std::move(entry));
  ++lane.decided.back().open;
  ++window_size_;
  return {};
}

Result<bool> DeliveryFold::lane_blocked(PartitionId p, KeyHash key) {
  if (key.value == 0 || blocking_rows_ == 0) return false;
  const std::string prefix = lane_prefix(p, key);
  TENON_TRY_AS(const auto first, state_.scan(prefix, end_of_prefix(prefix), 1));
  return !first.empty();
}

Result<bool> DeliveryFold::older_in_lane(PartitionId p, const DeliveryRef& ref) {
  if (ref.key.value == 0 || blocking_rows_ == 0) return false;
  const std::string prefix = lane_prefix(p, ref.key);
  Row self;
  self.partition = p;
  self.ref = ref;
  TENON_TRY_AS(const auto first, state_.scan(prefix, lane_key(self), 1));
  return !first.empty();
}

Result<void> DeliveryFold::apply_other(PartitionId p, const Record& record) {
  const bool before = record.offset < lanes_[p.value].outcomes_to;
  if (!concerns(record)) return {};
  switch (record.header.stream) {
    case Stream::attempt: return apply_begin(p, record);
    case Stream::outcome: return apply_outcomes(p, record, before);
    case Stream::control: return apply_control(p, record, before);
    default: return {};
  }
}

bool DeliveryFold::concerns(const Record& record) const {
  const Stream stream = record.header.stream;
  if (stream != Stream::attempt && stream != Stream::outcome) return true;
  const auto whose = destination_of_attempt(record.body);
  return whose.empty() || whose == destination_;  // what cannot be read must not pass for another's
}

Result<void> DeliveryFold::apply_begin(PartitionId p, const Record& record) {
  TENON_TRY_AS(auto begin, decode_attempt_begin(record.body));
  OpenAttempt& open = open_[begin.attempt];
  open.attempt = begin.attempt;
  open.action = begin.action;
  open.release = begin.release;
  open.idempotency = begin.idempotency;
  open.safe_to_repeat = begin.safe_to_repeat;
  open.total = begin.total;
  open.began[p] = record.offset;
  for (std::size_t i = 0; i < begin.deliveries.size(); ++i) {
    // A batch cut short by a crash goes again as a new attempt, which takes its members over.
    close_member(begin.deliveries[i].id);
    attempt_of_[begin.deliveries[i].id] = begin.attempt;
    OpenAttempt::Member member{p, begin.deliveries[i], begin.positions[i], begin.numbers[i]};
    open_[begin.attempt].members.push_back(std::move(member));
  }
  return {};
}

void DeliveryFold::close_member(const DeliveryId& id) {
  const auto at = attempt_of_.find(id);
  if (at == attempt_of_.end()) return;
  const auto open = open_.find(at->second);
  TENON_ASSERT(open != open_.end());
  std::erase_if(open->second.members, [&](const auto& member) { return member.ref.id == id; });
  if (open->second.members.empty()) open_.erase(open);
  attempt_of_.erase(at);
}

Result<void> DeliveryFold::apply_outcomes(PartitionId p, const Record& record,
                                          bool applied_before) {
  TENON_TRY_AS(const auto attempt, decode_attempt_outcome(record.body));
  if (restoring_) keep_told(p, attempt, record.header);
  for (const auto& outcome : attempt.outcomes) {
    close_member(outcome.delivery.id);
    if (applied_before) {
      if (terminal(outcome.fate) && outcome.delivery.replay.value == 0) {
        lanes_[p.value].resolved.insert(outcome.delivery.id);
      }
      continue;
    }
    TENON_TRY(apply_one(p, attempt, outcome, record));
  }
  advance(p);
  return {};
}

Result<void> DeliveryFold::apply_one(PartitionId p, const AttemptOutcome& attempt,
                                     const DeliveryOutcome& outcome, const Record& record) {
  Lane& lane = lanes_[p.value];
  const Time now = record.header.appended;
  const bool of_replay = outcome.delivery.replay.value != 0;
  const bool in_window = !of_replay && leave_window(p, outcome.delivery.id);
  std::optional<Row> before;
  if (!in_window) {
    TENON_TRY_AS(before, row(p, outcome.delivery));
    // The row of a replay is not that of the delivery itself, nor the other way round.
    if (before && before->ref.replay != outcome.delivery.replay) before.reset();
  }
  const bool decision_unread = restoring_ || lane.decisions_at < lane.restore_end;
  if (!before && of_replay) {
    // Cancelled or skipped while it was under way: it is not tried again, but this is its end.
    if (outcome.fate == OutcomeFate::retry) return {};
    RerunState* rerun = rerun_of(outcome.delivery.replay);
    if (rerun != nullptr && rerun->cancelled > 0) {
      --rerun->cancelled;
      tally(outcome.delivery.replay, outcome.fate);
    }
  } else if (!before && outcome.delivery.decided < lane.skip_before) {
    // Given up while it was under way: it is not tried again, but what became of it counts.
    if (outcome.fate == OutcomeFate::retry) return {};
    const DeliveryRef& ref = outcome.delivery;
    const bool counted = !decision_unread || lane.given_up.contains(ref.id) ||
                         (ref.decided < lane.counted_to && ref.decided < lane.skip_at_load);
    if (counted) TENON_TRY(add_skipped(p, ref, -1));
  } else if (!in_window && !before && !decision_unread) {
    return {};  // it is at rest
  }
  if (before) tally(before->rerun, outcome.fate);
  if (terminal(outcome.fate)) {
    const bool delivered = outcome.fate == OutcomeFate::delivered;
    add(outcome.delivery, delivered ? CountKind::delivered : CountKind::skipped, 1);
    if (!in_window && decision_unread && !of_replay) lane.resolved.insert(outcome.delivery.id);
    if (!before) return {};
    TENON_TRY(erase_row(*before));
    return release_lane(p, outcome.delivery.key, now);
  }
  Row after = before.value_or(Row{});
  after.partition = p;
  after.ref = outcome.delivery;
  if (of_replay && !before) after.rerun = outcome.delivery.replay;
  after.action = attempt.action;
  after.number = outcome.number;
  after.since = now;
  after.next_at = outcome.next_at;
  after.decided = record.offset;
  after.http_status = outcome.http_status;
  after.release = attempt.release;
  after.reason = outcome.reason;
  after.vendor_code = outcome.vendor_code;
  // What the vendor once called it stays true when a later attempt says nothing.
  if (!outcome.vendor_ref.empty()) after.vendor_ref = outcome.vendor_ref;
  after.detail = outcome.detail;
  if (outcome.reason.starts_with("isolate")) after.at_most = 1;
  if (outcome.reason == kSplitAfterCrash) {
    // The record holds the batch's deliveries of one partition: never more than the batch had.
    after.at_most = split(after.at_most, attempt.outcomes.size());
  }
  after.maybe_applied =
      outcome.reason != kNotApplied && (after.maybe_applied || outcome.maybe_applied);
  // A release that backs off was not run: that says nothing about this delivery.
  const bool death = outcome.reason == "worker_died" || outcome.reason == "worker_timeout";
  if (death) {
    after.deaths = static_cast<std::uint8_t>(std::min(after.deaths + 1, 255));
  } else if (outcome.reason != "worker_backing_off") {
    after.deaths = 0;
  }
  if (outcome.fate == OutcomeFate::retry) {
    TENON_TRY_AS(const bool behind, older_in_lane(p, outcome.delivery));
    after.state = behind ? RowState::held : RowState::retry;
    TENON_TRY(put_row(after, before));
    return hold_lane(p, outcome.delivery.key, now);
  }
  after.state = outcome.fate == OutcomeFate::dead     ? RowState::dead
                : outcome.fate == OutcomeFate::parked ? RowState::parked
                                                      : RowState::ambiguous;
  TENON_TRY(put_row(after, before));
  return release_lane(p, outcome.delivery.key, now);
}

bool DeliveryFold::leave_window(PartitionId p, const DeliveryId& id) {
  Lane& lane = lanes_[p.value];
  const auto at = std::find_if(lane.window.begin(), lane.window.end(),
                               [&](const Entry& entry) { return entry.ref.id == id; });
  if (at == lane.window.end()) return false;
  const auto decided =
      std::lower_bound(lane.decided.begin(), lane.decided.end(), at->decided,
                       [](const Decided& one, Offset offset) { return one.offset < offset; });
  TENON_ASSERT(decided != lane.decided.end() && decided->offset == at->decided);
  --decided->open;
  lane.window.erase(at);
  --window_size_;
  return true;
}

// Entries of the key that wait in memory now wait behind a row: they become rows, too.
Result<void> DeliveryFold::hold_lane(PartitionId p, KeyHash key, Time since) {
  if (key.value == 0) return {};
  Lane& lane = lanes_[p.value];
  std::vector<Entry> moving;
  for (const auto& entry : lane.window) {
    if (entry.ref.key == key) moving.push_back(entry);
  }
  for (const auto& entry : moving) {
    leave_window(p, entry.ref.id);
    Row held;
    held.partition = p;
    held.ref = entry.ref;
    held.action = entry.action;
    held.state = RowState::held;
    held.since = since;
    held.decided = entry.decided;
    TENON_TRY(put_row(held, std::nullopt));
  }
  return {};
}

Result<void> DeliveryFold::release_lane(PartitionId p, KeyHash key, Time now) {
  if (key.value == 0 || blocking_rows_ == 0) return {};
  const std::string prefix = lane_prefix(p, key);
  TENON_TRY_AS(const auto first, state_.scan(prefix, end_of_prefix(prefix), 1));
  if (first.empty()) return {};
  TENON_TRY_AS(const auto bytes, state_.get(row_key_of_lane(first.front().key)));
  if (!bytes) return corrupt("delivery state: a lane names a row that is not there");
  TENON_TRY_AS(const auto head, decode_row(*bytes));
  if (head.state != RowState::held) return {};
  Row due = head;
  due.state = RowState::retry;
  due.next_at = std::max(now, head.next_at);
  return put_row(due, head);
}

Result<void> DeliveryFold::put_row(const Row& row, const std::optional<Row>& before) {
  if (before) TENON_TRY(erase_row(*before));
  if (const auto kind = kind_of(row.state); kind != CountKind::none) add(row.ref, kind, 1);
  const std::string key = row_key(row.partition, row.ref);
  state_.put(key, encode(row));
  state_.put(id_key(row.ref.id), key);
  index_letter(row);
  if (row.state == RowState::retry) state_.put(due_key(row), "");
  if (blocks_lane(row.state)) {
    std::string& at_rest = lanes_[row.partition.value].at_rest_before;
    at_rest = std::min(at_rest, key);
    ++blocking_rows_;
    if (row.rerun.value != 0) {
      state_.put(rerun_key(row), "");
      if (RerunState* rerun = rerun_of(row.rerun)) ++rerun->waiting;
    }
    if (row.ref.key.value != 0) state_.put(lane_key(row), "");
  }
  return {};
}

Result<void> DeliveryFold::erase_row(const Row& row) {
  if (const auto kind = kind_of(row.state); kind != CountKind::none) add(row.ref, kind, -1);
  state_.erase(row_key(row.partition, row.ref));
  state_.erase(id_key(row.ref.id));
  unindex_letter(row);
  if (row.state == RowState::retry) state_.erase(due_key(row));
  if (blocks_lane(row.state)) {
    --blocking_rows_;
    if (row.rerun.value != 0) {
      state_.erase(rerun_key(row));
      if (RerunState* rerun = rerun_of(row.rerun)) --rerun->waiting;
    }
    if (row.ref.key.value != 0) state_.erase(lane_key(row));
  }
  return {};
}

void DeliveryFold::advance(PartitionId p) {
  Lane& lane = lanes_[p.value];
  while (!lane.decided.empty() && lane.decided.front().open == 0) lane.decided.pop_front();
}

Offset DeliveryFold::decisions_from(PartitionId p) const {
  const Lane& lane = lanes_[p.value];
  Offset done = lane.decisions_at;
  if (!lane.decided.empty()) done = lane.decided.front().offset;
  // An attempt without an outcome must be met again after a restart.
  for (const auto& [name, open] : open_) {
    const auto began = open.began.find(p);
    if (began != open.began.end()) done = std::min(done, began->second);
  }
  return std::max(lane.watermark, done);
}

void DeliveryFold::decisions_read_to(PartitionId p, Offset next) {
  Lane& lane = lanes_[p.value];
  lane.decisions_at = next;
  if (!restoring_ && next >= lane.restore_end) {
    lane.resolved.clear();
    lane.given_up.clear();
  }
  advance(p);
}

void DeliveryFold::outcomes_read_to(PartitionId p, Offset next) {
  Lane& lane = lanes_[p.value];
  lane.outcomes_at = next;
  if (restoring_) lane.restore_end = next;
}

void DeliveryFold::add(const DeliveryRef& ref, CountKind kind, std::int64_t by) {
  if (ref.replay.value != 0) return;  // counted with its replay
  counts_[count_key('n', ref) + static_cast<char>(kind)] += by;
  ++pending_counts_;
}

void DeliveryFold::add_filtered(const DeliveryRef& ref, const std::string& reason) {
  add(ref, CountKind::filtered, 1);
  counts_[count_key('y', ref) + reason] += 1;
}

}  // namespace tenon::delivery
