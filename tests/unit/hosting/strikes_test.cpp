// Back-off, breaker and quarantine, as functions of values and now.
#include "hosting/strikes.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

constexpr Instant kStart{seconds(1'000)};

Strikes die(Strikes strikes, Instant now) {
  const StepAdmission admission = admit(strikes, now);
  strikes = after_admission(std::move(strikes), admission);
  return after_death(std::move(strikes), "hubspot@1.0.0", "was killed by SIGSEGV", now);
}

TEST(BackOff, DoublesToItsCeilingWithTheSameJitterEachTime) {
  milliseconds whole = kFirstBackOff;
  for (std::uint32_t n = 1; n < 40; ++n) {
    const auto pause = back_off("a@1", n);
    EXPECT_LE(pause, whole);
    EXPECT_GE(pause, whole * 4 / 5);
    EXPECT_EQ(pause, back_off("a@1", n));
    whole = std::min(whole * 2, kBackOffCeiling);
  }
  EXPECT_EQ(back_off("a@1", 0), milliseconds(0));
  EXPECT_NE(back_off("a@1", 30), back_off("b@1", 30));
}

TEST(Strikes, ADeathBacksOffAndLetsThroughAfterwards) {
  const Strikes once = die({}, kStart);
  EXPECT_EQ(once.state, HostedState::backing_off);
  EXPECT_EQ(once.reason, "was killed by SIGSEGV");
  const StepAdmission early = admit(once, kStart);
  EXPECT_FALSE(early.allowed);
  EXPECT_GT(early.retry_after, milliseconds(0));
  EXPECT_TRUE(admit(once, kStart + early.retry_after).allowed);
  EXPECT_EQ(die(once, kStart + seconds(1)).in_a_row, 2u);
}

TEST(Strikes, FiveDeathsInTheWindowOpenTheBreakerAndFourDoNot) {
  Strikes strikes;
  for (int i = 0; i < 4; ++i) strikes = die(strikes, kStart + seconds(i * 10));
  EXPECT_EQ(strikes.state, HostedState::backing_off);
  const Strikes late = die(strikes, kStart + seconds(60));  // the first has left the window
  EXPECT_EQ(late.state, HostedState::backing_off);
  strikes = die(strikes, kStart + seconds(40));
  EXPECT_EQ(strikes.state, HostedState::broken);
  EXPECT_EQ(admit(strikes, kStart + seconds(99)).retry_after, seconds(1));
}

TEST(Strikes, OneProbeDecidesWhetherTheBreakerCloses) {
  Strikes strikes;
  for (int i = 0; i < 5; ++i) strikes = die(strikes, kStart + seconds(i));
  const Instant later = kStart + seconds(4) + kBreakerHold;
  const StepAdmission probe = admit(strikes, later);
  EXPECT_TRUE(probe.allowed && probe.probe);
  Strikes probing = after_admission(strikes, probe);
  EXPECT_FALSE(admit(probing, later).allowed);  // the others wait
  EXPECT_EQ(after_success(probing, later).state, HostedState::ready);
  EXPECT_TRUE(admit(after_lost_probe(probing), later).probe);
  const Strikes again = after_death(probing, "hubspot@1.0.0", "again", later);
  EXPECT_EQ(again.state, HostedState::broken);
  EXPECT_EQ(again.not_before, later + kBreakerHold);
}

TEST(Strikes, FiveCleanMinutesForgetEverything) {
  Strikes strikes = die(die({}, kStart), kStart + seconds(1));
  strikes = after_admission(strikes, admit(strikes, kStart + seconds(10)));
  EXPECT_EQ(after_success(strikes, kStart + seconds(300)).in_a_row, 2u);
  EXPECT_EQ(after_success(strikes, kStart + seconds(301)), Strikes{});
  EXPECT_EQ(die(strikes, kStart + seconds(301)).in_a_row, 1u);
}

TEST(Strikes, AViolationQuarantinesAndNothingButClearingEndsIt) {
  Strikes strikes = after_violation({}, "illegal frame", kStart);
  EXPECT_EQ(strikes.state, HostedState::quarantined);
  EXPECT_EQ(admit(strikes, kStart + seconds(1'000'000)).retry_after, milliseconds(0));
  EXPECT_FALSE(admit(strikes, kStart + seconds(1'000'000)).allowed);
  EXPECT_EQ(after_success(strikes, kStart + seconds(1'000)).state, HostedState::quarantined);
  EXPECT_EQ(after_death(strikes, "x", "y", kStart).state, HostedState::quarantined);
}

TEST(Strikes, WhatIsRememberedIsBounded) {
  Strikes strikes;
  for (int i = 0; i < 10'000; ++i) {
    strikes = after_death(std::move(strikes), "x@1", "died", kStart + milliseconds(i));
  }
  EXPECT_LE(strikes.recent.size(), kBreakerDeaths);
}

}  // namespace
}  // namespace tenon
