// The fold of reruns: what they take up, how far they are, and what became of it.
#include <algorithm>

#include "base/codec.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kMaxReruns = 1'000;

}  // namespace

const RerunState* DeliveryFold::open_rerun() const {
  for (const auto& [id, rerun] : reruns_) {
    if (rerun.fate == RerunFate::none || !rerun.complete()) return &rerun;
  }
  return nullptr;
}

bool DeliveryFold::is_open(PartitionId p, const DeliveryId& id) const {
  const auto& window = lanes_[p.value].window;
  return attempt_of_.contains(id) ||
         std::any_of(window.begin(), window.end(), [&](const Entry& e) { return e.ref.id == id; });
}

RerunState* DeliveryFold::rerun_of(RerunId id) {
  const auto at = reruns_.find(id);
  if (at == reruns_.end()) return nullptr;
  changed_reruns_.insert(id);
  return &at->second;
}

void DeliveryFold::tally(RerunId id, OutcomeFate fate) {
  if (id.value == 0 || fate == OutcomeFate::retry) return;
  RerunState* rerun = rerun_of(id);
  if (rerun == nullptr) return;
  switch (fate) {
    case OutcomeFate::delivered: ++rerun->delivered; break;
    case OutcomeFate::skipped: ++rerun->skipped; break;
    default: ++rerun->given_up; break;
  }
}

Result<void> DeliveryFold::apply_rerun_started(PartitionId p, const RerunStarted& started,
                                               const Record& record) {
  const auto [at, fresh] = reruns_.try_emplace(started.id);
  if (fresh) at->second = rerun_state_of(started, record.header.occurred);
  changed_reruns_.insert(started.id);
  auto& part = at->second.parts[p.value];
  if (part.started) return {};  // written twice, after a crash in between: the first one counts
  part.started = true;
  part.end = record.offset;
  return {};
}

Result<void> DeliveryFold::apply_rerun_moved(PartitionId p, const RerunMoved& moved,
                                             const Record& record) {
  RerunState* rerun = rerun_of(moved.id);
  if (rerun == nullptr) return {};
  auto& part = rerun->parts[p.value];
  if (part.ended) return {};  // a step that was on its way when the end came
  if (moved.fate == RerunFate::none) {
    part.decision = moved.decision;
    part.events = moved.events;
    rerun->looked += moved.looked;
    rerun->left_alone += moved.left_alone;
    for (const auto& item : moved.items) TENON_TRY(apply_item(p, item, *rerun, record));
    return {};
  }
  part.ended = true;
  // The partitions may be read in any order; the graver end is the end.
  if (moved.fate > rerun->fate) {
    rerun->fate = moved.fate;
    rerun->ended = record.header.occurred;
    rerun->ended_by = moved.actor;
    rerun->reason = moved.reason;
  }
  if (moved.fate != RerunFate::done) {
    TENON_TRY(cancel_waiting(p, *rerun, record.header.appended));
  }
  forget_reruns();
  return {};
}

Result<void> DeliveryFold::apply_item(PartitionId p, const RerunItem& item, RerunState& rerun,
                                      const Record& record) {
  TENON_TRY_AS(const auto before, row(p, item.delivery));
  // Both ways something may have happened since the step was decided: then that counts.
  const bool letter = before && is_given_up(before->state);
  if (item.letter ? !letter : (before && !(letter && before->ref.replay.value != 0))) {
    ++rerun.left_alone;
    return {};
  }
  ++rerun.taken;
  if (item.letter) {
    ++rerun.letters;
    return take_up(p, *before, rerun.asked.id, record);
  }
  Row fresh;
  fresh.partition = p;
  fresh.ref = item.delivery;
  fresh.action = item.action;
  TENON_TRY_AS(const bool behind, older_in_lane(p, fresh.ref));
  fresh.state = behind ? RowState::held : RowState::retry;
  fresh.rerun = rerun.asked.id;
  fresh.since = fresh.next_at = fresh.age_from = record.header.appended;
  fresh.ref.config = record.header.config;
  fresh.ref.decided = record.offset;
  fresh.decided = record.offset;
  fresh.reason = "replayed";
  return put_row(fresh, before);
}

// What was taken up and is not at rest goes no more. Letters that were taken up stay: they count as
// live deliveries again, and a person gave the word for each.
Result<void> DeliveryFold::cancel_waiting(PartitionId p, RerunState& rerun, Time now) {
  const std::string prefix = rerun_prefix(rerun.asked.id, p);
  std::string from = prefix;
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_.scan(from, end_of_prefix(prefix), kScanPage));
    more = page.size() == kScanPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      TENON_TRY_AS(const auto bytes, state_.get(row_key_of_rerun(entry.key)));
      if (!bytes) return corrupt("delivery state: a rerun names a row that is not there");
      TENON_TRY_AS(const auto row, decode_row(*bytes));
      if (row.ref.replay != rerun.asked.id) continue;
      ++rerun.cancelled;
      TENON_TRY(erase_row(row));
      TENON_TRY(release_lane(p, row.ref.key, now));
    }
  }
  return {};
}

Result<void> DeliveryFold::apply_letter_closed(PartitionId p, const LetterClosed& closed,
                                               bool applied_before) {
  Lane& lane = lanes_[p.value];
  const bool decision_unread = restoring_ || lane.decisions_at < lane.restore_end;
  // It has no row any more that would say so when its decision is read.
  if (decision_unread && closed.delivery.replay.value == 0) {
    lane.resolved.insert(closed.delivery.id);
  }
  if (applied_before) return {};
  TENON_TRY_AS(const auto before, row(p, closed.delivery));
  if (!before || !is_given_up(before->state)) return {};
  const RowState was = before->state;
  TENON_TRY(erase_row(*before));
  // One that expired is as dead as before; one that was replaced is not sent, on purpose.
  const bool expired = closed.end == LetterEnd::expired;
  add(before->ref, !expired ? CountKind::skipped : kind_of(was), 1);
  return {};
}

void DeliveryFold::forget_reruns() {
  while (reruns_.size() > kMaxRerunsKept) {
    const auto oldest =
        std::min_element(reruns_.begin(), reruns_.end(), [](const auto& a, const auto& b) {
          return std::pair(a.second.started, a.first) < std::pair(b.second.started, b.first);
        });
    const RerunState& rerun = oldest->second;
    if (rerun.fate == RerunFate::none || !rerun.complete() || rerun.waiting > 0) return;
    state_.erase("j" + key_u64(oldest->first.value));
    changed_reruns_.erase(oldest->first);
    reruns_.erase(oldest);
  }
}

Result<void> DeliveryFold::load_reruns() {
  TENON_TRY_AS(const auto entries, state_.scan("j", end_of_prefix("j"), kMaxReruns));
  for (const auto& entry : entries) {
    TENON_TRY_AS(auto rerun, decode_rerun_state(entry.value));
    const RerunId id = rerun.asked.id;
    reruns_[id] = std::move(rerun);
  }
  return {};
}

void DeliveryFold::flush_reruns() {
  for (const RerunId id : changed_reruns_) {
    const auto at = reruns_.find(id);
    if (at != reruns_.end()) state_.put("j" + key_u64(id.value), encode(at->second));
  }
  changed_reruns_.clear();
}

}  // namespace tenon::delivery
