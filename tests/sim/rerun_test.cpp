// Replays and redrives as scenes: across crashes, cancelled, and behind what is live.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/checkers.hpp"

namespace tenon::sim {
namespace {

// Everything goes well but for what a scene says.
Profile calm() {
  Profile p;
  p.seed = 1;
  p.single = {1, 1, 20, 1'000, 4};
  p.bulk = {20, 20, 1'000, 1'000, 4};
  p.once = {1, 1, 1'000, 1'000, 4};
  p.healthy = {20, 20, 1'000, 1'000, 4};
  p.latency_ms = 60;
  return p;
}

void expect_sound(World& world) {
  const Verdicts verdicts = check(world);
  for (const auto& text : verdicts.problems) ADD_FAILURE() << text;
}

void say_tracks(World& world, int count, const std::string& user, const std::string& bad_for = "") {
  std::vector<ClientEvent> events;
  for (int i = 0; i < count; ++i) {
    events.push_back(world.event("track", user + std::to_string(i % 7), bad_for));
  }
  world.say(std::move(events));
}

std::size_t applications(const World& world, const std::string& destination) {
  std::size_t sum = 0;
  for (const auto& [name, all] : world.ledger().applied) {
    if (name.first == destination) sum += all.size();
  }
  return sum;
}

TEST(Rerun, AReplayAcrossCrashesSendsEachOnceMore) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  say_tracks(world, 120, "u");
  world.tick(seconds{20});
  ASSERT_EQ(applications(world, "single"), 120u);
  const RerunId id = world.replay("single", 15);
  for (int i = 0; i < 4; ++i) {
    world.tick(milliseconds{1'700});
    world.crash();
  }
  world.end();
  const auto& rerun = world.reruns().at(id);
  EXPECT_EQ(rerun.fate, RerunFate::done);
  EXPECT_EQ(rerun.taken, 120u);
  EXPECT_EQ(rerun.delivered, 120u);
  // What a crash cut short went again; nothing else did.
  EXPECT_GE(applications(world, "single"), 240u);
  EXPECT_LE(applications(world, "single"), 240u + 4 * 4);
  expect_sound(world);
}

TEST(Rerun, ACancelledReplayEndsAtOnceAndForGood) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  say_tracks(world, 100, "u");
  world.tick(seconds{20});
  const RerunId id = world.replay("single", 10);
  world.tick(seconds{3});
  world.cancel("single", id);
  world.tick(seconds{1});
  const auto sent = applications(world, "single");
  EXPECT_LT(sent, 150u);
  world.crash();
  world.tick(seconds{60});
  EXPECT_EQ(applications(world, "single"), sent);
  world.end();
  EXPECT_EQ(world.reruns().at(id).fate, RerunFate::cancelled);
  expect_sound(world);
}

TEST(Rerun, ABulkRedriveAcrossCrashesTakesEachLetterOnce) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  say_tracks(world, 60, "good");
  say_tracks(world, 90, "bad", "single");
  world.tick(seconds{30});
  world.vendors().forgive();
  const RerunId id = world.redrive_all("single", "vendor_rejected", 20);
  for (int i = 0; i < 3; ++i) {
    world.tick(milliseconds{1'300});
    world.crash();
  }
  world.end();
  const auto& rerun = world.reruns().at(id);
  EXPECT_EQ(rerun.taken, 90u);
  EXPECT_EQ(rerun.delivered, 90u);
  for (const auto& [key, row] : world.counts()) {
    if (key.destination == "single") {
      EXPECT_EQ(row.dead, 0u);
    }
  }
  expect_sound(world);
}

// Live events come at half of what the vendor allows; beside them a replay of many.
milliseconds slowest_live(bool replay) {
  World world(calm());
  EXPECT_TRUE(world.begin());
  say_tracks(world, 200, "old");
  world.tick(seconds{60});
  if (replay) world.replay("single");
  std::vector<std::int64_t> live;
  for (int i = 0; i < 60; ++i) {
    auto event = world.event("track", "new" + std::to_string(i));
    live.push_back(event.serial);
    std::vector<ClientEvent> one;
    one.push_back(std::move(event));
    world.say(std::move(one));
    world.tick(milliseconds{100});
  }
  world.tick(seconds{60});
  world.end();
  expect_sound(world);
  milliseconds slowest{0};
  for (const auto& [name, all] : world.ledger().applied) {
    const auto serial = all.front().serial;
    if (name.first != "single" || std::find(live.begin(), live.end(), serial) == live.end())
      continue;
    const auto lag = std::chrono::ceil<milliseconds>(all.front().at - world.sent().at(serial).told);
    slowest = std::max(slowest, lag);
  }
  return slowest;
}

TEST(Rerun, WhatIsLiveIsNotSlowedByAReplay) {
  const auto alone = slowest_live(false), beside = slowest_live(true);
  // Requests of the replay may be on their way when a live one comes: half a window of its limit,
  // and each counts from its answer.
  const milliseconds answer{calm().latency_ms};
  EXPECT_LE(beside, alone + milliseconds{500} + answer) << "alone " << alone.count() << " ms";
}

}  // namespace
}  // namespace tenon::sim
