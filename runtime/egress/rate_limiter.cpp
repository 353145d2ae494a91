// Turns in a fair queue; the first that could go leases and spends.
#include "egress/rate_limiter.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "async/signal.hpp"
#include "base/assert.hpp"
#include "base/fail_point.hpp"
#include "base/hash.hpp"
#include "egress/rate_bucket.hpp"

namespace tenon {
namespace asio = boost::asio;

struct RateLimiter::Bucket {
  std::string key;
  RateBucket counts;
  std::uint32_t under_way = 0, at_once = 0;

  bool has_place() const { return at_once == 0 || under_way < at_once; }
};

struct RateLimiter::Queue {
  FairQueue fair;
  std::map<FairQueue::Ticket, Turn*> turns;

  // Who could go now and whose turn it is; null if nobody could.
  Turn* first(Instant now) const;
  // Wakes `ready`, the first. If nobody could go now, then the one that can soonest, if it would
  // sleep longer than that. All others may sleep on: with many who wait, to wake each of them at
  // each change would cost more than the requests.
  void wake_next(Turn* ready, Instant now) const;
  void wake_next(Instant now) const { wake_next(first(now), now); }
};

// A place in a queue, left on any way out.
class RateLimiter::Turn {
 public:
  Turn(Queue& queue, const Ask& ask, std::vector<Bucket*> buckets, const Clock& clock)
      : queue_(queue), cost_(ask.cost), buckets_(std::move(buckets)), clock_(clock) {
    ticket_ = queue_.fair.join(ask.flow, ask.weight, cost_);
    queue_.turns.emplace(ticket_, this);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    queue_.fair.leave(ticket_, served_);
    queue_.turns.erase(ticket_);
    // Somebody may go now, and who could have gone must see when it can after all.
    queue_.wake_next(clock_.instant());
  }

  // When every bucket has budget, if nobody else spends.
  Instant free_at(Instant now) const {
    Instant free = now;
    for (const auto* bucket : buckets_) free = std::max(free, bucket->counts.free_at(cost_, now));
    return free;
  }
  bool could_go(Instant now) const {
    return free_at(now) <= now && std::all_of(buckets_.begin(), buckets_.end(),
                                              [](const auto* b) { return b->has_place(); });
  }
  bool is_head() const { return queue_.fair.is_head(ticket_); }
  bool is_leased(Instant now) const {
    return std::all_of(buckets_.begin(), buckets_.end(),
                       [&](const auto* b) { return b->counts.holds(cost_, now); });
  }
  void spend(Instant now) {
    for (auto* bucket : buckets_) {
      TENON_ASSERT(bucket->counts.spend(cost_, now));
      ++bucket->under_way;
    }
    served_ = true;
  }
  void wake() {
    if (moved_) moved_->notify();
  }
  // Awake: it looks again by itself before that.
  bool sleeps_beyond(Instant at) const { return sleeps_until_ > at; }

  Queue& queue_;
  const std::uint32_t cost_;
  const std::vector<Bucket*> buckets_;
  const Clock& clock_;
  FairQueue::Ticket ticket_ = 0;
  bool served_ = false;
  Instant sleeps_until_ = Instant::min();  // min: it is awake
  std::optional<Signal> moved_;            // made when it first waits, on its executor
};

RateLimiter::Turn* RateLimiter::Queue::first(Instant now) const {
  const auto ticket = fair.first([&](auto one) { return turns.at(one)->could_go(now); });
  return ticket == 0 ? nullptr : turns.at(ticket);
}

void RateLimiter::Queue::wake_next(Turn* ready, Instant now) const {
  if (ready != nullptr) return ready->wake();
  Turn* soonest = nullptr;
  Instant at = Instant::max();
  fair.for_heads([&](auto head) {
    Turn* const turn = turns.at(head);
    const Instant free = turn->free_at(now);
    // Who has budget now lacks a place, and is looked at when one is given back.
    if (free <= now || free >= at) return;
    at = free;
    soonest = turn;
  });
  if (soonest != nullptr && soonest->sleeps_beyond(at)) soonest->wake();
}

RateLimiter::Permit& RateLimiter::Permit::operator=(Permit&& other) noexcept {
  release();
  limiter_ = std::exchange(other.limiter_, nullptr);
  queue_ = other.queue_;
  buckets_ = std::move(other.buckets_);
  cost_ = other.cost_;
  stray_ = other.stray_;
  return *this;
}

void RateLimiter::Permit::release() {
  if (limiter_ == nullptr) return;
  std::exchange(limiter_, nullptr)->give_back(*this);
}

void RateLimiter::give_back(const Permit& permit) {
  const Instant now = clock_.instant();
  for (auto* bucket : permit.buckets_) {
    --bucket->under_way;
    bucket->counts.settle(permit.cost_, now + permit.stray_, now);
  }
  permit.queue_->wake_next(now);
}

namespace {

Error not_in_time(const Ask& ask, Instant free, Instant now) {
  const auto wait = std::max(std::chrono::ceil<milliseconds>(free - now), milliseconds{1});
  return limited("rate limit of " + ask.queue + ": no budget before the deadline; free in " +
                     std::to_string(wait.count()) + " ms",
                 wait);
}

}  // namespace

RateLimiter::RateLimiter(EventLog& log, Clock& clock) : log_(log), clock_(clock) {}
RateLimiter::~RateLimiter() = default;

RateLimiter::Bucket& RateLimiter::bucket(std::string_view key) {
  auto it = buckets_.find(key);
  if (it == buckets_.end()) {
    it = buckets_.emplace(std::string(key), std::make_unique<Bucket>()).first;
    it->second->key = key;
  }
  return *it->second;
}

RateLimiter::Queue& RateLimiter::queue(const std::string& name) {
  auto& found = queues_[name];
  if (!found) found = std::make_unique<Queue>();
  return *found;
}

// Until it is woken or `until`.
Task<void> RateLimiter::wait(Turn& turn, Instant until) {
  using namespace asio::experimental::awaitable_operators;
  if (!turn.moved_) turn.moved_.emplace(co_await asio::this_coro::executor);
  auto moved = turn.moved_->wait();
  auto late = clock_.sleep_until(until);
  auto either = std::move(moved) || std::move(late);
  turn.sleeps_until_ = until;
  try {
    co_await std::move(either);
    turn.sleeps_until_ = Instant::min();
  } catch (const asio::multiple_exceptions&) {  // both were cancelled: so were we
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

// What is missing in any of its buckets, by one append.
Task<Result<void>> RateLimiter::lease(const Turn& turn, Instant now) {
  const Time granted = clock_.now();
  const Instant expires = now + kLeaseSpan;
  std::vector<NewRecord> records;
  std::vector<std::pair<Bucket*, std::uint32_t>> grants;
  for (auto* bucket : turn.buckets_) {
    if (bucket->counts.holds(turn.cost_, now)) continue;
    Lease lease;
    lease.bucket = bucket->key;
    lease.tokens = bucket->counts.leasable(turn.cost_, now);
    TENON_ASSERT(lease.tokens > 0);  // free_at says that what is missing fits into every window
    lease.granted = granted;
    lease.expires = granted + kLeaseSpan;
    NewRecord record;
    record.partition = PartitionId(static_cast<std::uint16_t>(hash64(bucket->key) % kPartitions));
    record.header.stream = Stream::lease;
    record.body = encode(lease);
    records.push_back(std::move(record));
    grants.emplace_back(bucket, lease.tokens);
  }
  TENON_FAIL_POINT("rate.lease.append");
  auto appended =
      co_await log_.append(std::move(records), AppendClass::essential, AppendWait::durable);
  if (!appended) co_return std::move(appended.error());
  TENON_FAIL_POINT("rate.lease.appended");
  leases_ += grants.size();
  for (const auto& [bucket, tokens] : grants) bucket->counts.grant(tokens, expires);
  co_return Result<void>();
}

Result<void> RateLimiter::may_ask(const Ask& ask, Queue& queue) {
  for (const auto& counted : ask.buckets) {
    Bucket& bucket = this->bucket(counted.key);
    bucket.counts.set_rows(counted.rows);
    bucket.at_once = counted.at_once;
    const auto most = bucket.counts.largest_cost();
    if (!bucket.counts.unlimited() && ask.cost > most) {
      return invalid("wanted a cost of at most " + std::to_string(most) +
                         " (the smallest limit), found " + std::to_string(ask.cost),
                     "bucket " + counted.key);
    }
  }
  if (queue.fair.waiting(ask.flow) >= kMaxBucketWaiters) {
    return limited("bucket " + ask.queue + ": " + std::to_string(kMaxBucketWaiters) + " " +
                       std::string(name_of(ask.flow.lane)) + " requests of " + ask.flow.who +
                       " wait for it already",
                   kLeaseSpan);
  }
  return {};
}

Task<Result<RateLimiter::Permit>> RateLimiter::acquire(Ask ask, Instant deadline) {
  ask.cost = std::max<std::uint32_t>(ask.cost, 1);
  Queue& queue = this->queue(ask.queue);
  const auto allowed = may_ask(ask, queue);
  if (!allowed) co_return Error(allowed.error());
  std::vector<Bucket*> buckets;
  for (const auto& counted : ask.buckets) buckets.push_back(&bucket(counted.key));
  Turn turn(queue, ask, buckets, clock_);
  while (true) {
    const Instant now = clock_.instant();
    const Instant free = turn.free_at(now);
    if (free > deadline || now >= deadline) co_return not_in_time(ask, free, now);
    Turn* const first = queue.first(now);
    if (first != &turn) {
      // Whoever could go must not sleep on because we, who were first, cannot.
      queue.wake_next(first, now);
      const bool by_time = turn.is_head() && free > now;
      co_await wait(turn, by_time ? std::min(free, deadline) : deadline);
      continue;
    }
    if (!turn.is_leased(now)) {
      TENON_CO_TRY(lease(turn, now));
      continue;
    }
    turn.spend(now);
    Permit permit;
    permit.limiter_ = this;
    permit.queue_ = &queue;
    permit.buckets_ = std::move(buckets);
    permit.cost_ = ask.cost;
    co_return std::move(permit);
  }
}

void RateLimiter::block(std::string_view key, Time until) {
  const auto wait = std::max(until - clock_.now(), microseconds{0});
  bucket(key).counts.block(clock_.instant() + wait);
}

void RateLimiter::told(std::string_view key, std::size_t which, std::uint64_t remaining,
                       Time until) {
  Bucket& bucket = this->bucket(key);
  // One of those under way is the one that was just answered.
  const std::uint64_t unseen = bucket.under_way > 0 ? bucket.under_way - 1 : 0;
  const auto left = std::max(until - clock_.now(), microseconds{0});
  const Instant now = clock_.instant();
  bucket.counts.told(which, remaining - std::min(remaining, unseen), now + left, now);
}

void RateLimiter::refused(std::string_view key, Instant sent) {
  bucket(key).counts.refused(sent, clock_.instant());
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
  const Instant at = clock_.instant();
  const Instant expires = at + std::min(lease.expires - now, length);
  // The dead send nothing, but what they had sent may still arrive.
  const Instant latest = std::min(expires + kMaxExchange, at) + kMaxStray;
  bucket(lease.bucket).counts.restore(lease.tokens, latest);
}

}  // namespace tenon
