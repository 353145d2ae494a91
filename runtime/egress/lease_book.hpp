// LeaseBook: what a restart must know of rate limits: the leases of the last day, folded from the
// log.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "async/task.hpp"
#include "base/limits.hpp"
#include "egress/rate_limiter.hpp"
#include "ports/event_log.hpp"
#include "ports/state_overlay.hpp"

namespace tenon {

// A lease no longer counts once the longest window a manifest may declare has passed.
constexpr std::chrono::hours kLeaseKept{25};
// Older ones are added up by the minute, as if used at its last moment: a day of a busy bucket is
// 1,500 rows, not 90,000.
constexpr std::chrono::minutes kLeaseExact{2};

// One for all buckets, since they are shared: no destination's own state could say what others
// used. State keys, numbers big-endian:
//   "c" partition          where reading goes on
//   "l" bucket \0 granted  a lease
//   "m" bucket \0 granted  those of a minute together
class LeaseBook {
 public:
  LeaseBook(EventLog& log, StateStores& stores, Clock& clock)
      : log_(log), stores_(stores), clock_(clock) {}

  // Before anything is sent: reads to the end of the log, and counts in `limiter` what may still
  // have been used.
  Task<Result<void>> restore(RateLimiter& limiter);
  // Goes on reading now and then, so that a restart has little to read. Ends when cancelled.
  Task<void> follow(std::function<void(Error)> on_fatal);

  // Reads to the end of the log and writes down where it stands; leaves that to another who does.
  Task<Result<void>> catch_up();
  Result<std::vector<Lease>> leases();

  // Catches up; from there on it has still to read the log.
  Task<Result<Offset>> needed_from(PartitionId p);
  // Writes down where it stands, and makes that survive a power cut.
  Result<void> sync();

 private:
  Result<void> open();
  Result<void> load();
  Task<Result<void>> read(PartitionId p);
  Result<void> merge_old();
  Result<void> add_up(const Lease& lease);
  Result<void> drop_old();
  void put_places();

  EventLog& log_;
  StateStores& stores_;
  Clock& clock_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<StateOverlay> state_;
  std::array<Offset, kPartitions> at_{};
  Time latest_{};         // the latest grant read
  bool reading_ = false;  // somebody catches up
};

}  // namespace tenon
