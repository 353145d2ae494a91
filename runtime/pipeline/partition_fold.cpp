// Folding raw records, decisions and control records into cursors, dedupe ids and counts.
#include "pipeline/partition_fold.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/codec.hpp"
#include "base/fail_point.hpp"
#include "base/hash.hpp"
#include "base/limits.hpp"
#include "event/control.hpp"

namespace tenon::pipeline {
namespace {

constexpr std::size_t kMarkEvery = 64, kMarks = 3;
constexpr std::size_t kForgottenAtLeast = 16;  // and two per event that came: it catches up
constexpr std::size_t kMaxAbsent = 8'192;
constexpr std::size_t kForgottenRejected = 1'000;  // at a time

std::uint64_t u64_of(const std::optional<std::string>& value) {
  return value ? Reader(*value).u64() : 0;
}

std::string value_u64(std::uint64_t v) {
  Writer out;
  out.u64(v);
  return std::move(out).take();
}

std::string rejected_value(const RejectedEntry& entry) {
  Writer out;
  out.u16(entry.index);
  write(out, entry.reentered_as);
  return std::move(out).take();
}

RejectedEntry rejected_entry(std::string_view key, std::string_view value) {
  RejectedEntry entry;
  entry.offset = Offset{u64_of_key(key.substr(1))};
  Reader in(value);
  entry.index = in.u16();
  entry.reentered_as = read_event_id(in);
  return entry;
}

Result<std::shared_ptr<const Workspace>> workspace_of(std::string_view content) {
  auto parsed = parse_workspace(content, "configuration in the log");
  if (!parsed) {
    return corrupt("a configuration in the log does not parse with this version: " +
                   parsed.error().errors.front().text());
  }
  return std::shared_ptr<const Workspace>(std::make_shared<Workspace>(std::move(*parsed)));
}

}  // namespace

PartitionFold::PartitionFold(LogId log, PartitionId partition, StateStore& store)
    : log_(log), partition_(partition), state_(store) {}

std::uint32_t PartitionFold::streams() {
  return (1u << static_cast<unsigned>(Stream::raw)) |
         (1u << static_cast<unsigned>(Stream::decision)) |
         (1u << static_cast<unsigned>(Stream::control)) |
         (1u << static_cast<unsigned>(Stream::rejected));
}

Result<void> PartitionFold::load(Offset begin, Time now) {
  decided_to_ = applied_to_ = received_to_ = begin_ = begin;
  TENON_TRY_AS(const auto cursor, state_.get("c"));
  if (cursor) {
    Reader in(*cursor);
    decided_to_ = Offset{in.u64()};
    applied_to_ = Offset{in.u64()};
    const bool counts_received = cursor->size() > 2 * sizeof(std::uint64_t);
    if (counts_received) received_to_ = Offset{in.u64()};
    if (!in.done()) return corrupt("pipeline state: bad cursor");
    if (!counts_received) TENON_TRY(count_received_before(now));
  } else if (is_trimmed(begin)) {
    begin_decided_counts(now);
  }
  TENON_TRY_AS(const auto mark, state_.get("m"));
  marks_.push_back(mark ? Offset{u64_of(mark)} : begin);
  TENON_TRY_AS(const auto content, state_.get("g"));
  if (content) {
    TENON_TRY_AS(workspace_, workspace_of(*content));
    decided_workspace_ = workspace_;
  }
  TENON_TRY_AS(const auto held, state_.get("k"));
  ids_held_ = u64_of(held);
  return {};
}

Result<void> PartitionFold::apply(Record record) {
  const Offset next = record.next;
  const bool seen_before = record.offset < applied_to_;
  switch (record.header.stream) {
    case Stream::raw:
      if (record.offset >= decided_to_) TENON_TRY(apply_raw(record));
      break;
    case Stream::decision:
      if (!seen_before) TENON_TRY(apply_decision(record));
      break;
    // A configuration counts for undecided records behind it, so it is read again with them.
    case Stream::control: TENON_TRY(apply_control(record)); break;
    case Stream::rejected:
      if (!seen_before) TENON_TRY(apply_rejected(record));
      break;
    default: break;
  }
  if (!seen_before) applied_to_ = next;
  return {};
}

Result<void> PartitionFold::apply_raw(Record& record) {
  TENON_TRY_AS(auto raw, decode_raw_event(record.body));
  if (record.offset >= received_to_) {
    TENON_TRY(count(record.header.received, record.header.source, kCountReceived));
    received_to_ = record.next;
  }
  if (++since_mark_ >= kMarkEvery) {
    since_mark_ = 0;
    marks_.push_back(record.offset);
    if (marks_.size() > kMarks) marks_.pop_front();
  }
  RawRecord decoded{record.offset, record.next, record.header, std::move(raw)};
  waiting_.push_back(Waiting{std::move(decoded), workspace_});
  return {};
}

Result<void> PartitionFold::apply_decision(const Record& record) {
  TENON_TRY_AS(const auto decision, decode_decision(record.body));
  const bool of_orphans = !orphans_.empty() && !decision.events.empty() &&
                          decision.events.front().offset <= orphans_.back().record.offset;
  if (decision.to <= decided_to_ && !of_orphans) return {};
  for (const auto& decided : decision.events) {
    const auto waiting = take_waiting(decided.offset);
    const auto fate = static_cast<std::uint8_t>(decided.fate);
    TENON_TRY(count(decided.received, decided.source, fate));
    if (!waiting) {  // lost by salvage, or forgotten: that it came in is all that is left of it
      TENON_TRY(count(decided.received, decided.source, kCountReceived));
      continue;
    }
    if (waiting->workspace) decided_workspace_ = waiting->workspace;
    if (decided.fate == EventFate::duplicate) continue;
    if (!waiting->record.raw.message_id_assigned) TENON_TRY(remember(waiting->record));
    if (decided.source == hash_of_name(kNoticeSource)) TENON_TRY(note_notice(decided.offset));
  }
  TENON_TRY(count_decided(decision));
  decided_to_ = std::max(decided_to_, decision.to);
  deciding_ = false;
  return forget_old(record.header.appended, decision.events.size());
}

// A log that was salvaged has holes. An event that is passed over has lost its decision, and is
// decided again once the reader is at the end.
std::optional<PartitionFold::Waiting> PartitionFold::take_waiting(Offset offset) {
  while (!waiting_.empty() && waiting_.front().record.offset < offset) {
    orphans_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    ++holes_;
  }
  const bool next = !waiting_.empty() && waiting_.front().record.offset == offset;
  auto& queue = next ? waiting_ : orphans_;
  const auto found = std::find_if(queue.begin(), queue.end(),
                                  [&](const Waiting& one) { return one.record.offset == offset; });
  std::optional<Waiting> taken;
  if (found == queue.end()) {
    if (offset >= begin_) ++holes_;
  } else {
    taken = std::move(*found);
    queue.erase(found);
  }
  return taken;
}

Result<void> PartitionFold::apply_control(const Record& record) {
  TENON_TRY_AS(const auto control, decode_control(record.header.type, record.body));
  if (const auto* config = std::get_if<ConfigApplied>(&control)) {
    TENON_TRY_AS(workspace_, workspace_of(config->content));
    // Its own configuration was lost by salvage: the next one that is known has to do.
    for (auto* queue : {&orphans_, &waiting_}) {
      for (auto& waiting : *queue) {
        if (!waiting.workspace) waiting.workspace = workspace_;
      }
    }
    if (waiting_.empty()) decided_workspace_ = workspace_;
  } else if (const auto* reentered = std::get_if<RejectedReentered>(&control)) {
    const std::string key = "r" + key_u64(reentered->rejected.value);
    TENON_TRY_AS(const auto value, state_.get(key));
    if (!value && reentered->rejected < begin_) return {};  // forgotten with its part of the log
    if (!value) return corrupt("a re-entered event was never rejected");
    RejectedEntry entry = rejected_entry(key, *value);
    entry.reentered_as = reentered->reentered_as;
    state_.put(key, rejected_value(entry));
  }
  return {};
}

Result<void> PartitionFold::apply_rejected(const Record& record) {
  RejectedEntry entry;
  entry.index = record.header.index;
  state_.put("r" + key_u64(record.offset.value), rejected_value(entry));
  return count(record.header.received, record.header.source, kCountRejected);
}

Result<void> PartitionFold::note_notice(Offset offset) {
  state_.put("t" + key_u64(offset.value), "");
  TENON_TRY_AS(const auto kept, state_.scan("t", end_of_prefix("t"), kNoticesKept + 1));
  if (kept.size() > kNoticesKept) state_.erase(kept.front().key);
  return {};
}

Result<std::vector<Offset>> PartitionFold::notices() {
  TENON_TRY_AS(const auto kept, state_.scan("t", end_of_prefix("t"), kNoticesKept));
  std::vector<Offset> offsets;
  for (const auto& entry : kept) {
    offsets.push_back(Offset{u64_of_key(std::string_view(entry.key).substr(1))});
  }
  return offsets;
}

Result<void> PartitionFold::remember(const RawRecord& record) {
  const std::uint64_t hash = message_hash(record.header.source, record.raw.message_id);
  const std::string key = "d" + key_u64(hash);
  std::optional<std::string> places;
  if (absent_.erase(hash) == 0) {
    TENON_TRY_AS(places, state_.get(key));
  }
  state_.put(key, (places ? *places : std::string()) + key_u64(record.offset.value));
  Writer age;
  age.u64(hash);
  age.i64(us_of(record.header.appended));
  state_.put("o" + key_u64(record.offset.value), std::move(age).take());
  ++ids_held_;
  return {};
}

Result<void> PartitionFold::forget_old(Time newest, std::size_t decided) {
  if (!decided_workspace_) return {};
  const Time oldest_kept = newest - decided_workspace_->dedupe_window;
  const std::uint64_t most =
      std::max<std::uint64_t>(1, decided_workspace_->dedupe_max_ids / kPartitions);
  // Nearly always the oldest id may stay: one look, not a page.
  TENON_TRY_AS(auto old, state_.scan("o", end_of_prefix("o"), 1));
  const auto too_old = [&](const StateEntry& entry) {
    Reader in(entry.value);
    in.u64();
    return time_from_us(in.i64()) < oldest_kept || ids_held_ > most;
  };
  if (old.empty() || !too_old(old.front())) return {};
  TENON_TRY_AS(old, state_.scan("o", end_of_prefix("o"), 2 * decided + kForgottenAtLeast));
  for (const auto& entry : old) {
    Reader in(entry.value);
    const std::uint64_t hash = in.u64();
    if (!too_old(entry)) break;
    const std::string place = entry.key.substr(1), key = "d" + key_u64(hash);
    TENON_TRY_AS(const auto places, state_.get(key));
    std::string left;
    for (std::size_t i = 0; places && i + 8 <= places->size(); i += 8) {
      if (places->compare(i, 8, place) != 0) left.append(*places, i, 8);
    }
    left.empty() ? state_.erase(key) : state_.put(key, left);
    state_.erase(entry.key);
    --ids_held_;
  }
  return {};
}

std::optional<Undecided> PartitionFold::take_undecided() {
  const auto& queue = orphans_.empty() ? waiting_ : orphans_;
  if (deciding_ || queue.empty() || !queue.front().workspace) return std::nullopt;
  Undecided work;
  work.workspace = queue.front().workspace;
  std::size_t bytes = 0;
  for (const auto& waiting : queue) {
    bytes += waiting.record.raw.payload.size();
    const bool full = work.slice.size() >= kMaxSliceEvents || bytes > kMaxSliceBytes;
    if (waiting.workspace != work.workspace || (full && !work.slice.empty())) break;
    work.slice.push_back(waiting.record);
  }
  deciding_ = true;
  return work;
}

Result<std::vector<Offset>> PartitionFold::seen(NameHash source, std::string_view message_id) {
  const std::uint64_t hash = message_hash(source, message_id);
  TENON_TRY_AS(const auto places, state_.get("d" + key_u64(hash)));
  if (absent_.size() >= kMaxAbsent) absent_.clear();
  if (!places) absent_.insert(hash);
  std::vector<Offset> offsets;
  for (std::size_t i = 0; places && i + 8 <= places->size(); i += 8) {
    offsets.push_back(Offset{u64_of_key(std::string_view(*places).substr(i, 8))});
  }
  return offsets;
}

Result<std::vector<RejectedEntry>> PartitionFold::rejected(Offset from, std::size_t limit) {
  TENON_TRY_AS(const auto entries,
               state_.scan("r" + key_u64(from.value), end_of_prefix("r"), limit));
  std::vector<RejectedEntry> found;
  for (const auto& entry : entries) {
    found.push_back(rejected_entry(entry.key, entry.value));
  }
  return found;
}

Result<std::optional<Offset>> PartitionFold::oldest_id() {
  TENON_TRY_AS(const auto first, state_.scan("o", end_of_prefix("o"), 1));
  std::optional<Offset> oldest;
  if (!first.empty()) oldest = Offset{u64_of_key(std::string_view(first.front().key).substr(1))};
  return oldest;
}

Result<void> PartitionFold::forget_before(Offset begin) {
  TENON_TRY_AS(const auto gone, state_.scan("r", "r" + key_u64(begin.value), kForgottenRejected));
  for (const auto& entry : gone) state_.erase(entry.key);
  begin_ = begin;
  return {};
}

Result<void> PartitionFold::flush() {
  // The cursor must not pass what is to be decided again.
  if (state_.size() == 0 || !orphans_.empty()) return {};
  TENON_FAIL_POINT("pipeline.flush");
  Writer cursor;
  cursor.u64(decided_to_.value);
  cursor.u64(applied_to_.value);
  cursor.u64(received_to_.value);
  state_.put("c", std::move(cursor).take());
  if (decided_workspace_) state_.put("g", decided_workspace_->content);
  state_.put("k", value_u64(ids_held_));
  state_.put("m", value_u64(marks_.front().value));
  return state_.flush();
}

}  // namespace tenon::pipeline
