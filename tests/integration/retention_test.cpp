// Old chunks of the log go while the host works, and nothing goes that is still needed.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kEvents = 240;                  // of one user, so of one partition
constexpr std::size_t kFillerBytes = 30'000;  // seven chunks of a MiB

class Retention : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.start_vendor();
    world_.host_arguments = {"--log-chunk", "1", "--log-keep-mib", "1"};
    ASSERT_TRUE(start());
  }
  // Duplicates are known by 62 ids for each partition, so that they hold two chunks.
  bool start() {
    return world_.start_host_with(world_.workspace() + "\n[dedupe]\nmax_ids = 1000\n");
  }
  void stop() {
    world_.host().signal(SIGTERM);
    ASSERT_EQ(world_.host().wait(), 0);
  }
  void send(int from, int to) {
    for (int i = from; i < to; ++i) {
      json event = track("big-" + std::to_string(i));
      event["userId"] = "ada";
      event["properties"] = {{"filler", std::string(kFillerBytes, 'x')}};
      ASSERT_EQ(world_.post("/v1/track", event).status, 200);
    }
  }
  std::size_t chunks() const {
    std::size_t most = 0;
    for (const auto& lane : fs::directory_iterator(world_.data() + "/log")) {
      if (!lane.is_directory()) continue;
      std::size_t here = 0;
      for (const auto& file : fs::directory_iterator(lane)) {
        here += file.path().extension() == ".chunk" ? 1 : 0;
      }
      most = std::max(most, here);
    }
    return most;
  }
  std::string finding(const std::string& name) const {
    const json doctor = world_.tenon({"doctor"});
    for (const auto& one : doctor["data"]) {
      if (one["name"] == name) return one["text"];
    }
    return "";
  }
  World world_;
};

TEST_F(Retention, WhatWaitsHoldsTheLogAndWhatIsDoneLetsItGo) {
  ASSERT_EQ(world_.cli({"destinations", "pause", "inbox", "--reason", "test"}).status, 0);
  const auto held = [&] {
    return finding("retention").find("destination inbox") != std::string::npos;
  };
  send(0, kEvents / 2);
  EXPECT_TRUE(eventually(held)) << finding("retention");
  // By now the newest chunk has got the configuration, so that all before it may go.
  send(kEvents / 2, kEvents);
  const std::size_t before = chunks();
  ASSERT_GE(before, 6u);

  ASSERT_EQ(world_.cli({"destinations", "resume", "inbox"}).status, 0);
  ASSERT_TRUE(world_.eventually_distinct(kEvents));
  EXPECT_TRUE(eventually([&] { return chunks() < before - 2; })) << finding("retention");

  // What is gone is missed by nobody, whatever the power did to the states.
  world_.host().signal(SIGKILL);
  EXPECT_EQ(world_.host().wait(), 128 + SIGKILL);
  ASSERT_TRUE(start());
  send(kEvents, kEvents + 1);
  ASSERT_TRUE(world_.eventually_distinct(kEvents + 1));
  EXPECT_EQ(message_ids(world_.journal()).size(), std::size_t{kEvents} + 1) << "sent twice";
}

// The range of a replay is forgotten only behind it, and then a dry run says so.
TEST_F(Retention, AReplayThatGoesOnHoldsWhatItHasNotComeTo) {
  world_.host_arguments = {"--log-chunk", "1"};
  stop();
  ASSERT_TRUE(start());
  send(0, kEvents / 2);
  ASSERT_TRUE(world_.eventually_distinct(kEvents / 2));
  // By now the newest chunk has got the configuration, so that all before it may go.
  send(kEvents / 2, kEvents);
  ASSERT_TRUE(world_.eventually_distinct(kEvents));
  const std::vector<std::string> range = {
      "replay", "--destination", "inbox", "--from", "2020-01-01T00:00:00Z", "--to", now_text()};
  const auto replay = [&](std::vector<std::string> more) {
    more.insert(more.begin(), range.begin(), range.end());
    return world_.tenon(more);
  };
  EXPECT_FALSE(replay({"--dry-run"}).contains("log_begins_at"));
  const auto id = replay({"--yes", "--rate", "12/s"}).value("id", "");
  // From now on most of it could go at once.
  world_.host_arguments = {"--log-chunk", "1", "--log-keep-mib", "1"};
  stop();
  ASSERT_TRUE(start());
  json rerun;
  EXPECT_TRUE(eventually([&] {
    rerun = world_.tenon({"replay", "show", id});
    return rerun.value("state", "") == "done";
  })) << rerun.dump(1);
  EXPECT_EQ(rerun["taken"], kEvents) << rerun;
  EXPECT_EQ(rerun["delivered"], kEvents) << rerun;
  // New ids take the place of those by which duplicates are known, which hold the last chunks.
  send(kEvents, kEvents + kEvents / 2);
  EXPECT_TRUE(eventually([&] { return replay({"--dry-run"}).contains("log_begins_at"); }))
      << finding("retention");
}

}  // namespace
}  // namespace tenon::testing
