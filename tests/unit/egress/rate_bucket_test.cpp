// No closed sliding window ever holds more than its limit, crashes included.
#include "egress/rate_bucket.hpp"
#include "rate_row.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tenon {
namespace {

constexpr Instant kStart{std::chrono::seconds(100)};

// Leases as the limiter does: asks, grants, spends.
bool begin(RateBucket& bucket, std::uint32_t cost, Instant now,
           std::vector<std::pair<std::uint32_t, Instant>>* log = nullptr) {
  if (bucket.spend(cost, now)) return true;
  const auto tokens = bucket.leasable(cost, now);
  if (tokens == 0) return false;
  bucket.grant(tokens, now + kLeaseSpan);
  if (log != nullptr) log->emplace_back(tokens, now + kLeaseSpan);
  return bucket.spend(cost, now);
}

// Answered at once.
bool take(RateBucket& bucket, std::uint32_t cost, Instant now) {
  if (!begin(bucket, cost, now)) return false;
  bucket.settle(cost, now, now);
  return true;
}

TEST(RateBucket, WithoutRowsNothingIsLimited) {
  RateBucket bucket;
  EXPECT_TRUE(bucket.spend(1'000'000, kStart));
  EXPECT_EQ(bucket.free_at(5, kStart), kStart);
}

TEST(RateBucket, LimitThenFreeAfterTheWindow) {
  RateBucket bucket({row(3, 1'000)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(bucket, 1, kStart));
  EXPECT_FALSE(take(bucket, 1, kStart));
  const Instant free = bucket.free_at(1, kStart);
  EXPECT_GT(free, kStart + milliseconds(1'000));
  EXPECT_LE(free, kStart + milliseconds(1'002));
  EXPECT_FALSE(take(bucket, 1, kStart + milliseconds(1'000)));
  EXPECT_TRUE(take(bucket, 3, free));
  EXPECT_FALSE(take(bucket, 1, free));
}

TEST(RateBucket, AllRowsHoldTogether) {
  RateBucket bucket({row(2, 1'000), row(3, 60'000)});
  EXPECT_EQ(bucket.largest_cost(), 2u);
  EXPECT_TRUE(take(bucket, 2, kStart));
  const Instant later = kStart + milliseconds(1'500);
  EXPECT_TRUE(take(bucket, 1, later));
  EXPECT_FALSE(take(bucket, 1, later));
  EXPECT_GT(bucket.free_at(1, later), kStart + milliseconds(60'000));
}

TEST(RateBucket, LeasesAboutOneSecondsWorth) {
  const RateBucket slow({row(100, 10'000)});
  EXPECT_EQ(slow.leasable(1, kStart), 10u);
  EXPECT_EQ(slow.leasable(25, kStart), 25u);
  EXPECT_EQ(slow.leasable(101, kStart), 0u);
  const RateBucket fast({row(100, 1'000)});
  EXPECT_EQ(fast.leasable(1, kStart), 100u);
  const RateBucket day({row(10, 86'400'000)});
  EXPECT_EQ(day.leasable(1, kStart), 1u);
}

TEST(RateBucket, UnspentTokensDieWithTheirLease) {
  RateBucket bucket({row(10, 10'000)});
  bucket.grant(10, kStart + kLeaseSpan);
  EXPECT_TRUE(take(bucket, 4, kStart));
  EXPECT_EQ(bucket.leasable(7, kStart), 0u) << "six are still to be spent";
  const Instant later = kStart + kLeaseSpan + milliseconds(1);
  EXPECT_FALSE(bucket.spend(1, later));
  EXPECT_EQ(bucket.leasable(6, later), 6u) << "four are used, six came back";
}

TEST(RateBucket, RestoredLeasesCountAsUsedAtTheirLatest) {
  RateBucket bucket;
  bucket.restore(8, kStart + milliseconds(500));
  bucket.set_rows({row(10, 1'000)});
  EXPECT_EQ(bucket.leasable(3, kStart), 0u);
  EXPECT_EQ(bucket.leasable(2, kStart), 2u);
  EXPECT_GT(bucket.free_at(3, kStart), kStart + milliseconds(1'500));
}

TEST(RateBucket, WhatIsUnderWayCountsUntilItsEndAndAWindowMore) {
  RateBucket bucket({row(3, 1'000)});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(begin(bucket, 1, kStart));
  const Instant later = kStart + milliseconds(5'000);
  EXPECT_FALSE(begin(bucket, 1, later)) << "all three may arrive at this moment";
  EXPECT_GT(bucket.free_at(1, later), later + milliseconds(1'000));
  bucket.settle(1, later, later);
  bucket.settle(1, later + milliseconds(500), later);  // given up, and may still arrive
  bucket.settle(1, later, later);
  const Instant free = bucket.free_at(2, later);
  EXPECT_GT(free, later + milliseconds(1'000));
  EXPECT_LE(free, later + milliseconds(1'002));
  EXPECT_FALSE(begin(bucket, 3, free));
  EXPECT_TRUE(begin(bucket, 2, free));
  EXPECT_FALSE(begin(bucket, 1, later + milliseconds(1'500)));
  EXPECT_TRUE(begin(bucket, 1, later + milliseconds(1'502)));
}

TEST(RateBucket, WhatIsUnderWayCountsInRowsThatCameLater) {
  RateBucket bucket;
  EXPECT_TRUE(begin(bucket, 4, kStart));
  bucket.set_rows({row(5, 1'000)});
  EXPECT_FALSE(begin(bucket, 2, kStart));
  EXPECT_TRUE(begin(bucket, 1, kStart));
}

TEST(RateBucket, ChangedRowsKeepTheHistory) {
  RateBucket bucket({row(5, 1'000)});
  EXPECT_TRUE(take(bucket, 5, kStart));
  bucket.set_rows({row(6, 1'000), row(7, 5'000)});
  EXPECT_TRUE(take(bucket, 1, kStart));
  EXPECT_FALSE(take(bucket, 1, kStart));
  EXPECT_TRUE(take(bucket, 1, kStart + milliseconds(2'000)));
  EXPECT_FALSE(take(bucket, 1, kStart + milliseconds(4'000)));
}

TEST(RateBucket, ABlockHoldsUntilItsEnd) {
  RateBucket bucket({row(5, 1'000)});
  bucket.block(kStart + milliseconds(700));
  bucket.block(kStart + milliseconds(200));  // never shortens
  EXPECT_FALSE(take(bucket, 1, kStart));
  EXPECT_EQ(bucket.free_at(1, kStart), kStart + milliseconds(700));
  EXPECT_TRUE(take(bucket, 1, kStart + milliseconds(700)));
}

TEST(RateBucket, MemoryDoesNotGrowWithTraffic) {
  RateBucket bucket({row(1'000'000, 60'000)});
  Instant now = kStart;
  for (int i = 0; i < 200'000; ++i) {
    now += std::chrono::microseconds(300);
    ASSERT_TRUE(take(bucket, 1, now));
  }
  EXPECT_TRUE(bucket.free_at(1, now) == now);
}

// Random traffic over a slow network, with crashes: the bucket dies and is built anew from the
// leases alone. Counted where the vendor does, on arrival.
TEST(RateBucket, NoWindowIsEverOverfull) {
  constexpr milliseconds kSlow{400};
  struct Request {
    Instant arrives, ends;
    std::uint32_t cost = 1;
  };
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    std::vector<RateLimit> rows{row(1 + static_cast<std::uint32_t>(below(20)),
                                    static_cast<std::int64_t>(100 + below(3'000)))};
    if (below(2) == 0) {
      rows.push_back(row(rows[0].limit * 2, rows[0].window.count() * 5));
    }
    RateBucket bucket(rows);
    std::vector<std::pair<std::uint32_t, Instant>> leases;
    std::vector<std::pair<Instant, std::uint32_t>> arrived;
    std::vector<Request> under_way;
    Instant now = kStart;
    const auto some_time = [&] {
      return std::chrono::microseconds(below(2) == 0 ? below(2'000) : below(kSlow.count() * 1'000));
    };
    const auto send = [&](std::uint32_t cost) {
      Request request;
      request.arrives = now + some_time();
      request.ends = request.arrives + some_time();
      request.cost = cost;
      under_way.push_back(request);
      arrived.emplace_back(request.arrives, cost);
    };
    for (int step = 0; step < 1'500; ++step) {
      std::erase_if(under_way, [&](const Request& request) {
        if (request.ends > now) return false;
        bucket.settle(request.cost, now, now);
        return true;
      });
      if (below(100) == 0) {
        bucket = RateBucket();
        for (const auto& [tokens, expires] : leases) {
          bucket.restore(tokens, std::min(expires + 2 * kSlow, now) + kSlow);
        }
        bucket.set_rows(rows);
        under_way.clear();
      }
      const auto cost = 1 + static_cast<std::uint32_t>(below(std::min(rows[0].limit, 4u)));
      if (begin(bucket, cost, now, &leases)) {
        send(cost);
      } else if (below(3) == 0) {
        const Instant free = bucket.free_at(cost, now);
        ASSERT_GT(free, now) << "seed " << seed;
        now = free;
        if (under_way.empty()) {
          ASSERT_TRUE(begin(bucket, cost, now, &leases)) << "seed " << seed;
          send(cost);
        }
      }
      if (below(4) != 0) now += std::chrono::microseconds(below(80'000));
    }
    std::sort(arrived.begin(), arrived.end());
    for (const auto& limit : rows) {
      std::uint64_t held = 0;
      std::size_t oldest = 0;
      for (const auto& [at, cost] : arrived) {
        held += cost;
        while (arrived[oldest].first + limit.window < at) held -= arrived[oldest++].second;
        ASSERT_LE(held, limit.limit) << "seed " << seed << ", window " << limit.window.count();
      }
    }
    EXPECT_GT(arrived.size(), 30u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tenon
