// A test of the test: each planted bug must be found, by the seed that found it before or another.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "sim/checkers.hpp"

namespace tenon::sim {
namespace {

constexpr std::uint64_t kMostSeeds = 500;

struct Planted {
  Mutant mutant = Mutant::none;
  std::uint64_t killing_seed = 1;  // runs first
  const char* found_as = "";       // a part of the checker's words
};

void PrintTo(const Planted& planted, std::ostream* out) { *out << name_of(planted.mutant); }

class MutantTest : public ::testing::TestWithParam<Planted> {
 protected:
  // For the line of the stage.
  static void TearDownTestSuite() { std::printf("planted=%d/%d\n", found_, planted_); }
  static inline int planted_ = 0, found_ = 0;
};

bool finds(std::uint64_t seed, const Planted& planted) {
  World world(profile_of(seed), planted.mutant);
  world.run();
  const Verdicts verdicts = check(world);
  return std::any_of(
      verdicts.problems.begin(), verdicts.problems.end(),
      [&](const std::string& text) { return text.find(planted.found_as) != std::string::npos; });
}

TEST_P(MutantTest, IsFound) {
  const Planted& planted = GetParam();
  ++planted_;
  std::uint64_t seed = finds(planted.killing_seed, planted) ? planted.killing_seed : 0;
  for (std::uint64_t other = 1; seed == 0 && other <= kMostSeeds; ++other) {
    if (finds(other, planted)) seed = other;
  }
  ASSERT_NE(seed, 0u) << "no seed finds " << name_of(planted.mutant);
  ++found_;
  if (seed != planted.killing_seed) {
    std::printf("%s is now found by seed %llu first: record it\n",
                std::string(name_of(planted.mutant)).c_str(),
                static_cast<unsigned long long>(seed));
  }
}

const Planted kPlanted[] = {
    {Mutant::ack_before_fsync, 2, "was acknowledged and is lost"},
    {Mutant::missing_outcome_is_success, 2, "the vendor never applied it"},
    {Mutant::batch_dead_for_one, 15, "the vendor never rejected it"},
    {Mutant::new_key_per_try, 1, "repeated under another key"},
    {Mutant::begin_not_recorded, 6, "it must not be repeated"},
    {Mutant::retry_out_of_order, 1, "overtook"},
    {Mutant::retry_after_ignored, 1, "before its Retry-After had passed"},
    {Mutant::timeout_is_success, 2, "the vendor never applied it"},
    {Mutant::full_bucket_after_restart, 16, "requests within"},
    {Mutant::delivered_without_answer, 1, "the vendor never applied it"},
    {Mutant::fsync_retried, 17, "were on disk and are damaged now"},
    {Mutant::drop_on_429, 1, "the vendor never rejected it"},
    {Mutant::replay_starts_over, 39, "is sent twice by one replay"},
    {Mutant::redrive_ignores_filter, 39, "was not asked for"},
    {Mutant::order_lost_on_restart, 3, "overtook"},
    {Mutant::counts_lost_on_restart, 2, "counts of"},
    {Mutant::outcomes_alone, 47, "under another key than its batch"},
    {Mutant::done_before_send, 1, "the vendor never applied it"},
};

INSTANTIATE_TEST_SUITE_P(Planted, MutantTest, ::testing::ValuesIn(kPlanted),
                         [](const auto& test) { return std::string(name_of(test.param.mutant)); });

}  // namespace
}  // namespace tenon::sim
