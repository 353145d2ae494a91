// Turns in a queue per bucket; the first in it leases and spends.
#include "egress/rate_limiter.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <optional>

#include "async/signal.hpp"
#include "base/assert.hpp"
#include "base/hash.hpp"
#include "egress/rate_bucket.hpp"

namespace tenon {
namespace asio = boost::asio;

struct RateLimiter::Bucket {
  RateBucket counts;
  std::list<const Turn*> queue;
  std::optional<Signal> moved;  // made by the first who waits, on its executor
};

// A place in a bucket's queue, left on any way out.
class RateLimiter::Turn {
 public:
  explicit Turn(Bucket& bucket) : bucket_(bucket) { bucket_.queue.push_back(this); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    bucket_.queue.remove(this);
    if (bucket_.moved) bucket_.moved->notify();
  }
  bool is_first() const { return bucket_.queue.front() == this; }

 private:
  Bucket& bucket_;
};

namespace {

Error not_in_time(const std::string& key, Instant free, Instant now) {
  const auto wait = std::max(std::chrono::ceil<milliseconds>(free - now), milliseconds{1});
  return limited("rate limit of " + key + ": no budget before the deadline; free in " +
                     std::to_string(wait.count()) + " ms",
                 wait);
}

}  // namespace

std::string bucket_key(const Manifest& manifest, const Destination& destination,
                       std::string_view bucket) {
  return manifest.id + "/" + destination.name.value + "/" +
         std::string(bucket.empty() ? "default" : bucket);
}

std::vector<RateLimit> rows_of(const Manifest& manifest, std::string_view bucket) {
  std::vector<RateLimit> rows;
  for (const auto& row : manifest.rate_limits) {
    if (row.bucket == (bucket.empty() ? "default" : bucket)) rows.push_back(row);
  }
  return rows;
}

RateLimiter::RateLimiter(EventLog& log, Clock& clock) : log_(log), clock_(clock) {}
RateLimiter::~RateLimiter() = default;

RateLimiter::Bucket& RateLimiter::bucket(std::string_view key) {
  auto it = buckets_.find(key);
  if (it == buckets_.end()) {
    it = buckets_.emplace(std::string(key), std::make_unique<Bucket>()).first;
  }
  return *it->second;
}

Task<void> RateLimiter::wait_for_turn(Bucket& bucket, const Turn& turn, Instant deadline) {
  using namespace asio::experimental::awaitable_operators;
  while (!turn.is_first() && clock_.instant() < deadline) {
    if (!bucket.moved) bucket.moved.emplace(co_await asio::this_coro::executor);
    auto moved = bucket.moved->wait();
    auto late = clock_.sleep_until(deadline);
    auto either = std::move(moved) || std::move(late);
    try {
      co_await std::move(either);
    } catch (const asio::multiple_exceptions&) {  // both were cancelled: so were we
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

Task<Result<void>> RateLimiter::lease(std::string key, Bucket& bucket, std::uint32_t tokens) {
  const Time now = clock_.now();
  const Instant expires = clock_.instant() + kLeaseSpan;
  Lease lease;
  lease.bucket = key;
  lease.tokens = tokens;
  lease.granted = now;
  lease.expires = now + kLeaseSpan;
  std::vector<NewRecord> records(1);
  records[0].partition = PartitionId(static_cast<std::uint16_t>(hash64(key) % kPartitions));
  records[0].header.stream = Stream::lease;
  records[0].body = encode(lease);
  auto appended =
      co_await log_.append(std::move(records), AppendClass::essential, AppendWait::durable);
  if (!appended) co_return std::move(appended.error());
  ++leases_;
  bucket.counts.grant(tokens, expires);
  co_return Result<void>();
}

Task<Result<void>> RateLimiter::acquire(std::string key, std::vector<RateLimit> rows,
                                        std::uint32_t cost, Instant deadline) {
  cost = std::max<std::uint32_t>(cost, 1);
  Bucket& bucket = this->bucket(key);
  bucket.counts.set_rows(rows);
  if (!bucket.counts.unlimited() && cost > bucket.counts.largest_cost()) {
    co_return invalid("wanted a cost of at most " + std::to_string(bucket.counts.largest_cost()) +
                          " (the smallest limit), found " + std::to_string(cost),
                      "bucket " + key);
  }
  if (bucket.queue.size() >= kMaxBucketWaiters) {
    co_return limited("bucket " + key + ": " + std::to_string(kMaxBucketWaiters) +
                          " requests wait for it already",
                      kLeaseSpan);
  }
  const Turn turn(bucket);
  while (true) {
    const Instant now = clock_.instant();
    const Instant free = bucket.counts.free_at(cost, now);
    if (free > deadline || now >= deadline) co_return not_in_time(key, free, now);
    if (!turn.is_first()) {
      co_await wait_for_turn(bucket, turn, deadline);
      continue;
    }
    if (bucket.counts.spend(cost, now)) co_return Result<void>();
    if (free > now) {
      co_await clock_.sleep_until(free);
      continue;
    }
    const std::uint32_t tokens = bucket.counts.leasable(cost, now);
    TENON_ASSERT(tokens > 0);  // free_at says that what is missing fits into every window
    TENON_CO_TRY(lease(key, bucket, tokens));
  }
}

void RateLimiter::block(std::string_view key, Time until) {
  const auto wait = std::max(until - clock_.now(), microseconds{0});
  bucket(key).counts.block(clock_.instant() + wait);
}

milliseconds RateLimiter::wait_hint(std::string_view key) const {
  const auto it = buckets_.find(key);
  if (it == buckets_.end()) return milliseconds{0};
  const Instant now = clock_.instant();
  return std::chrono::ceil<milliseconds>(it->second->counts.free_at(1, now) - now);
}

void RateLimiter::restore(const Lease& lease, Time now) {
  // A wall clock that went back must not stretch a lease beyond its own length.
  const auto length = std::max(lease.expires - lease.granted, microseconds{0});
  const auto left = std::min(lease.expires - now, length);
  bucket(lease.bucket).counts.restore(lease.tokens, clock_.instant() + left);
}

}  // namespace tenon
