// What the vendor says and does makes less of a bucket, and never more.
#include <gtest/gtest.h>

#include <random>

#include "egress/rate_bucket.hpp"
#include "rate_row.hpp"

namespace tenon {
namespace {

constexpr Instant kStart{std::chrono::seconds(100)};
constexpr milliseconds kMs{1};

// Answered at once.
bool take(RateBucket& bucket, Instant now) {
  if (!bucket.holds(1, now)) {
    const auto tokens = bucket.leasable(1, now);
    if (tokens == 0) return false;
    bucket.grant(tokens, now + kLeaseSpan);
  }
  if (!bucket.spend(1, now)) return false;
  bucket.settle(1, now, now);
  return true;
}

// How many go within `span`, one looked for each 10 ms.
int taken(RateBucket& bucket, Instant from, milliseconds span) {
  int count = 0;
  for (auto at = from; at < from + span; at += 10 * kMs) {
    while (take(bucket, at)) ++count;
  }
  return count;
}

TEST(RatePace, TheVendorsCountStopsBeforeOurs) {
  RateBucket bucket({row(100, 10'000)});
  bucket.told(0, 3, kStart + seconds(5), kStart);
  EXPECT_EQ(taken(bucket, kStart, milliseconds(4'990)), 3);
  EXPECT_EQ(bucket.free_at(1, kStart + seconds(1)), kStart + seconds(5));
  EXPECT_TRUE(take(bucket, kStart + seconds(5)));
}

TEST(RatePace, NothingRemainsAlsoWithoutRows) {
  RateBucket bucket;
  bucket.told(0, 0, kStart + seconds(5), kStart);
  EXPECT_FALSE(bucket.spend(1, kStart));
  EXPECT_EQ(bucket.free_at(1, kStart), kStart + seconds(5));
  EXPECT_TRUE(bucket.spend(1, kStart + seconds(5)));
}

TEST(RatePace, MuchRemainsGivesNoMoreThanTheRows) {
  RateBucket bucket({row(5, 10'000)});
  bucket.told(0, 1'000'000, kStart + seconds(60), kStart);
  EXPECT_EQ(taken(bucket, kStart, milliseconds(9'990)), 5);
}

TEST(RatePace, AnswersOutOfOrderCountTheLeast) {
  RateBucket bucket({row(100, 10'000)});
  bucket.told(0, 2, kStart + seconds(5), kStart);
  bucket.told(0, 7, kStart + seconds(5) + 900 * kMs, kStart) /* sent before, came after */;
  EXPECT_EQ(taken(bucket, kStart, seconds(4)), 2);
  // The next window's word is a new one, the last window's is none any more.
  bucket.told(0, 4, kStart + seconds(15), kStart + seconds(4));
  bucket.told(0, 0, kStart + seconds(5), kStart + seconds(4));
  EXPECT_EQ(taken(bucket, kStart + seconds(4), seconds(6)), 4);
}

TEST(RatePace, EachOfTheVendorsCountsHolds) {
  RateBucket bucket({row(100, 10'000)});
  bucket.told(0, 2, kStart + seconds(1), kStart);
  bucket.told(1, 5, kStart + seconds(3'600), kStart);
  EXPECT_EQ(taken(bucket, kStart, seconds(1)), 2);
  EXPECT_EQ(taken(bucket, kStart + seconds(1), seconds(60)), 3);
  bucket.told(kMaxTold, 0, kStart + seconds(9'000), kStart);  // no such count: not heard
}

TEST(RatePace, ARefusalHalvesThePaceWhichComesBackSlowly) {
  RateBucket bucket({row(160, 1'000)});
  EXPECT_EQ(taken(bucket, kStart, seconds(1)), 160);
  Instant now = kStart + seconds(2);
  bucket.refused(now, now);
  EXPECT_EQ(bucket.pace(now), kFullPace / 2);
  EXPECT_NEAR(taken(bucket, now, seconds(5)), 5 * 80, 81);
  now += seconds(40);
  EXPECT_EQ(bucket.pace(now), 12u);
  now += seconds(1'000);
  EXPECT_EQ(bucket.pace(now), kFullPace) << "the rows, and never more";
  EXPECT_EQ(taken(bucket, now, milliseconds(990)), 160);
}

TEST(RatePace, OneRefusalManyTimesToldIsOne) {
  RateBucket bucket({row(160, 1'000)});
  const Instant sent = kStart, now = kStart + 200 * kMs;
  for (int i = 0; i < 20; ++i) bucket.refused(sent + i * kMs, now + i * kMs);
  EXPECT_EQ(bucket.pace(now + 100 * kMs), kFullPace / 2);
  bucket.refused(now + 30 * kMs, now + 90 * kMs);
  EXPECT_EQ(bucket.pace(now + 100 * kMs), kFullPace / 4);
}

TEST(RatePace, ADayIsNotPacedButPaused) {
  RateBucket bucket({row(1'000, 86'400'000)});
  Instant now = kStart;
  for (const int wait : {2, 4, 8, 16, 16}) {
    bucket.refused(now, now);
    EXPECT_EQ(bucket.free_at(1, now), now + seconds(wait));
    now += seconds(wait);
  }
  EXPECT_TRUE(take(bucket, now));
}

TEST(RatePace, ACostThatTheRowsAllowIsPaidAtAnyPace) {
  RateBucket bucket({row(100, 10'000)});
  for (int i = 0; i < 9; ++i) bucket.refused(kStart + i * seconds(1), kStart + i * seconds(1));
  const Instant now = kStart + seconds(9);
  EXPECT_EQ(bucket.pace(now), 1u);
  ASSERT_EQ(bucket.free_at(100, now), now);
  EXPECT_EQ(bucket.leasable(100, now), 100u);
}

// Whatever vendors say and refuse: what free_at promises can be leased, and no window is overfull.
TEST(RatePace, NoWordMakesMoreOfTheRows) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<RateLimit> rows{row(5, 2'000), row(20, 20'000)};
    RateBucket bucket(rows);
    Instant now = kStart;
    std::vector<Instant> spent;
    for (int i = 0; i < 400; ++i) {
      now += milliseconds(random() % 400);
      if (random() % 20 == 0) {
        bucket.told(random() % 3, random() % 8, now + milliseconds(random() % 6'000), now);
      }
      if (random() % 50 == 0) bucket.refused(now - milliseconds(random() % 500), now);
      const bool free = bucket.free_at(1, now) <= now;
      const bool took = take(bucket, now);
      EXPECT_TRUE(took || !free) << "seed " << seed;
      if (took) spent.push_back(now);
    }
    for (const auto& limit : rows) {
      for (std::size_t i = limit.limit; i < spent.size(); ++i) {
        EXPECT_GT(spent[i] - spent[i - limit.limit], limit.window) << "seed " << seed;
      }
    }
    EXPECT_GT(spent.size(), 5u);
  }
}

}  // namespace
}  // namespace tenon
