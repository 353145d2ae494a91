// The simulation over many seeds: TENON_SIM_SEED=N runs one, TENON_SIM_SEEDS=N as many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "sim/checkers.hpp"

// Half of the time would go into remembering where each allocation came from.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=3:quarantine_size_mb=8:max_malloc_fill_size=0";
}

namespace tenon::sim {
namespace {

constexpr std::uint64_t kSeeds = 74, kSeedsLong = 3'000;
constexpr std::uint64_t kParts = 8;
constexpr std::uint64_t kTwiceEvery = 25;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Verdicts run_seed(std::uint64_t seed) {
  World world(profile_of(seed));
  const bool alone = from_environment("TENON_SIM_SEED", 0) == seed;
  if (alone) world.keep_trace();
  world.run();
  Verdicts verdicts = check(world);
  verdicts.hours = world.virtual_hours();
  if (alone) std::printf("%s\n", verdicts.story.c_str());
  std::string all;
  for (const auto& text : verdicts.problems) all += "\n  " + text;
  EXPECT_TRUE(verdicts.problems.empty())
      << "replay, with a trace of all that happened: TENON_SIM_SEED=" << seed
      << " build/asan/bin/sim_tests --gtest_filter='*Seeds*'\n"
      << world.profile().text() << all;
  return verdicts;
}

// Seeds that once failed: one per line, with a comment behind it.
std::vector<std::uint64_t> kept_seeds() {
  std::ifstream file(TENON_SOURCE_DIR "/ci/seeds.txt");
  EXPECT_TRUE(file) << "ci/seeds.txt is missing";
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    seeds.push_back(std::strtoull(line.c_str(), nullptr, 10));
  }
  return seeds;
}

TEST(Simulation, SeedsThatOnceFailedHold) {
  if (std::getenv("TENON_SIM_SEED") != nullptr) GTEST_SKIP() << "one seed is wanted";
  for (const std::uint64_t seed : kept_seeds()) run_seed(seed);
}

// In parts, so that the cores share them.
class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, HoldItsPromises) {
  const std::uint64_t one = from_environment("TENON_SIM_SEED", 0);
  if (one != 0 && GetParam() != 0) GTEST_SKIP() << "one seed is wanted";
  const char* wanted = std::getenv("TENON_LONG");
  const bool is_long = wanted != nullptr && std::string(wanted) == "yes";
  const std::uint64_t all = from_environment("TENON_SIM_SEEDS", is_long ? kSeedsLong : kSeeds);
  const std::uint64_t first = one != 0 ? one : 1 + GetParam() * all / kParts;
  const std::uint64_t last = one != 0 ? one : (GetParam() + 1) * all / kParts;
  std::uint64_t events = 0, deliveries = 0, applications = 0, failed = 0, seeds = 0;
  double hours = 0;
  for (std::uint64_t seed = first; seed <= last && failed < 2; ++seed) {
    const Verdicts verdicts = run_seed(seed);
    events += verdicts.events;
    deliveries += verdicts.deliveries;
    applications += verdicts.applications;
    hours += verdicts.hours;
    ++seeds;
    failed += verdicts.problems.empty() ? 0 : 1;
  }
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(events, seeds * 20);
  EXPECT_GT(applications, seeds * 20);
  std::printf(
      "part: events=%llu deliveries=%llu applications=%llu seeds=%llu sim_hours=%.0f breaks=%llu\n",
      static_cast<unsigned long long>(events), static_cast<unsigned long long>(deliveries),
      static_cast<unsigned long long>(applications), static_cast<unsigned long long>(seeds), hours,
      static_cast<unsigned long long>(failed));
}

INSTANTIATE_TEST_SUITE_P(Simulation, Seeds, ::testing::Range<std::uint64_t>(0, kParts));

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
  if (std::getenv("TENON_SIM_SEED") != nullptr) GTEST_SKIP() << "one seed is wanted";
  for (std::uint64_t seed = 1; seed <= 100; seed += kTwiceEvery) {
    World first(profile_of(seed)), second(profile_of(seed));
    first.run();
    second.run();
    EXPECT_EQ(check(first).trace, check(second).trace) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tenon::sim
