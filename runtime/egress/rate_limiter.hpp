// RateLimiter: waits for budget, and takes it out of the log before it is used (decision 11).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "base/result.hpp"
#include "event/control.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon {

constexpr std::size_t kMaxBucketWaiters = 1'024;  // requests that wait for one bucket

// The scope of a vendor's limit: connector, account (for now the destination) and bucket.
std::string bucket_key(const Manifest& manifest, const Destination& destination,
                       std::string_view bucket);
// The rows of a bucket; an empty name means "default".
std::vector<RateLimit> rows_of(const Manifest& manifest, std::string_view bucket);

// One thread; destinations that share a bucket are on it. First come, first served per bucket.
class RateLimiter {
 public:
  RateLimiter(EventLog& log, Clock& clock);
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Ends when `cost` units are ours: send at once. Cost 0 counts as 1.
  //   limited: not before `deadline` (told at once where that is certain), or too many wait;
  //   retry_after says how long. invalid: more than the bucket ever holds. Else: the log's error.
  Task<Result<void>> acquire(std::string key, std::vector<RateLimit> rows, std::uint32_t cost,
                             Instant deadline);

  // The vendor asked for a pause: nothing leaves the bucket before `until`.
  void block(std::string_view key, Time until);
  // How long until one unit could be had; 0 = now, or a bucket never used.
  milliseconds wait_hint(std::string_view key) const;

  // Counts a lease found in the log at start as used up. Before the first acquire.
  void restore(const Lease& lease, Time now);
  // Leases written so far, for metrics and tests.
  std::uint64_t leases() const { return leases_; }

 private:
  struct Bucket;
  class Turn;
  Bucket& bucket(std::string_view key);
  Task<Result<void>> lease(std::string key, Bucket& bucket, std::uint32_t tokens);
  Task<void> wait_for_turn(Bucket& bucket, const Turn& turn, Instant deadline);

  EventLog& log_;
  Clock& clock_;
  std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
  std::uint64_t leases_ = 0;
};

}  // namespace tenon
