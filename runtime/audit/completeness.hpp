// Completeness: counts that must add up, recounted from the log alone (decision 12).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "audit/trace.hpp"
#include "ports/event_log.hpp"

namespace tenon {

constexpr std::size_t kMaxRecountDeliveries = 5'000'000;  // held in memory by one Recount

// Events: received = duplicate + no_route + invalid + undecided + routed.
// Deliveries of the routed ones: decided = filtered + skipped + delivered + pending + parked + dead
// + ambiguous (an event with two deliveries counts twice here). Rejections stand beside both.
struct CompletenessCounts {
  std::uint64_t received = 0, duplicate = 0, no_route = 0, invalid = 0, undecided = 0, routed = 0;
  std::uint64_t decided = 0, filtered = 0, skipped = 0, delivered = 0, pending = 0, parked = 0,
                dead = 0, ambiguous = 0;
  std::uint64_t rejected = 0;
  std::uint64_t broken = 0;  // outcomes or decisions that fit no known event or delivery: a bug

  bool adds_up() const;
  bool operator==(const CompletenessCounts&) const = default;
};

// Counted by: the source, the hour of reception, and (deliveries only) the destination.
struct CompletenessKey {
  NameHash source;
  Time hour{};
  std::string destination;  // empty: the row that counts events
  auto operator<=>(const CompletenessKey&) const = default;
};

// Folds whole partitions from their begin. A second record about the same thing replaces the first,
// so duplicates in the log show up as what they are.
class Recount {
 public:
  // limited: more than kMaxRecountDeliveries. corrupt/unsupported: a body cannot be read.
  Result<void> add(LogId log, PartitionId partition, const Record& record);
  CompletenessCounts total() const;
  std::map<CompletenessKey, CompletenessCounts> rows() const;

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
  };
  struct IdHash {
    std::size_t operator()(const DeliveryId& id) const noexcept;
  };
  Result<void> add_decision(LogId log, PartitionId partition, const Record& record);

  std::map<EventId, EventState> events_;
  std::unordered_map<DeliveryId, Duty, IdHash> duties_;
  std::map<CompletenessKey, std::uint64_t> rejected_;
  std::uint64_t broken_ = 0;
};

// Reads all partitions from begin to the durable end of now.
Task<Result<Recount>> recount(EventLog& log);

}  // namespace tenon
