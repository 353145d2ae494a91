// Pulls and webhooks under many seeds: nothing is lost, nothing counts twice.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sim/arrivals.hpp"

namespace tenon::sim {
namespace {

constexpr std::uint64_t kSeeds = 40, kSeedsOfAMutant = 40;

TEST(ArrivalsSimulation, NothingIsLostOrCountsTwiceUnderAnySeed) {
  const char* one = std::getenv("TENON_SIM_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : kSeeds;
  std::size_t records = 0, webhooks = 0, given_up = 0, lives = 0;
  for (std::uint64_t seed = first; seed <= last && !HasFailure(); ++seed) {
    Arrivals world(seed);
    world.run();
    std::string all;
    for (const auto& text : world.check()) all += "\n  " + text;
    EXPECT_TRUE(all.empty()) << "replay with TENON_SIM_SEED=" << seed << " sim_tests" << all;
    records += world.records();
    webhooks += world.acknowledged();
    given_up += world.given_up();
    lives += world.lives();
  }
  // A simulation in which nothing happens proves nothing.
  const std::size_t seeds = last - first + 1;
  EXPECT_GT(records, seeds * 50);
  EXPECT_GT(webhooks, seeds * 10);
  if (one == nullptr) {
    EXPECT_GT(given_up, seeds / 2);
    EXPECT_GT(lives, seeds * 3);
  }
  std::printf("arrivals: seeds=%zu records=%zu webhooks=%zu given_up=%zu lives=%zu\n", seeds,
              records, webhooks, given_up, lives);
}

std::string found_by_any_seed(ArrivalsMutant mutant, const std::string& words) {
  for (std::uint64_t seed = 1; seed <= kSeedsOfAMutant; ++seed) {
    Arrivals world(seed, mutant);
    world.run();
    for (const auto& text : world.check()) {
      if (text.find(words) != std::string::npos) return text;
    }
  }
  return "";
}

TEST(ArrivalsSimulation, PlantedBugsAreFound) {
  if (std::getenv("TENON_SIM_SEED") != nullptr) GTEST_SKIP() << "one seed is wanted";
  EXPECT_NE(found_by_any_seed(ArrivalsMutant::ack_before_fsync, "acknowledged and lost"), "");
  EXPECT_NE(found_by_any_seed(ArrivalsMutant::forgets_what_is_in, "came twice"), "");
}

}  // namespace
}  // namespace tenon::sim
