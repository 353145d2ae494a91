// Retries never crowd out fresh work, and never starve either.
#include "delivery/retry_budget.hpp"

#include <gtest/gtest.h>

namespace tenon::delivery {
namespace {

constexpr Instant kStart{std::chrono::seconds(100)};

TEST(RetryBudget, AQuietDestinationMayAlwaysTryAFewAgain) {
  RetryBudget budget;
  for (std::uint64_t i = 0; i < kBudgetFloor; ++i) {
    EXPECT_TRUE(budget.has_room(20, kStart));
    budget.tried(0, 1, kStart);
  }
  EXPECT_FALSE(budget.has_room(20, kStart));
  EXPECT_EQ(budget.share(kStart), 100u);
}

TEST(RetryBudget, RetriesGetTheirShareOfAllTries) {
  RetryBudget budget;
  std::uint64_t first = 0, again = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Instant now = kStart + milliseconds(i);
    const bool retry = budget.has_room(20, now);
    budget.tried(retry ? 0 : 1, retry ? 1 : 0, now);
    (retry ? again : first) += 1;
  }
  EXPECT_NEAR(static_cast<double>(again), 2'000, 15);
  EXPECT_EQ(first + again, 10'000u);
  EXPECT_NEAR(budget.share(kStart + seconds(10)), 20, 1);
}

TEST(RetryBudget, WhatIsOlderThanTheWindowIsForgotten) {
  RetryBudget budget;
  budget.tried(0, 1'000, kStart);
  EXPECT_FALSE(budget.has_room(20, kStart + kBudgetWindow - seconds(1)));
  EXPECT_TRUE(budget.has_room(20, kStart + kBudgetWindow));
  EXPECT_EQ(budget.share(kStart + kBudgetWindow), 0u);
}

TEST(RetryBudget, AHundredPercentMeansNoBound) {
  RetryBudget budget;
  budget.tried(1, 1'000'000, kStart);
  EXPECT_TRUE(budget.has_room(100, kStart));
}

}  // namespace
}  // namespace tenon::delivery
