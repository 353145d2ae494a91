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

HealthCounts looked(std::uint64_t looked_for, std::uint64_t did_nothing) {
  auto counts = counts_of(1'000, 0);
  counts.looked_for = looked_for;
  counts.did_nothing = did_nothing;
  return counts;
}

TEST(Gate, WhatWasCalledAcceptedAndIsNotThereIsAReason) {
  EXPECT_EQ(verdict(looked(40, 0), looked(5, 5)),
            "did nothing: of 5 accepted records that were looked for, the vendor does not have 5 "
            "(of the stable release 0 of 40)");
  EXPECT_NE(verdict(looked(1'000, 0), looked(30, 4)), "");
  EXPECT_NE(verdict(looked(20, 0), looked(3, 3)), "");
  EXPECT_NE(verdict(looked(200, 20), looked(200, 60)), "") << "three times as many";
  EXPECT_NE(verdict({}, looked(12, 12)), "") << "nothing to compare with, and yet";
  EXPECT_NE(verdict(looked(100'000, 1'000), looked(28'800, 1'000)), "") << "a day of it";
}

TEST(Gate, WhatHappensToAnybodyIsNone) {
  EXPECT_EQ(verdict(looked(40, 0), looked(2, 2)), "") << "two of them prove nothing";
  EXPECT_EQ(verdict(looked(1'000, 0), looked(300, 3)), "") << "one of a hundred";
  EXPECT_EQ(verdict(looked(200, 20), looked(200, 24)), "") << "and the stable one's, too";
  EXPECT_EQ(verdict(looked(20, 20), looked(20, 20)), "") << "this vendor shows nothing";
  EXPECT_EQ(verdict({}, looked(11, 11)), "") << "what the stable release leaves is not known";
  EXPECT_EQ(verdict({}, looked(100, 50)), "");
  EXPECT_EQ(verdict(looked(10, 9), looked(1'000, 0)), "");
}

TEST(Health, IsSummedFromAMinuteOnAndForgetsOldOnes) {
  ReleaseHealth health;
  const Time start = time_from_us(1'700'000'000'000'000);
  for (int i = 0; i < 3; ++i) health.saw("crm@1", start + seconds{60 * i}, counts_of(10, 1));
  EXPECT_EQ(health.since("crm@1", start).records, 33u);
  HealthCounts seen;
  seen.looked_for = 4;
  seen.did_nothing = 2;
  seen.unlike = 1;
  health.saw("crm@2", start, seen);
  health.saw("crm@2", start + seconds{60}, seen);
  EXPECT_EQ(health.since("crm@2", start).looked_for, 8u);
  EXPECT_EQ(health.since("crm@2", start).did_nothing, 4u);
  EXPECT_EQ(health.since("crm@2", start).unlike, 2u);
  EXPECT_EQ(health.since("crm@1", start + seconds{60}).records, 22u);
  EXPECT_EQ(health.since("crm@1", start + seconds{600}).records, 0u);
  EXPECT_EQ(health.since("crm@3", start).records, 0u);
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
