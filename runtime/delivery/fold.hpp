// DeliveryFold: the state of one destination, folded from decisions, attempts, outcomes and
// control.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/completeness.hpp"
#include "delivery/letters.hpp"
#include "delivery/rerun_state.hpp"
#include "delivery/row.hpp"
#include "delivery/skips.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"
#include "event/record.hpp"
#include "manifest/workspace.hpp"
#include "ports/state_overlay.hpp"

namespace tenon::delivery {

// A decided delivery that has not been tried, or is being tried for the first time.
struct Entry {
  PartitionId partition;
  DeliveryRef ref;
  std::string action;
  Offset decided;  // of the decision record
};

// An attempt that has begun and has no outcome yet.
struct OpenAttempt {
  std::string attempt, release, action, idempotency;
  bool safe_to_repeat = false;
  std::uint32_t total = 0;
  struct Member {
    PartitionId partition;
    DeliveryRef ref;
    std::uint32_t position = 0, number = 1;
  };
  std::vector<Member> members;
  std::map<PartitionId, Offset> began;  // its record in each partition
};

constexpr std::size_t kScanPage = 512;  // entries of the state that are read at once

struct PauseState {
  bool paused = false;
  std::string reason, actor;
  Time since{};
};

enum class CountKind : std::uint8_t {
  none = 0,
  routed = 1,
  filtered = 2,
  delivered = 3,
  skipped = 4,
  dead = 5,
  parked = 6,
  ambiguous = 7,
  waiting = 8,  // rows in state retry or held
};
CountKind kind_of(RowState state);

// Two readers feed it: one follows decisions and stops while the window is full, one follows
// everything else to the end. Records about a delivery speak for themselves, so the two need not
// meet. One thread. The good path touches only memory; rows are for deliveries that wait.
class DeliveryFold {
 public:
  DeliveryFold(std::string destination, LogId log, StateStore& store);

  // `now`: in case that the log has forgotten what the state would need to count all.
  Result<void> load(const std::vector<Offset>& begins, Time now);
  // Walks the attempts under way: for who asks now and then.
  Offset decisions_from(PartitionId p) const;
  Offset outcomes_from(PartitionId p) const;
  // The oldest event of a delivery that is still to be sent, as far as one look shows it: another
  // look may show a later one. Nothing: there is none.
  Result<std::optional<Offset>> oldest_waiting(PartitionId p);
  // The same of all that have a row, also of those that wait for a person.
  Result<std::optional<Offset>> oldest_row(PartitionId p);
  // The log began later than where some partition was to be read on: what lay between is lost.
  bool trimmed_under() const { return trimmed_under_; }

  // From decisions_from(p) on, in order.
  Result<void> apply_decision(PartitionId p, const Record& record);
  // False for attempts and outcomes of other destinations, which are most of what there is.
  bool concerns(const Record& record) const;
  // From outcomes_from(p) on, in order: attempt, outcome, control.
  Result<void> apply_other(PartitionId p, const Record& record);
  // When the follower of outcomes has reached the end once: records that a crash took, while that
  // of another partition tells what was in them. They are to be written, and read, before
  // `restored`.
  std::vector<NewRecord> lost_outcomes() const;
  // Before any sending.
  void restored();
  void decisions_read_to(PartitionId p, Offset next);
  void outcomes_read_to(PartitionId p, Offset next);

  // Decided and not tried to its end, or under way in an attempt.
  bool is_open(PartitionId p, const DeliveryId& id) const;
  // Decided and not done, in order of decision, per partition.
  const std::deque<Entry>& window(PartitionId p) const { return lanes_[p.value].window; }
  std::size_t window_size() const { return window_size_; }
  // Rows that are to be sent some time: in state retry or held.
  std::size_t waiting_rows() const { return static_cast<std::size_t>(blocking_rows_); }
  const std::map<std::string, OpenAttempt>& open_attempts() const { return open_; }
  // Rows in state retry that are due, earliest first: the live ones, or those of reruns.
  Result<std::vector<Row>> due(Time now, std::size_t limit, bool of_reruns);
  // When the first of them that is not due at `after` will be.
  Result<std::optional<Time>> next_due(Time after = Time::min());
  Result<std::optional<Row>> row(PartitionId p, const DeliveryRef& ref);
  Result<std::optional<Row>> row(const DeliveryId& id);
  // Rows by one of the indexes of row.hpp: "x" all, "q" and "d" in state retry as they come due,
  // "k" those that hold up their key. `after` is the `next` of the page before, or "".
  Result<RowPage> rows(char index, const std::string& after, std::size_t limit);
  // Letters that the filter lets through, by state and then oldest first. One call looks at so many
  // at most, so a page may be short, even empty, and not the last.
  Result<RowPage> letters(const LetterFilter& filter, const std::string& after, std::size_t limit,
                          std::size_t look_at = kMaxLookedAt);
  // How many of them there are from `after` on, as far as one call looks.
  struct LetterTally {
    std::uint64_t count = 0;
    std::string next;  // "" at the end
  };
  Result<LetterTally> count_letters(const LetterFilter& filter, const std::string& after,
                                    std::size_t look_at = kMaxLookedAt);
  Result<std::vector<LetterCount>> letter_counts();
  // Since when the oldest letter is one; nothing: there is none.
  Result<std::optional<Time>> oldest_letter();
  // Adds the rows of its destination. In them `decided` is what the pipeline says it decided; from
  // what the fold has read itself follows what is missing, also before the hour `counted_from`.
  // `whole`: all that is decided is read.
  Result<void> count_into(CompletenessRows& rows, const HourRange& range, Time counted_from,
                          bool whole);
  Result<std::map<CountKind, std::int64_t>> totals();
  // False after a restart, until what was read before it has been read again.
  bool counts_settled() const;
  const PauseState& pause() const { return pause_; }
  // What was given up on purpose, latest act first.
  Result<std::vector<Skip>> skips() { return skips_.list(); }
  // Deliveries read so far that a skip would give up now, by the hour of their reception.
  Result<std::map<std::int64_t, std::int64_t>> open_by_hour();
  // Is it in hand, or done? Of a decision that the other reader has not reached yet.
  Result<bool> is_known(PartitionId p, const DecidedEvent& event, const std::string& action);
  const std::map<RerunId, RerunState>& reruns() const { return reruns_; }
  // The one that is going on, or whose records do not stand in every partition; null: none.
  const RerunState* open_rerun() const;
  // The configuration a delivery was decided under; null if it is not known.
  std::shared_ptr<const Workspace> workspace(ConfigVersion version);

  std::size_t unflushed() const { return state_.size() + pending_counts_ + changed_reruns_.size(); }
  Result<void> flush();
  // Also where nothing but the places has changed.
  Result<void> flush_places();

 private:
  struct Decided {
    Offset offset, next;
    std::size_t open = 0;  // its deliveries still in the window
  };
  struct Lane {
    Offset watermark;                  // as last written: decisions before it are done or have rows
    Offset counted_to;                 // decisions before it are in the counts
    Offset outcomes_to;                // other records before it are applied
    Offset decisions_at, outcomes_at;  // where the readers stand
    Offset skip_before;                // what was decided before it is given up
    Offset skip_at_load;               // the same, as far as the counts in the state know of it
    std::string at_rest_before;        // rows with smaller keys wait for a person, if at all
    std::deque<Decided> decided;
    std::deque<Entry> window;
    std::set<DeliveryId> resolved;  // restart only: at rest for good, met before their decision
    std::set<DeliveryId> given_up;  // restart only: counted as skipped before their decision
    Offset restore_end;             // decisions before it may have outcomes in `resolved`
  };

  Result<void> admit(PartitionId p, const DecidedEvent& event, const DecidedDelivery& delivery,
                     ConfigVersion config, Offset decided, bool counted);
  Result<bool> lane_blocked(PartitionId p, KeyHash key);
  Result<void> apply_begin(PartitionId p, const Record& record);
  Result<void> apply_outcomes(PartitionId p, const Record& record, bool applied_before);
  Result<void> apply_one(PartitionId p, const AttemptOutcome& attempt,
                         const DeliveryOutcome& outcome, const Record& record);
  Result<void> apply_control(PartitionId p, const Record& record, bool applied_before);
  Result<void> apply_skip(PartitionId p, Offset before);
  Result<void> redrive(PartitionId p, const Redriven& redriven, const Record& record);
  // Makes a row due again; what it was before is `before`.
  Result<void> take_up(PartitionId p, const Row& before, RerunId rerun, const Record& record);
  Result<void> apply_rerun_started(PartitionId p, const RerunStarted& started,
                                   const Record& record);
  Result<void> apply_rerun_moved(PartitionId p, const RerunMoved& moved, const Record& record);
  Result<void> apply_item(PartitionId p, const RerunItem& item, RerunState& rerun,
                          const Record& record);
  Result<void> cancel_waiting(PartitionId p, RerunState& rerun, Time now);
  Result<void> apply_letter_closed(PartitionId p, const LetterClosed& closed, bool applied_before);
  RerunState* rerun_of(RerunId id);  // marks it as changed; null: forgotten
  void forget_reruns();
  void tally(RerunId id, OutcomeFate fate);
  Result<void> load_reruns();
  void flush_reruns();
  // Takes it out of the window; false if it is not there.
  bool leave_window(PartitionId p, const DeliveryId& id);
  Result<void> hold_lane(PartitionId p, KeyHash key, Time since);
  Result<bool> older_in_lane(PartitionId p, const DeliveryRef& ref);
  Result<void> release_lane(PartitionId p, KeyHash key, Time now);
  Result<void> put_row(const Row& row, const std::optional<Row>& before);
  Result<void> erase_row(const Row& row);
  void close_member(const DeliveryId& id);
  void keep_told(PartitionId p, const AttemptOutcome& attempt, const RecordHeader& header);
  const std::pair<AttemptOutcome, RecordHeader>* told_of(const std::string& attempt) const;
  void join_batches();
  void advance(PartitionId p);
  Result<void> settle_counts();
  void add(const DeliveryRef& ref, CountKind kind, std::int64_t by);
  // Walks the index of letters; `each` gets key and value, and stops it by false.
  template <typename Each>
  Result<void> walk_letters(const LetterFilter& filter, const std::string& after, Each each);
  void index_letter(const Row& row);
  void unindex_letter(const Row& row);
  // Given up by a skip (1), or delivered after all (-1).
  Result<void> add_skipped(PartitionId p, const DeliveryRef& ref, std::int64_t by);
  void add_filtered(const DeliveryRef& ref, const std::string& reason);

  std::string destination_;
  LogId log_;
  StateOverlay state_;
  Skips skips_;
  std::vector<Lane> lanes_;
  std::size_t window_size_ = 0;
  std::map<std::string, OpenAttempt> open_;
  std::map<DeliveryId, std::string> attempt_of_;
  // Restart only: the last attempts that each partition tells of, with all of their batch.
  std::map<PartitionId, std::deque<std::pair<AttemptOutcome, RecordHeader>>> told_;
  bool restoring_ = true, trimmed_under_ = false;
  PauseState pause_;
  std::map<ConfigVersion, std::shared_ptr<const Workspace>> configs_;
  std::map<std::string, std::int64_t> counts_;  // changes since the last flush, by state key
  std::size_t pending_counts_ = 0;
  Time counted_from_{};  // the hour from which the counts are all that there was
  std::map<RerunId, RerunState> reruns_;
  std::set<RerunId> changed_reruns_;  // since the last flush
  std::int64_t blocking_rows_ = 0;    // rows in state retry or held: 0 spares every look-up
};

}  // namespace tenon::delivery
