// The gate: what speaks against a release, and what is too little to say.
#include "hosting/release_health.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

HealthCounts counts_of(std::uint64_t delivered, std::uint64_t dead, std::uint64_t retry = 0,
                       std::uint64_t skipped = 0) {
  HealthCounts counts;
  counts.delivered = delivered;
  counts.dead = dead;
  counts.retry = retry;
  counts.skipped = skipped;
  counts.records = delivered + dead + retry + skipped;
  counts.calls = counts.records / 10 + 1;
  counts.took_ms = counts.calls * 100;
  return counts;
}

std::string verdict(const HealthCounts& stable, const HealthCounts& candidate,
                    const HealthStrikes& strikes = {}) {
  return worse_than(stable, candidate, {}, strikes).value_or("");
}

TEST(Gate, NothingWorseIsNoReason) {
  EXPECT_EQ(verdict(counts_of(1'000, 10), counts_of(100, 1)), "");
  EXPECT_EQ(verdict(counts_of(900, 100), counts_of(100, 0)), "") << "better is not worse";
  EXPECT_EQ(verdict({}, {}), "");
}

TEST(Gate, AClearlyWorseMixIsAReasonThatNamesBothFigures) {
  const auto why = verdict(counts_of(990, 10), counts_of(60, 40));
  EXPECT_NE(why.find("40.0 % dead letters, 1.0 % with the stable release"), std::string::npos)
      << why;
  EXPECT_NE(verdict(counts_of(1'000, 0), counts_of(50, 0, 50)).find("to be tried again"),
            std::string::npos);
  EXPECT_NE(verdict(counts_of(1'000, 0), counts_of(50, 0, 0, 50)).find("skipped"),
            std::string::npos);
}

TEST(Gate, AFewRecordsOrALittleWorseProveNothing) {
  EXPECT_EQ(verdict(counts_of(990, 10), counts_of(10, 9)), "");
  EXPECT_EQ(verdict(counts_of(10, 0), counts_of(50, 50)), "") << "nothing to compare with";
  EXPECT_EQ(verdict(counts_of(99'000, 1'000), counts_of(98'500, 1'500)), "") << "half a percent";
  EXPECT_EQ(verdict(counts_of(95, 5), counts_of(19, 2)), "") << "chance";
}

TEST(Gate, QuarantineAndDeathsCountAtOnce) {
  HealthStrikes strikes;
  strikes.quarantined = true;
  strikes.reason = "an illegal frame";
  EXPECT_NE(verdict({}, {}, strikes).find("an illegal frame"), std::string::npos);
  strikes = {};
  strikes.in_a_row = 2;
  EXPECT_EQ(verdict({}, {}, strikes), "");
  strikes.in_a_row = 3;
  strikes.reason = "signal 11";
  EXPECT_NE(verdict({}, {}, strikes).find("3 deaths"), std::string::npos);
  EXPECT_EQ(worse_than({}, {}, strikes, strikes), std::nullopt) << "the stable one dies, too";
}

TEST(Gate, SlowIsAReasonWhereItIsFelt) {
  auto slow = counts_of(1'000, 0);
  slow.took_ms = slow.calls * 1'000;
  EXPECT_NE(verdict(counts_of(1'000, 0), slow).find("1000 ms on average, 100 ms"),
            std::string::npos);
  auto slower = counts_of(1'000, 0);
  slower.took_ms = slower.calls * 250;
  EXPECT_EQ(verdict(counts_of(1'000, 0), slower), "") << "it must be felt";
}

TEST(Health, IsSummedFromAMinuteOnAndForgetsOldOnes) {
  ReleaseHealth health;
  const Time start = time_from_us(1'700'000'000'000'000);
  for (int i = 0; i < 3; ++i) health.saw("crm@1", start + seconds{60 * i}, counts_of(10, 1));
  EXPECT_EQ(health.since("crm@1", start).records, 33u);
  EXPECT_EQ(health.since("crm@1", start + seconds{60}).records, 22u);
  EXPECT_EQ(health.since("crm@1", start + seconds{600}).records, 0u);
  EXPECT_EQ(health.since("crm@2", start).records, 0u);
  for (std::size_t i = 0; i < kHealthMinutes; ++i) {
    health.saw("crm@1", start + seconds{60 * (10 + static_cast<int>(i))}, counts_of(1, 0));
  }
  EXPECT_EQ(health.since("crm@1", start).records, kHealthMinutes);
}

TEST(Health, RemembersABoundedNumberOfReleases) {
  ReleaseHealth health;
  const Time start = time_from_us(1'700'000'000'000'000);
  for (std::size_t i = 0; i <= kHealthReleases; ++i) {
    health.saw("crm@" + std::to_string(i), start + seconds{60 * static_cast<int>(i)},
               counts_of(1, 0));
  }
  EXPECT_EQ(health.since("crm@0", Time{}).records, 0u);
  EXPECT_EQ(health.since("crm@1", Time{}).records, 1u);
}

TEST(Health, EachFateCountsOnce) {
  HealthCounts counts;
  for (const auto fate : {OutcomeFate::delivered, OutcomeFate::skipped, OutcomeFate::retry,
                          OutcomeFate::dead, OutcomeFate::parked, OutcomeFate::ambiguous}) {
    count(counts, fate);
  }
  EXPECT_EQ(counts.records, 6u);
  EXPECT_EQ(counts.delivered + counts.skipped + counts.retry + counts.dead, 4u);
  EXPECT_EQ(counts.unclear, 2u);
}

}  // namespace
}  // namespace tenon
