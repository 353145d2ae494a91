// Budget comes out of the log before it is used, and is shared fairly.
#include "egress/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <random>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/hash.hpp"
#include "egress/rate_bucket.hpp"
#include "rate_row.hpp"

namespace tenon {
namespace {

constexpr Instant kForever = Instant::max();

struct World {
  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId(7), clock};
  std::unique_ptr<RateLimiter> limiter = std::make_unique<RateLimiter>(log, clock);
  Scope scope{context.get_executor()};
  std::vector<std::pair<int, Instant>> order;  // who got it, and when
  std::vector<Error> errors;

  Task<void> ask(int who, std::vector<RateLimit> rows, std::uint32_t cost, Instant deadline) {
    Ask wanted = one("crm/sales/default", std::move(rows));
    wanted.cost = cost;
    co_await ask_for(who, std::move(wanted), deadline, milliseconds(0));
  }
  static Ask one(std::string key, std::vector<RateLimit> rows) {
    Ask ask;
    ask.queue = key;
    ask.buckets.resize(1);
    ask.buckets[0].key = std::move(key);
    ask.buckets[0].rows = std::move(rows);
    ask.flow.who = "sales";
    return ask;
  }
  // Keeps its permit for as long as the vendor takes.
  Task<void> ask_for(int who, Ask wanted, Instant deadline, milliseconds takes) {
    auto got = co_await limiter->acquire(std::move(wanted), deadline);
    if (!got) {
      errors.push_back(got.error());
      co_return;
    }
    order.emplace_back(who, clock.instant());
    at_once_seen = std::max(at_once_seen, ++under_way);
    if (takes.count() > 0) co_await clock.sleep_until(clock.instant() + takes);
    if (answered) got->over();
    --under_way;
  }
  int under_way = 0, at_once_seen = 0;
  bool answered = true;
  void start(int who, const std::vector<RateLimit>& rows, std::uint32_t cost = 1,
             Instant deadline = kForever) {
    scope.spawn(ask(who, rows, cost, deadline), "ask");
  }
  void run() { sim_run(context, clock, clock.instant() + std::chrono::hours(48)); }

  std::vector<Lease> leases() {
    std::vector<Lease> out;
    const PartitionId partition(
        static_cast<std::uint16_t>(hash64("crm/sales/default") % kPartitions));
    auto read = [](MemoryEventLog* from, PartitionId lane, std::vector<Lease>* to) -> Task<void> {
      ReadLimits limits;
      limits.max_records = 100'000;
      limits.streams = stream_bit(Stream::lease);
      auto slice = co_await from->read(lane, from->begin(lane), limits);
      if (!slice) co_return;
      for (const auto& record : slice->records) {
        auto lease = decode_lease(record.body);
        EXPECT_TRUE(lease);
        if (lease) to->push_back(*lease);
      }
    };
    scope.spawn(read(&log, partition, &out), "read");
    run();
    return out;
  }
};

TEST(RateLimiter, LeasesBeforeUseAndInOrder) {
  World world;
  const std::vector<RateLimit> rows{row(2, 1'000)};
  const Instant begin = world.clock.instant();
  for (int i = 0; i < 6; ++i) world.start(i, rows);
  world.run();
  ASSERT_EQ(world.order.size(), 6u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(world.order[static_cast<std::size_t>(i)].first, i);
  EXPECT_EQ(world.order[1].second, begin);
  EXPECT_GT(world.order[2].second, begin + milliseconds(1'000));
  EXPECT_LT(world.order[5].second, begin + milliseconds(2'100));
  std::uint64_t leased = 0;
  for (const auto& lease : world.leases()) {
    leased += lease.tokens;
    EXPECT_EQ(lease.bucket, "crm/sales/default");
    EXPECT_EQ(lease.expires - lease.granted, microseconds(kLeaseSpan));
  }
  EXPECT_GE(leased, 6u);
}

TEST(RateLimiter, SaysAtOnceThatItCannotBeInTime) {
  World world;
  const std::vector<RateLimit> rows{row(1, 60'000)};
  world.start(0, rows);
  world.run();
  const Instant before = world.clock.instant();
  world.start(1, rows, 1, before + milliseconds(5'000));
  sim_run(world.context, world.clock, before);
  ASSERT_EQ(world.errors.size(), 1u);
  EXPECT_EQ(world.errors[0].kind, ErrorKind::limited);
  EXPECT_GT(world.errors[0].retry_after, milliseconds(0));
  world.start(2, rows, 2);
  world.run();
  ASSERT_EQ(world.errors.size(), 2u);
  EXPECT_EQ(world.errors[1].kind, ErrorKind::invalid) << "a cost over the limit can never be paid";
}

TEST(RateLimiter, AWaiterBehindOthersGivesUpAtItsDeadline) {
  World world;
  const std::vector<RateLimit> rows{row(1, 1'000)};
  const Instant begin = world.clock.instant();
  for (int i = 0; i < 3; ++i) world.start(i, rows);
  world.start(3, rows, 1, begin + milliseconds(1'500));
  world.run();
  EXPECT_EQ(world.order.size(), 3u);
  ASSERT_EQ(world.errors.size(), 1u);
  EXPECT_EQ(world.errors[0].kind, ErrorKind::limited);
}

TEST(RateLimiter, TheVendorsPauseIsObeyed) {
  World world;
  const std::vector<RateLimit> rows{row(10, 1'000)};
  const Instant begin = world.clock.instant();
  world.limiter->block("crm/sales/default", world.clock.now() + milliseconds(7'000));
  EXPECT_EQ(world.limiter->wait_hint("crm/sales/default"), milliseconds(7'000));
  EXPECT_EQ(world.limiter->wait_hint("never/used/default"), milliseconds(0));
  world.start(0, rows);
  world.start(1, {});
  world.run();
  ASSERT_EQ(world.order.size(), 2u);
  EXPECT_EQ(world.order[0].second, begin + milliseconds(7'000));
}

TEST(RateLimiter, ACancelledWaiterLeavesTheQueue) {
  World world;
  Scope other(world.context.get_executor());
  const std::vector<RateLimit> rows{row(1, 10'000)};
  world.start(0, rows);
  world.context.poll();
  other.spawn(world.ask(1, rows, 1, kForever), "ask");
  world.context.restart();
  world.context.poll();
  world.start(2, rows);
  world.context.restart();
  world.context.poll();
  other.cancel();
  world.run();
  ASSERT_EQ(world.order.size(), 2u);
  EXPECT_EQ(world.order[1].first, 2);
}

TEST(RateLimiter, AFailedAppendIsTheCallersError) {
  World world;
  world.log.refuse(AppendClass::essential, limited("disk full", milliseconds(10)));
  world.start(0, {row(1, 1'000)});
  world.run();
  ASSERT_EQ(world.errors.size(), 1u);
  EXPECT_EQ(world.errors[0].message, "disk full");
}

TEST(RateLimiter, TheQueueIsBounded) {
  World world;
  const std::vector<RateLimit> rows{row(1, 60'000)};
  for (std::size_t i = 0; i < kMaxBucketWaiters + 2; ++i) world.start(static_cast<int>(i), rows);
  world.context.poll();
  // The first held its place while it leased, so the last two are told to come back.
  EXPECT_EQ(world.order.size(), 1u);
  EXPECT_EQ(world.errors.size(), 2u);
  world.scope.cancel();
  world.context.restart();
  world.context.poll();
}

// Crashes at any moment: the next limiter knows only the leases in the log.
TEST(RateLimiter, RestartsNeverOverfillAWindow) {
  for (std::uint32_t seed = 1; seed <= 15; ++seed) {
    std::mt19937_64 random(seed);
    World world;
    const std::vector<RateLimit> rows{row(5, 2'000), row(20, 20'000)};
    for (int life = 0; life < 6; ++life) {
      {
        Scope scope(world.context.get_executor());
        const int many = 1 + static_cast<int>(random() % 12);
        for (int i = 0; i < many; ++i) scope.spawn(world.ask(i, rows, 1, kForever), "ask");
        sim_run(world.context, world.clock, world.clock.instant() + milliseconds(random() % 9'000));
        scope.cancel();
        world.context.restart();
        world.context.poll();
      }
      world.limiter = std::make_unique<RateLimiter>(world.log, world.clock);
      world.clock.advance_by(milliseconds(random() % 300));
      const Time now = world.clock.now();
      for (const auto& lease : world.leases()) world.limiter->restore(lease, now);
    }
    for (const auto& limit : rows) {
      for (std::size_t i = limit.limit; i < world.order.size(); ++i) {
        EXPECT_GT(world.order[i].second - world.order[i - limit.limit].second, limit.window)
            << "seed " << seed;
      }
    }
    EXPECT_GT(world.order.size(), 5u);
  }
}

// The vendor counts when a request comes in, and of that we know only that it was not after the
// answer; without an answer it may still be on its way.
TEST(RateLimiter, AWindowBeginsAtTheEndOfTheExchange) {
  for (const bool answered : {true, false}) {
    World world;
    world.answered = answered;
    const Instant begin = world.clock.instant();
    for (int i = 0; i < 6; ++i) {
      world.scope.spawn(world.ask_for(i, World::one("crm/sales/default", {row(3, 1'000)}), kForever,
                                      milliseconds(700)),
                        "ask");
    }
    world.run();
    ASSERT_EQ(world.order.size(), 6u);
    EXPECT_EQ(world.order[2].second, begin) << "below the limit nobody waits";
    const auto wait = milliseconds(1'700) + (answered ? milliseconds(0) : kMaxStray);
    EXPECT_GT(world.order[3].second, begin + wait);
    EXPECT_LE(world.order[3].second, begin + wait + milliseconds(2));
    EXPECT_EQ(world.order[5].second, world.order[3].second);
  }
}

TEST(RateLimiter, ACancelledExchangeMayStillArrive) {
  World world;
  Scope other(world.context.get_executor());
  other.spawn(world.ask_for(0, World::one("crm/sales/default", {row(1, 1'000)}), kForever,
                            milliseconds(60'000)),
              "ask");
  world.context.poll();
  const Instant begin = world.clock.instant();
  world.start(1, {row(1, 1'000)});
  world.context.restart();
  world.context.poll();
  other.cancel();
  world.run();
  ASSERT_EQ(world.order.size(), 2u);
  EXPECT_GT(world.order[1].second, begin + kMaxStray + milliseconds(1'000));
}

TEST(RateLimiter, WhatWasUnderWayAtTheEndOfTheHostArrivesAfterItsStart) {
  World world;
  world.clock.advance_by(std::chrono::hours(1));
  Lease lease;
  lease.bucket = "crm/sales/default";
  lease.tokens = 1;
  const auto first_after = [&](microseconds age) {
    world.limiter = std::make_unique<RateLimiter>(world.log, world.clock);
    lease.expires = world.clock.now() - age;
    lease.granted = lease.expires - kLeaseSpan;
    world.limiter->restore(lease, world.clock.now());
    const Instant begin = world.clock.instant();
    world.start(0, {row(1, 1'000)});
    world.run();
    return world.order.back().second - begin;
  };
  EXPECT_GT(first_after(seconds(10)), kMaxStray + milliseconds(1'000)) << "an exchange of 30 s";
  EXPECT_GT(first_after(-milliseconds(500)), kMaxStray + milliseconds(1'000));
  EXPECT_EQ(first_after(kMaxExchange + kMaxStray + seconds(2)), milliseconds(0));
}

TEST(RateLimiter, LanesOfOneBucketShareByWeight) {
  World world;
  const LaneWeights weights;
  for (int i = 0; i < 60; ++i) {
    for (const Lane lane : {Lane::replay, Lane::live}) {
      Ask ask = World::one("crm/sales/default", {row(9, 1'000)});
      ask.flow.lane = lane;
      ask.weight = weights.of(lane);
      world.scope.spawn(
          world.ask_for(static_cast<int>(lane), std::move(ask), kForever, milliseconds(0)), "ask");
    }
  }
  world.run();
  ASSERT_EQ(world.order.size(), 120u);
  const auto replayed = [&](std::size_t from, std::size_t to) {
    return std::count_if(world.order.begin() + static_cast<std::ptrdiff_t>(from),
                         world.order.begin() + static_cast<std::ptrdiff_t>(to),
                         [](const auto& one) { return one.first == 3; });
  };
  EXPECT_NEAR(replayed(0, 54), 6, 1) << "one of nine while both want more than there is";
  EXPECT_EQ(replayed(70, 120), 50) << "all of it once live has enough";
  EXPECT_LT(world.order.back().second - world.order.front().second, seconds(14));
}

TEST(RateLimiter, PlacesAreBoundedAndGivenBack) {
  World world;
  for (int i = 0; i < 7; ++i) {
    Ask ask = World::one("crm/sales/default", {});
    ask.buckets[0].at_once = 2;
    world.scope.spawn(world.ask_for(i, std::move(ask), kForever, milliseconds(100)), "ask");
  }
  world.run();
  EXPECT_EQ(world.order.size(), 7u);
  EXPECT_EQ(world.at_once_seen, 2);
  EXPECT_EQ(world.order.back().second - world.order.front().second, milliseconds(300));
}

// Two accounts of one vendor, each with its own limit, and one of the application over both.
TEST(RateLimiter, AllBucketsOfARequestHoldAndOneWithoutBudgetIsPassed) {
  World world;
  const auto ask_of = [](const std::string& account, std::uint32_t limit) {
    Ask ask = World::one("crm/" + account, {row(limit, 1'000)});
    ask.queue = "crm/default";
    ask.flow.who = account;
    ask.buckets.push_back({"crm/app", {row(5, 1'000)}, 0});
    return ask;
  };
  for (int i = 0; i < 10; ++i) {
    world.scope.spawn(world.ask_for(1, ask_of("small", 1), kForever, milliseconds(0)), "ask");
    world.scope.spawn(world.ask_for(2, ask_of("large", 100), kForever, milliseconds(0)), "ask");
  }
  world.run();
  ASSERT_EQ(world.order.size(), 20u);
  const auto of = [&](int who) {
    std::vector<Instant> at;
    for (const auto& [one, when] : world.order) {
      if (one == who) at.push_back(when);
    }
    return at;
  };
  const auto small = of(1), large = of(2);
  for (std::size_t i = 1; i < small.size(); ++i) EXPECT_GT(small[i] - small[i - 1], seconds(1));
  for (std::size_t i = 5; i < world.order.size(); ++i) {
    EXPECT_GT(world.order[i].second - world.order[i - 5].second, seconds(1)) << "of the app";
  }
  EXPECT_LT(large[9] - large[0], milliseconds(2'200)) << "never behind the account that waits";
}

}  // namespace
}  // namespace tenon
