// PartitionFold: the state of one partition's pipeline, folded from its log records in order.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "audit/completeness.hpp"
#include "manifest/workspace.hpp"
#include "pipeline/decide.hpp"
#include "ports/state_overlay.hpp"

namespace tenon::pipeline {

// What a slice needs to be decided: records of one configuration, in order.
struct Undecided {
  std::vector<RawRecord> slice;
  std::shared_ptr<const Workspace>
      workspace;  // shared with later records of the same configuration
};

// Counted like an EventFate, beside it. Stored: never renumber.
constexpr std::uint8_t kCountRejected = 255, kCountReceived = 254;
constexpr std::size_t kNoticesKept = 64;  // of each partition

struct RejectedEntry {
  Offset offset;
  std::uint16_t index = 0;  // with the offset: its id
  EventId reentered_as;     // empty = not yet
};

// Keys of the state (big-endian numbers, so that order is by number):
//   "c"                     decided-to, applied-to, received-to: three offsets
//   "g"                     content of the configuration in force at decided-to
//   "d" hash                offsets of raw records whose message id has this hash
//   "m"                     a place from which a reader meets the newest raw records
//   "k"                     number of ids held;  "o" offset -> hash, time: in order of age
//   "n" hour source fate    count;  fate 255 = rejected, 254 = received, whatever became of it
//   "v" hour source name    deliveries decided for the destination of that name, filtered or not
//   "u"                     the hour from which those are whole: of a state that did not count them
//                           before, or of a log without its beginning
//   "t" offset              a notice of the platform, the newest kNoticesKept of them
//   "r" offset              a rejected record: its index, and what it was re-entered as
class PartitionFold {
 public:
  PartitionFold(LogId log, PartitionId partition, StateStore& store);

  // Reads cursors and configuration back. corrupt: the state does not parse (then clear it).
  // `now`: in case that not all can be counted that came before it.
  Result<void> load(Offset begin, Time now);
  // Where the reader must start so that nothing undecided or unapplied is missed.
  Offset resume() const { return std::min(decided_to_, applied_to_); }
  // What a flush has not written down yet may need all of the log.
  Offset needed_from() const { return orphans_.empty() ? resume() : Offset{}; }

  // Each record of the streams raw, decision, control, rejected, in order, starting at resume().
  Result<void> apply(Record record);
  static std::uint32_t streams();

  // The next slice to decide, or nothing while there is none or a decision is still to be applied.
  std::optional<Undecided> take_undecided();
  // Raw records read but not decided: what bounds the reader.
  std::size_t backlog() const { return waiting_.size() + orphans_.size(); }
  // Events without a decision behind them, and decisions without their event: of a salvaged log.
  std::size_t holes() const { return holes_; }

  // Offsets of records that may have this message id (same hash; compare the id itself).
  Result<std::vector<Offset>> seen(NameHash source, std::string_view message_id);
  // Adds what it counts: events, rejections, and what was decided for each destination.
  Result<void> count_into(CompletenessRows& rows, const HourRange& range);
  // The hour of events from which the deliveries decided are counted.
  Result<Time> decided_counted_from();
  // From `from` on (inclusive).
  Result<std::vector<RejectedEntry>> rejected(Offset from, std::size_t limit);

  // Places of the newest notices, oldest first, duplicates left out.
  Result<std::vector<Offset>> notices();

  // A place from which a reader meets the newest raw records, some dozens or hundreds of them.
  Offset recent() const { return marks_.front(); }
  // The oldest record by which a duplicate is known; nothing: none is held.
  Result<std::optional<Offset>> oldest_id();
  // The log begins at `begin` now: forgets some of the rejected records before it.
  Result<void> forget_before(Offset begin);

  std::size_t unflushed() const { return state_.size(); }
  Result<void> flush();
  const std::shared_ptr<const Workspace>& workspace() const { return workspace_; }

 private:
  struct Waiting {
    RawRecord record;
    std::shared_ptr<const Workspace> workspace;  // null: lost with the log's damage, for now
  };

  Result<void> apply_raw(Record& record);
  Result<void> apply_decision(const Record& record);
  std::optional<Waiting> take_waiting(Offset offset);
  Result<void> apply_control(const Record& record);
  Result<void> apply_rejected(const Record& record);
  Result<void> count_decided(const Decision& decision);
  Result<void> count_received_before(Time now);
  void begin_decided_counts(Time now);
  Result<void> note_notice(Offset offset);
  Result<void> remember(const RawRecord& record);
  Result<void> forget_old(Time newest, std::size_t decided);
  Result<void> count(Time received, NameHash source, std::uint8_t fate);
  Result<void> add(std::string key, std::uint64_t by);

  LogId log_;
  PartitionId partition_;
  StateOverlay state_;
  Offset decided_to_, applied_to_;
  Offset begin_;        // of the log
  Offset received_to_;  // events before it are counted as received
  std::uint64_t ids_held_ = 0;
  bool deciding_ = false;
  std::shared_ptr<const Workspace> workspace_;          // in force where the reader stands
  std::shared_ptr<const Workspace> decided_workspace_;  // in force at decided_to_
  std::deque<Waiting> waiting_;
  std::deque<Waiting> orphans_;  // their decision is lost; older than all of waiting_
  std::size_t holes_ = 0;
  std::deque<Offset> marks_;  // places of raw records, one in kMarkEvery, the newest few
  std::size_t since_mark_ = 0;
  // Asked for and not in the state, so that remembering them need not ask again.
  std::unordered_set<std::uint64_t> absent_;
};

}  // namespace tenon::pipeline
