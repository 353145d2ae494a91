// Completeness: what became of all events and deliveries, in counts that must add up (decision 12).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/id.hpp"
#include "base/time.hpp"

namespace tenon {

// Events: received = duplicate + no_route + invalid + undecided + routed.
// Deliveries of the routed ones: decided = filtered + skipped + delivered + pending + parked + dead
// + ambiguous (an event with two deliveries counts twice here). Rejections stand beside both. What
// a replay sends once more changes none of these; a dead letter that it takes up is open again.
struct CompletenessCounts {
  std::uint64_t received = 0, duplicate = 0, no_route = 0, invalid = 0, undecided = 0, routed = 0;
  std::uint64_t decided = 0, filtered = 0, skipped = 0, delivered = 0, pending = 0, parked = 0,
                dead = 0, ambiguous = 0;
  std::uint64_t rejected = 0;
  std::uint64_t broken = 0;  // outcomes or decisions that fit no known event or delivery: a bug
  std::map<std::string, std::uint64_t> filtered_by;  // reason; together `filtered`

  // What is received and in no fate, and what is decided and in none; 0 = they add up.
  std::int64_t remainder() const;
  bool adds_up() const;
  void add(const CompletenessCounts& other);
  bool operator==(const CompletenessCounts&) const = default;
};

// Counted by: the source, the hour of reception, and (deliveries only) the destination.
struct CompletenessKey {
  NameHash source;
  Time hour{};
  std::string destination;  // empty: the row that counts events
  auto operator<=>(const CompletenessKey&) const = default;
};
using CompletenessRows = std::map<CompletenessKey, CompletenessCounts>;

Time hour_of(Time t);
// Whether a partition that begins here has forgotten its beginning: the first record of all lies at
// offset 64.
bool is_trimmed(Offset begin);

// Rows of [from, to) by hour.
struct HourRange {
  Time from = Time::min(), to = Time::max();
  bool holds(Time hour) const { return from <= hour && hour < to; }
};

// Counts of two kinds of counting that should be the same: "delivered 7, recounted 8"; empty where
// they are. Rows in which nothing is counted are as good as none.
std::string difference(const CompletenessCounts& counted, const CompletenessCounts& recounted);

}  // namespace tenon
