// No closed sliding window ever holds more than its limit, crashes included.
#include "egress/rate_bucket.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tenon {
namespace {

constexpr Instant kStart{std::chrono::seconds(100)};

RateLimit row(std::uint32_t limit, std::int64_t window_ms) {
  RateLimit out;
  out.bucket = "default";
  out.limit = limit;
  out.window = milliseconds(window_ms);
  return out;
}

// Leases as the limiter does: asks, grants, spends.
bool take(RateBucket& bucket, std::uint32_t cost, Instant now,
          std::vector<std::pair<std::uint32_t, Instant>>* log = nullptr) {
  if (bucket.spend(cost, now)) return true;
  const auto tokens = bucket.leasable(cost, now);
  if (tokens == 0) return false;
  bucket.grant(tokens, now + kLeaseSpan);
  if (log != nullptr) log->emplace_back(tokens, now + kLeaseSpan);
  return bucket.spend(cost, now);
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
  EXPECT_TRUE(bucket.spend(4, kStart));
  EXPECT_EQ(bucket.leasable(7, kStart), 0u) << "six are still to be spent";
  const Instant later = kStart + kLeaseSpan + milliseconds(1);
  EXPECT_FALSE(bucket.spend(1, later));
  EXPECT_EQ(bucket.leasable(6, later), 6u) << "four are used, six came back";
}

TEST(RateBucket, RestoredLeasesCountAsUsedAtTheirEnd) {
  RateBucket bucket;
  bucket.restore(8, kStart + milliseconds(500));
  bucket.set_rows({row(10, 1'000)});
  EXPECT_EQ(bucket.leasable(3, kStart), 0u);
  EXPECT_EQ(bucket.leasable(2, kStart), 2u);
  EXPECT_GT(bucket.free_at(3, kStart), kStart + milliseconds(1'500));
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

// Random traffic with crashes: the bucket dies and is built anew from the leases alone.
TEST(RateBucket, NoWindowIsEverOverfull) {
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
    std::vector<std::pair<Instant, std::uint32_t>> spent;
    Instant now = kStart;
    for (int step = 0; step < 1'500; ++step) {
      if (below(100) == 0) {
        bucket = RateBucket();
        for (const auto& [tokens, expires] : leases) bucket.restore(tokens, expires);
        bucket.set_rows(rows);
      }
      const auto cost = 1 + static_cast<std::uint32_t>(below(std::min(rows[0].limit, 4u)));
      if (take(bucket, cost, now, &leases)) {
        spent.emplace_back(now, cost);
      } else if (below(3) == 0) {
        const Instant free = bucket.free_at(cost, now);
        ASSERT_GT(free, now) << "seed " << seed;
        now = free;
        ASSERT_TRUE(take(bucket, cost, now, &leases)) << "seed " << seed;
        spent.emplace_back(now, cost);
      }
      if (below(4) != 0) now += std::chrono::microseconds(below(80'000));
    }
    for (const auto& limit : rows) {
      std::uint64_t held = 0;
      std::size_t oldest = 0;
      for (const auto& [at, cost] : spent) {
        held += cost;
        while (spent[oldest].first + limit.window < at) held -= spent[oldest++].second;
        ASSERT_LE(held, limit.limit) << "seed " << seed << ", window " << limit.window.count();
      }
    }
    EXPECT_GT(spent.size(), 30u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tenon
