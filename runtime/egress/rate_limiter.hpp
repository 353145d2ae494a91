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
#include "egress/fair_queue.hpp"
#include "event/control.hpp"
#include "manifest/manifest.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon {

constexpr std::size_t kMaxBucketWaiters = 1'024;  // requests of one lane that wait for one bucket
constexpr seconds kMaxExchange{30};               // from sending a request to the end of its answer
// A request that nobody waits for any more, after a timeout or the end of the host, may still be
// between here and the vendor for so long: several repeats of a lost packet.
constexpr milliseconds kMaxStray{2'000};

// Something that is counted: a bucket in one of its scopes.
struct Counted {
  std::string key;
  std::vector<RateLimit> rows;
  std::uint32_t at_once = 0;  // requests under way; 0 = any number
};

// What a request asks for.
struct Ask {
  std::string queue;             // those who name the same one wait for each other
  std::vector<Counted> buckets;  // all at the same moment; a key is in one queue only
  Flow flow;
  std::uint32_t weight = 1;  // of the flow
  std::uint32_t cost = 1;    // 0 counts as 1
};

// One thread; destinations that share a bucket are on it.
class RateLimiter {
 public:
  class Permit;

  RateLimiter(EventLog& log, Clock& clock);
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Ends when the budget is ours: send at once, and keep the permit until the exchange has ended.
  //   limited: not before `deadline` (told at once where that is certain), or too many wait;
  //   retry_after says how long. invalid: more than a bucket ever holds. Else: the log's error.
  Task<Result<Permit>> acquire(Ask ask, Instant deadline);

  // The vendor asked for a pause: nothing leaves the bucket before `until`.
  void block(std::string_view key, Time until);
  // The vendor says that it takes `remaining` more until `until` (see RateBucket::told); what is
  // under way may not be among what it has counted.
  void told(std::string_view key, std::size_t which, std::uint64_t remaining, Time until);
  // The vendor refused what was sent at `sent` and did not say for how long: slower for a while.
  void refused(std::string_view key, Instant sent);
  // How long until one unit could be had; 0 = now, or a bucket never used.
  milliseconds wait_hint(std::string_view key) const;

  // Counts a lease found in the log at start as used up, by requests that may have been under way
  // when the host ended. Before the first acquire.
  void restore(const Lease& lease, Time now);
  // Leases written so far, for metrics and tests.
  std::uint64_t leases() const { return leases_; }

 private:
  struct Bucket;
  struct Queue;
  class Turn;
  Bucket& bucket(std::string_view key);
  Queue& queue(const std::string& name);
  Result<void> may_ask(const Ask& ask, Queue& queue);
  Task<Result<void>> lease(const Turn& turn, Instant now);
  Task<void> wait(Turn& turn, Instant until);
  void give_back(const Permit& permit);

  EventLog& log_;
  Clock& clock_;
  std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
  std::map<std::string, std::unique_ptr<Queue>, std::less<>> queues_;
  std::uint64_t leases_ = 0;
};

// A place among the requests under way, and what they cost; given back when it is destroyed.
class RateLimiter::Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept { *this = std::move(other); }
  Permit& operator=(Permit&& other) noexcept;
  ~Permit() { release(); }

  // The vendor has answered, or nothing was sent: nothing is on its way to it any more.
  void over() { stray_ = milliseconds{0}; }

 private:
  friend class RateLimiter;
  void release();

  RateLimiter* limiter_ = nullptr;
  Queue* queue_ = nullptr;
  std::vector<Bucket*> buckets_;
  std::uint32_t cost_ = 0;
  milliseconds stray_ = kMaxStray;
};

}  // namespace tenon
