// Runner: one destination at work: follows the log, keeps attempts going, records what became of
// them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "async/signal.hpp"
#include "delivery/attempt.hpp"
#include "delivery/batch.hpp"
#include "delivery/fold.hpp"
#include "delivery/letter_keeper.hpp"
#include "delivery/rerun_driver.hpp"
#include "delivery/retry_budget.hpp"
#include "delivery/spot_check.hpp"
#include "delivery/tail.hpp"
#include "hosting/release_health.hpp"
#include "ports/random.hpp"
#include "ports/telemetry.hpp"

namespace tenon::delivery {

constexpr std::size_t kExcerptsKept = 16;  // exchanges noted per attempt

struct Doors {
  EventLog& log;
  StateStores& stores;
  Clock& clock;
  Telemetry& telemetry;
  Hosting& hosting;
  Egress& egress;
  Holds& holds;
  CaptureSink* captures = nullptr;  // null: no call is kept
  ReleaseHealth* health = nullptr;  // told what each call came to; null: nobody asks
};

// The release that gets a part of the deliveries, beside the one for all.
struct CanaryRelease {
  std::shared_ptr<const Setup> setup;  // null: there is none
  std::uint32_t percent = 0;           // of the keys
};

// What the outside may see of a destination.
struct RunnerStatus {
  std::string destination;
  bool configured = false, restored = false;
  PauseState pause;
  std::optional<Hold> hold;
  std::size_t in_flight = 0, window = 0;
  std::optional<Time> next_due;
  std::uint64_t lag_bytes = 0;    // of log that is durable but not read for decisions
  std::uint32_t retry_share = 0;  // of a hundred tries of the last minute
};

// One thread. configure, open, start, and at stop: drain, then cancel and join the Scope, then
// flush.
class Runner final : private Follower {
 public:
  Runner(std::string destination, Doors doors, Tail& tail, boost::asio::any_io_executor executor,
         std::function<void(Error)> on_fatal);

  Result<void> open();
  // Null: not configured any more; the log is still followed, nothing is sent.
  void configure(std::shared_ptr<const Setup> setup, CanaryRelease candidate = CanaryRelease());
  void start(Scope& scope);
  void wake() { wake_.notify(); }
  // No new attempts from now on. True once none is under way.
  void drain() {
    draining_ = true;
    spotted_.notify();
  }
  bool drained() const { return in_flight_ == 0; }
  Result<void> flush() { return fold_->flush(); }
  // Flushes, and makes it survive a power cut.
  Result<void> sync();
  // From where on a start with the state as it was synced, and all that is to be sent, need the
  // log.
  Task<Result<Offset>> needed_from(PartitionId p);

  RunnerStatus status();
  // True once outcomes and control records before `end` are counted.
  bool has_read(PartitionId p, Offset end) const { return others_at_[p.value] >= end; }
  // True once control records before `offset` of the partition are in force here.
  bool has_followed(PartitionId p, Offset offset) const { return others_at_[p.value] > offset; }
  bool has_decided(PartitionId p, Offset offset) const { return decisions_at_[p.value] > offset; }
  // What a skip would give up, by the hour of reception: in hand and still to be read.
  Task<Result<std::map<std::int64_t, std::int64_t>>> open_by_hour();
  // As the fold's; `decided_to`: how far the pipeline's counts go, by partition.
  Result<void> count_into(CompletenessRows& rows, const HourRange& range, Time counted_from,
                          const std::vector<Offset>& decided_to);
  bool in_flight(const DeliveryId& id) const { return claims_.has(id); }
  DeliveryFold& fold() { return *fold_; }
  const std::shared_ptr<const Setup>& setup() const { return setup_; }
  const CanaryRelease& candidate() const { return candidate_; }
  bool is_restored() const { return restored_; }
  // Where the reader of decisions stands.
  Offset decisions_at(PartitionId p) const { return decisions_at_[p.value]; }
  const std::string& destination() const override { return destination_; }
  // True when nothing is to be read, sent or awaited (rows that wait for a person do not count).
  bool idle();

 private:
  Task<void> run(Scope& scope);
  Task<Result<void>> restore();
  Task<Result<void>> read_all_others();
  Task<void> follow_decisions(PartitionId p);
  Task<Result<void>> follow_decisions_until_error(PartitionId p);
  bool window_full(PartitionId p) const;
  Task<void> follow_others(PartitionId p);
  Task<Result<void>> read_others(PartitionId p);
  Offset place(Line line, PartitionId p) const override {
    return line == Line::decisions ? decisions_at_[p.value] : others_at_[p.value];
  }
  Result<void> take(Line line, PartitionId p, const Record& record) override;
  Result<bool> taken(Line line, PartitionId p, Offset next, bool ours) override;
  Result<void> take_other(PartitionId p, const Record& record);
  Result<void> others_taken(PartitionId p, Offset next, bool ours);
  Result<void> take_decision(PartitionId p, const Record& record);
  void decisions_taken(PartitionId p, Offset next, bool any);
  Task<Result<void>> follow_others_until_error(PartitionId p);
  Task<void> pump(Scope& scope);
  Result<bool> start_one(Scope& scope);
  std::size_t concurrency() const;
  std::vector<Pick> pick(const Waiting& waiting, const LimitsOf& limits_of, bool probing);
  Task<Result<void>> pause_if_hopeless(std::string failure, std::string failure_text);
  Result<bool> start_cut_short(Scope& scope);
  LimitsOf batch_limits(std::shared_ptr<const Setup> setup, bool probing) const;
  std::optional<CanaryPart> canary_part(bool probing) const;
  void tell_health(const Setup& setup, const AttemptOutcome& common,
                   const std::vector<DeliveryOutcome>& outcomes, std::size_t calls);
  Task<void> attempt(std::vector<Pick> picks);
  Task<Result<void>> attempt_until_error(std::vector<Pick> picks);
  Task<Result<void>> record(std::shared_ptr<const Setup> setup, std::string name, Time began,
                            LoadedBatch batch, AttemptReport report, bool of_rerun);
  Task<Result<void>> record_outcomes(std::shared_ptr<const Setup> setup, AttemptOutcome common,
                                     std::vector<DeliveryOutcome> outcomes,
                                     std::vector<PartitionId> partitions);
  Task<void> give_up_cut_short(OpenAttempt open);
  Task<Result<void>> read_back(std::shared_ptr<const Setup> setup, LoadedBatch batch, Time began);
  void sample(const std::shared_ptr<const Setup>& setup, const Loaded& item,
              const DeliveryOutcome& outcome);
  Task<void> look_for_spots();
  Task<void> look_for(std::vector<Spot> spots);
  void unclaim_folded(PartitionId p, const Record& record);
  Task<void> flush_often();
  Task<void> until_error(Task<Result<void>> task);
  Result<std::vector<Pick>> picks_of_reruns(const LimitsOf& limits_of, const CanaryPart* canary);
  std::size_t look() const;

  std::string destination_;
  Doors doors_;
  Tail& tail_;
  std::function<void(Error)> on_fatal_;
  std::vector<bool> in_tail_;  // by partition: a member of its decisions
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<DeliveryFold> fold_;
  std::shared_ptr<const Setup> setup_;
  CanaryRelease candidate_;
  std::vector<Offset> decisions_at_, others_at_;  // where the followers stand
  Claims claims_;
  std::vector<OpenAttempt> cut_short_;  // of an earlier run of the host; each goes again as it was
  std::size_t in_flight_ = 0, reruns_in_flight_ = 0;
  std::size_t turn_ = 0;
  RetryBudget budget_;
  SpotSample spots_;
  bool draining_ = false, restored_ = false;
  bool pausing_ = false;  // told to the log, not yet followed
  Signal wake_, room_, changed_, left_, spotted_;
  RerunDriver reruns_;
  LetterKeeper letters_;
};

}  // namespace tenon::delivery
