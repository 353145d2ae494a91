// Which accepted records are looked for at the vendor, and what is counted of them.
#include "delivery/spot_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tenon::delivery {
namespace {

constexpr Instant kSpotStart{};

// Of delivery number n; it is due ten seconds later.
Spot spot_of(int n, const std::string& release = "crm@2", std::uint64_t key = 0) {
  Spot spot;
  spot.release = release;
  spot.action = "upsert";
  spot.together = 100;
  EventId event;
  event.offset = Offset{static_cast<std::uint64_t>(n) + 1};
  spot.ref.id = delivery_id_of("crm", event, "upsert");
  spot.ref.key = KeyHash{key};
  spot.key.record = R"({"email":"a@b.example","age":3})";
  spot.due = kSpotStart + seconds{10};
  return spot;
}

// The next delivery that is of the sample, from `n` on.
Spot sampled(int& n, const std::string& release = "crm@2", std::uint64_t key = 0) {
  while (!is_sampled(spot_of(n).ref.id)) ++n;
  return spot_of(n++, release, key);
}

TEST(SpotSample, IsATenthOfWhatWasAccepted) {
  int taken = 0;
  for (int n = 0; n < 10'000; ++n) taken += is_sampled(spot_of(n).ref.id);
  EXPECT_GT(taken, 850);
  EXPECT_LT(taken, 1'150);
}

TEST(SpotSample, TakesOnlyTheSampleAndSoManyAMinute) {
  SpotSample sample;
  int other = 0;
  while (is_sampled(spot_of(other).ref.id)) ++other;
  EXPECT_FALSE(sample.take(spot_of(other), kSpotStart));
  int n = 0;
  for (std::size_t i = 0; i < kSpotsAMinute; ++i) EXPECT_TRUE(sample.take(sampled(n), kSpotStart));
  EXPECT_FALSE(sample.take(sampled(n), kSpotStart + seconds{59}));
  EXPECT_TRUE(sample.take(sampled(n, "crm@1"), kSpotStart)) << "each release has its own";
  EXPECT_TRUE(sample.take(sampled(n), kSpotStart + seconds{60}));
}

TEST(SpotSample, HoldsABoundedNumber) {
  SpotSample sample;
  int n = 0;
  for (std::size_t i = 0; i < kSpotsWaiting; ++i) {
    ASSERT_TRUE(sample.take(sampled(n, "crm@" + std::to_string(i)), kSpotStart));
  }
  EXPECT_FALSE(sample.take(sampled(n, "crm@more"), kSpotStart));
  EXPECT_EQ(sample.size(), kSpotsWaiting);
}

TEST(SpotSample, WhatIsDueGoesTogetherByReleaseAndActionAndEachKeyOnce) {
  SpotSample sample;
  EXPECT_EQ(sample.next_due(), std::nullopt);
  int n = 0;
  sample.take(sampled(n, "crm@2", 7), kSpotStart);
  sample.take(sampled(n, "crm@2", 7), kSpotStart);
  sample.take(sampled(n, "crm@2"), kSpotStart);
  sample.take(sampled(n, "crm@2"), kSpotStart);
  sample.take(sampled(n, "crm@1", 9), kSpotStart);
  EXPECT_EQ(sample.next_due(), kSpotStart + seconds{10});
  EXPECT_TRUE(sample.take_due(kSpotStart + milliseconds{9'999}).empty());
  const auto first = sample.take_due(kSpotStart + seconds{10});
  ASSERT_EQ(first.size(), 3u) << "the second of key 7 waits; those without a key do not";
  EXPECT_EQ(first[0].release, "crm@2");
  const auto second = sample.take_due(kSpotStart + seconds{10});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].ref.key, KeyHash{7});
  const auto third = sample.take_due(kSpotStart + seconds{10});
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(third[0].release, "crm@1");
  EXPECT_EQ(sample.size(), 0u);
}

TEST(SpotSample, OneCallAsksForNoMoreThanTheActionTakes) {
  SpotSample sample;
  int n = 0;
  for (int i = 0; i < 15; ++i) {
    auto spot = sampled(n);
    spot.together = i < 3 ? 2 : 100;
    sample.take(std::move(spot), kSpotStart);
  }
  EXPECT_EQ(sample.take_due(kSpotStart + seconds{10}).size(), 2u);
  EXPECT_EQ(sample.take_due(kSpotStart + seconds{10}).size(), 2u) << "the third of them leads";
  EXPECT_EQ(sample.take_due(kSpotStart + seconds{10}).size(), kSpotsTogether);
  EXPECT_EQ(sample.take_due(kSpotStart + seconds{10}).size(), 1u);
}

TEST(SpotSample, ForgetsReleasesThatNobodyRuns) {
  SpotSample sample;
  int n = 0;
  sample.take(sampled(n, "crm@1"), kSpotStart);
  sample.take(sampled(n, "crm@2"), kSpotStart);
  sample.keep_only({"crm@1"});
  const auto due = sample.take_due(kSpotStart + seconds{10});
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].release, "crm@1");
  sample.keep_only({});
  EXPECT_EQ(sample.next_due(), std::nullopt);
}

TEST(SpotCounts, WhatIsNotKnownIsNotCounted) {
  std::vector<ReadBackFound> found(4);
  found[1].state = Presence::absent;
  found[2].state = found[3].state = Presence::found;
  found[2].record = R"({"email":"a@b.example","age":"3","more":1})";
  found[3].record = R"({"email":"a@b.example","age":4})";
  const std::vector<Spot> spots{spot_of(0), spot_of(1), spot_of(2), spot_of(3)};
  const auto counts = count_spots(found, spots);
  EXPECT_EQ(counts.looked_for, 3u);
  EXPECT_EQ(counts.did_nothing, 1u);
  EXPECT_EQ(counts.unlike, 1u);
  EXPECT_EQ(counts.records, 0u) << "no delivery is counted twice";
  EXPECT_EQ(counts.calls, 0u);
}

}  // namespace
}  // namespace tenon::delivery
