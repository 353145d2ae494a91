// Recount: the fates of all events and deliveries, counted from the log alone.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "audit/completeness.hpp"
#include "audit/trace.hpp"
#include "base/limits.hpp"
#include "ports/event_log.hpp"

namespace tenon {

constexpr std::size_t kMaxRecountDeliveries = 5'000'000;  // held in memory by one Recount

// Folds whole partitions from their begin. A second record about the same thing replaces the first,
// so duplicates in the log show up as what they are. Of a log that has forgotten its beginning it
// counts what is left: records about forgotten events are no fault, and count nothing.
class Recount {
 public:
  // Before the partition's first record: where its log begins. Without it: at the very first one.
  void begins_at(PartitionId partition, Offset begin) { begins_[partition.value] = begin; }
  // limited: more than kMaxRecountDeliveries. corrupt/unsupported: a body cannot be read.
  Result<void> add(LogId log, PartitionId partition, const Record& record);
  CompletenessCounts total() const;
  CompletenessRows rows() const;
  // The log holds all that was received from this hour on.
  Time whole_from() const { return whole_from_; }

 private:
  struct EventState {
    NameHash source;
    Time hour{};
    EventFate fate = EventFate::none;  // none: undecided
  };
  struct Duty {
    EventId event;
    std::string destination;
    DeliveryState state = DeliveryState::pending;
    bool closed = false;  // a letter that left the list: not redriven any more
  };
  struct IdHash {
    std::size_t operator()(const DeliveryId& id) const noexcept;
  };
  Result<void> add_decision(LogId log, PartitionId partition, const Record& record);
  Result<void> add_outcomes(PartitionId partition, const Record& record);
  Result<void> add_control(PartitionId partition, const Record& record);
  void redrive(PartitionId partition, const DeliveryRef& delivery);
  // Of something that no record here is about: a fault, unless it was forgotten.
  void miss(PartitionId partition, Offset event);

  std::array<Offset, kPartitions> begins_{};
  std::array<bool, kPartitions> begun_{};
  Time whole_from_ = Time::min();
  std::map<EventId, EventState> events_;
  std::unordered_map<DeliveryId, Duty, IdHash> duties_;
  std::map<CompletenessKey, std::uint64_t> rejected_;
  std::map<CompletenessKey, std::map<std::string, std::uint64_t>> filtered_by_;
  std::set<std::pair<RerunId, PartitionId>> ended_;  // reruns whose later steps count no more
  std::uint64_t broken_ = 0;
};

// The durable ends of now, of all partitions.
std::vector<Offset> ends_of(const EventLog& log);
// Reads all partitions from their begin to these ends. conflict: the log was trimmed meanwhile.
Task<Result<Recount>> recount(EventLog& log, std::vector<Offset> ends);

}  // namespace tenon
