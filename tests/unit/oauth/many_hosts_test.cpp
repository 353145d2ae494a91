// T6: a rotating refresh token used by three hosts at once, each ending at any step.
#include <gtest/gtest.h>

#include "world.hpp"

namespace tenon::oauth_test {
namespace {

struct Story {
  World world;
  std::vector<std::unique_ptr<TestHost>> hosts;
  std::vector<Result<AccessToken>> answers;
  std::uint64_t next_seed = 100;
  int crashes = 0;

  explicit Story(bool grace) {
    world.vendor.grace = grace;
    world.vendor.life_s = 60;
    for (std::uint64_t i = 0; i < 3; ++i) hosts.push_back(world.new_host(i + 1, false));
  }
  ~Story() {
    for (auto& host : hosts) world.end(host);
  }
  void bury_the_dead() {
    for (auto& host : hosts) {
      if (!host->fate.dead) continue;
      world.end(host);
      host = world.new_host(++next_seed, false);
      ++crashes;
    }
  }
  // One second of callers at all hosts.
  void turn() {
    for (auto& host : hosts) {
      host->scope.spawn(world.want(host.get(), &answers, seconds{200}), "want");
    }
    for (int i = 0; i < 5; ++i) {
      world.run_for(milliseconds{200});
      bury_the_dead();
    }
  }
  int most_uses() const {
    int most = 0;
    for (const auto& [token, uses] : world.vendor.uses) most = std::max(most, uses);
    return most;
  }
};

TEST(T6, ThreeHostsUseEachRefreshTokenOnce) {
  Story story(false);
  for (int i = 0; i < 450; ++i) story.turn();
  EXPECT_EQ(story.most_uses(), 1) << "at most one exchange per generation";
  EXPECT_GT(story.world.vendor.asked.size(), 6u);
  EXPECT_FALSE(story.world.vendor.revoked);
  for (const auto& answer : story.answers) EXPECT_TRUE(answer) << answer.error().text();
  EXPECT_TRUE(story.world.grant().reconnect.empty());
}

// A vendor with a grace for the token before: whatever step a host ends at, the connection lives.
TEST(T6, NoGrantIsLostWhateverStepAHostEndsAt) {
  int crashes = 0, armed = 0;
  for (int seed = 1; seed <= 8; ++seed) {
    Story story(true);
    SeededRandom dice(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < 240; ++i) {
      if (i % 80 == 20) {
        story.hosts[dice.next() % 3]->fate.steps_left = 1 + armed++ % 12;
      }
      story.turn();
    }
    for (auto& host : story.hosts) host->fate.steps_left = -1;
    for (int i = 0; i < 70; ++i) story.turn();
    crashes += story.crashes;
    EXPECT_LE(story.most_uses(), 1 + story.crashes) << seed;
    EXPECT_FALSE(story.world.vendor.revoked) << seed;
    EXPECT_TRUE(story.world.grant().reconnect.empty()) << seed << story.world.grant().reconnect;
    const auto answer = story.world.token(*story.hosts.front());
    EXPECT_TRUE(answer) << seed << ": " << answer.error().text();
  }
  EXPECT_GE(crashes, 10);
}

// A vendor without: between exchange and store the new token is gone, and that is said, once.
TEST(T6, ACrashBetweenExchangeAndStoreIsToldAndNotRepeated) {
  for (int step = 1; step <= 8; ++step) {
    World world;
    auto host = world.new_host(1);
    host->fate.steps_left = step;
    std::vector<Result<AccessToken>> answers;
    host->scope.spawn(world.want(host.get(), &answers), "want");
    world.run_for(seconds{5});
    const auto asked = world.vendor.asked.size();
    const bool stored = world.grant().generation > 0;
    world.end(host);
    host = world.new_host(2);
    const auto answer = world.token(*host);
    if (asked == 0 || stored) {
      EXPECT_TRUE(answer) << step << ": " << answer.error().text();
      EXPECT_EQ(world.vendor.asked.size(), 1u) << step;
      continue;
    }
    ASSERT_FALSE(answer) << step;
    EXPECT_NE(answer.error().text().find("cut short"), std::string::npos) << answer.error().text();
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(world.token(*host));
    EXPECT_EQ(world.vendor.asked.size(), 2u) << "the old token is shown once more, not for ever";
  }
}

}  // namespace
}  // namespace tenon::oauth_test
