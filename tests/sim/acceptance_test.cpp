// The acceptance tests of the delivery engine, each a scene in a simulated world, with the exact
// checkers behind it: what users of such platforms complain of must not happen here.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/checkers.hpp"

namespace tenon::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Everything goes well but for what a scene says.
Profile calm() {
  Profile p;
  p.seed = 1;
  p.single = {1, 1, 1'000, 1'000, 8};
  p.bulk = {20, 20, 1'000, 1'000, 4};
  p.once = {1, 1, 1'000, 1'000, 4};
  p.healthy = {20, 20, 1'000, 1'000, 4};
  p.latency_ms = 60;
  return p;
}

// So many times a hundred tracks of a hundred users.
void say_hundreds(World& world, int times) {
  for (int batch = 0; batch < times; ++batch) {
    std::vector<ClientEvent> events;
    for (int i = 0; i < 100; ++i) events.push_back(world.event("track", "u" + std::to_string(i)));
    world.say(std::move(events));
  }
}

void expect_sound(World& world) {
  const Verdicts verdicts = check(world);
  for (const auto& text : verdicts.problems) ADD_FAILURE() << text;
}

// From the moment the client sent it until its first effect at the vendor; nothing: none yet.
std::map<std::int64_t, Instant> first_effects(const World& world, const std::string& destination) {
  std::map<std::int64_t, Instant> first;
  for (const auto& [name, all] : world.ledger().applied) {
    if (name.first == destination) first.emplace(all.front().serial, all.front().at);
  }
  return first;
}

milliseconds p99_of(std::vector<milliseconds> all) {
  std::sort(all.begin(), all.end());
  return all.empty() ? milliseconds{0} : all[(all.size() * 99 + 99) / 100 - 1];
}

milliseconds p99_lag(const World& world, const std::string& destination,
                     const std::function<bool(const ClientEvent&)>& which) {
  std::vector<milliseconds> lags;
  const auto first = first_effects(world, destination);
  for (const auto& [serial, event] : world.sent()) {
    if (!which(event)) continue;
    const auto at = first.find(serial);
    EXPECT_NE(at, first.end()) << "event n " << serial << " has not arrived";
    if (at == first.end()) continue;
    lags.push_back(std::chrono::ceil<milliseconds>(at->second - event.told));
  }
  EXPECT_FALSE(lags.empty());
  return p99_of(std::move(lags));
}

// A key at a hundred times the rate of the others. The vendor fails for this key: each of its
// events needs several tries.
milliseconds others_p99(bool hot_fails) {
  Profile profile = calm();
  World world(profile);
  EXPECT_TRUE(world.begin());
  if (hot_fails) world.vendors().fail_for("hot", 2);
  for (int second = 0; second < 60; ++second) {
    std::vector<ClientEvent> events;
    for (int i = 0; i < 10; ++i) events.push_back(world.event("track", "hot"));
    if (second % 10 == 0) {
      for (int user = 0; user < 20; ++user) {
        events.push_back(world.event("track", "user" + std::to_string(user)));
      }
    }
    world.say(std::move(events));
    world.tick(seconds{1});
  }
  world.end();
  expect_sound(world);  // also: the events of each key in order
  return p99_lag(world, "single", [](const ClientEvent& event) { return event.user != "hot"; });
}

TEST(Acceptance, T1HotKeyKeepsItsOrderAndSlowsNobody) {
  const auto alone = others_p99(false), beside = others_p99(true);
  EXPECT_LE(beside, alone + alone / 10 + milliseconds{20});
}

TEST(Acceptance, T2DeadDestinationForTenHoursDoesNotTouchTwentyHealthyOnes) {
  Profile profile = calm();
  profile.healthy_ones = 20;
  profile.bulk = {20, 20, 10, 10'000, 2};
  World world(profile);
  ASSERT_TRUE(world.begin());
  world.vendors().set_health("bulk", VendorHealth::silent);
  const Instant until = world.now() + hours{10};
  for (int i = 0; world.now() < until; ++i) {
    world.say({world.event("track", "user" + std::to_string(i % 7))});
    world.tick(minutes{5});
  }
  EXPECT_TRUE(first_effects(world, "bulk").empty());
  const auto everyone = [](const ClientEvent&) { return true; };
  for (const auto& name : world.destinations()) {
    if (!name.starts_with("healthy")) continue;
    EXPECT_LT(p99_lag(world, name, everyone), seconds{1}) << name;
  }
  world.vendors().set_health("bulk", VendorHealth::well);
  world.end();
  expect_sound(world);  // the quota was kept, nothing is left
  EXPECT_EQ(first_effects(world, "bulk").size(), world.sent().size());
}

// One event at which the vendor chokes opens the circuit breaker, or is there when it opens: the
// probes must find out about the others all the same.
void others_pass_the_choker(bool vendor_down_at_first) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  for (const char* name : {"single", "bulk"}) {
    if (vendor_down_at_first) world.vendors().set_health(name, VendorHealth::failing);
  }
  world.vendors().choke_on("choker");
  world.say({world.event("track", "choker")});
  if (!vendor_down_at_first) world.tick(minutes{3});
  std::vector<ClientEvent> events;
  for (int i = 0; i < 12; ++i) events.push_back(world.event("track", "u" + std::to_string(i)));
  world.say(std::move(events));
  if (vendor_down_at_first) world.tick(minutes{3});
  EXPECT_TRUE(first_effects(world, "single").empty() || !vendor_down_at_first);
  for (const char* name : {"single", "bulk"}) {
    world.vendors().set_health(name, VendorHealth::well);
  }
  world.tick(minutes{15});
  EXPECT_EQ(first_effects(world, "single").size(), 12u);
  EXPECT_EQ(first_effects(world, "bulk").size(), 12u);
  world.vendors().choke_on("");
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "bulk").size(), 13u);
}

TEST(Acceptance, T2OneDeliveryThatAlwaysFailsIsNotEveryProbe) { others_pass_the_choker(false); }
TEST(Acceptance, T2AVendorThatComesBackGetsAllButTheOneItChokesOn) { others_pass_the_choker(true); }

// Three hundred deliveries that fail again and again want more than the vendor takes.
TEST(Acceptance, T2RetriesLeaveRoomForFreshWork) {
  Profile profile = calm();
  profile.single = {1, 1, 10, 1'000, 2};
  World world(profile);
  ASSERT_TRUE(world.begin());
  world.vendors().fail_for("", 12);
  for (int batch = 0; batch < 3; ++batch) {
    std::vector<ClientEvent> events;
    for (int i = 0; i < 100; ++i) events.push_back(world.event("track", ""));
    world.say(std::move(events));
  }
  world.tick(seconds{45});
  for (int second = 0; second < 60; ++second) {
    world.say({world.event("track", "u" + std::to_string(second % 7))});
    world.tick(seconds{1});
  }
  EXPECT_GT(world.runner("single").status().retry_share, 50u) << "what fresh work leaves they get";
  const auto fresh = [](const ClientEvent& event) { return !event.user.empty(); };
  EXPECT_LT(p99_lag(world, "single", fresh), seconds{3});
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "single").size(), 360u);
}

TEST(Acceptance, T3QuotaPerMinuteHoldsUnderTenfoldBacklog) {
  Profile profile = calm();
  profile.single = {1, 1, 750, 60'000, 8};
  profile.too_many = 3;  // with Retry-After in seconds, as a date, or without a word
  World world(profile);
  ASSERT_TRUE(world.begin());
  say_hundreds(world, 75);
  world.tick(minutes{4});
  world.crash();  // what was leased counts as used
  world.tick(minutes{4});
  world.end();
  expect_sound(world);  // the vendor counts its windows and remembers its Retry-After
  EXPECT_EQ(first_effects(world, "single").size(), 7'500u);
  const auto& arrivals = world.vendors().arrivals("single");
  EXPECT_GE(arrivals.size(), 7'500u);
  // Nor is it much slower than the quota allows.
  EXPECT_LT(arrivals.back() - arrivals.front(), minutes{20});
}

// A request may be on its way for long, and the next not at all: the vendor counts what comes in.
TEST(Acceptance, T3QuotaHoldsWhereTheVendorCountsIt) {
  Profile profile = calm();
  profile.single = {1, 1, 40, 1'000, 8};
  profile.latency_ms = 5;
  profile.transit_ms = 150;
  World world(profile);
  ASSERT_TRUE(world.begin());
  for (int batch = 0; batch < 15; ++batch) {
    std::vector<ClientEvent> events;
    for (int i = 0; i < 100; ++i) events.push_back(world.event("track", "u" + std::to_string(i)));
    world.say(std::move(events));
  }
  world.tick(seconds{10});
  world.crash();
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "single").size(), 1'500u);
  const auto& arrivals = world.vendors().arrivals("single");
  EXPECT_LT(arrivals.back() - arrivals.front(), seconds{55}) << "a window and a way for each forty";
}

// The manifest says 750 a minute, the account's tier has 300: the vendor's headers tell.
TEST(Acceptance, T3WhatTheVendorsHeadersTellIsKeptTo) {
  Profile profile = calm();
  profile.single = {1, 1, 750, 60'000, 8};
  World world(profile);
  ASSERT_TRUE(world.begin());
  world.vendors().set_quota("single", 300, seconds{60});
  say_hundreds(world, 15);
  world.tick(minutes{2});
  world.crash();
  world.tick(minutes{8});
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "single").size(), 1'500u);
  // A restart has forgotten what it was told: it may hit the wall once with all that is under way.
  EXPECT_LE(world.vendors().over_quota("single"), 20u);
  const auto& arrivals = world.vendors().arrivals("single");
  EXPECT_LT(arrivals.back() - arrivals.front(), minutes{9});
}

// It has the quota, enforces it, and says nothing but 429: the pace falls until it fits.
TEST(Acceptance, T3ASilentWindowIsFoundByThePace) {
  Profile profile = calm();
  profile.single = {1, 1, 40, 1'000, 8};
  World world(profile);
  ASSERT_TRUE(world.begin());
  world.vendors().set_quota("single", 10, seconds{1}, false);
  say_hundreds(world, 15);
  world.tick(minutes{10});
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "single").size(), 1'500u);
  const auto& arrivals = world.vendors().arrivals("single");
  EXPECT_LT(world.vendors().over_quota("single"), arrivals.size() / 5) << "most of them fit";
  EXPECT_LT(arrivals.back() - arrivals.front(), minutes{8});
}

TEST(Acceptance, T4OneBadRowOfAThousandDiesAlone) {
  Profile profile = calm();
  profile.bulk = {1'000, 1'000, 1'000, 1'000, 1};
  World world(profile);
  ASSERT_TRUE(world.begin());
  world.pause("bulk");  // so that they wait for one another
  world.tick(seconds{1});
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<ClientEvent> events;
    for (int i = 0; i < 100; ++i) {
      const bool bad = batch == 4 && i == 17;
      events.push_back(world.event("track", "", bad ? "bulk" : ""));
    }
    world.say(std::move(events));
  }
  world.tick(seconds{10});
  world.resume("bulk");
  world.tick(seconds{10});
  delivery::LetterFilter dead;
  dead.state = delivery::RowState::dead;
  const auto rows = world.runner("bulk").fold().letters(dead, "", 10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->rows.size(), 1u);
  EXPECT_EQ(rows->rows[0].reason, "vendor_rejected");
  EXPECT_EQ(rows->rows[0].vendor_code, "BAD_ROW");
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "bulk").size(), 999u);
  std::size_t carried = 0;
  for (const auto& [name, times] : world.ledger().carried) {
    if (name.first != "bulk") continue;
    ++carried;
    EXPECT_EQ(times, 1u) << name.second;
  }
  EXPECT_EQ(carried, 1'000u);
  EXPECT_EQ(world.vendors().arrivals("bulk").size(), 1u);
}

TEST(Acceptance, T5SuccessWithoutEffectIsNeverDelivered) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  for (const char* name : {"single", "bulk"}) {
    world.vendors().set_health(name, VendorHealth::idle);
  }
  for (int i = 0; i < 50; ++i) world.say({world.event("track", "u" + std::to_string(i))});
  world.tick(minutes{10});
  for (const char* name : {"single", "bulk"}) {
    EXPECT_TRUE(first_effects(world, name).empty());
    auto counts = world.runner(name).fold().totals();
    ASSERT_TRUE(counts);
    EXPECT_EQ((*counts)[delivery::CountKind::delivered], 0) << name;
    EXPECT_GT(world.vendors().arrivals(name).size(), 0u);
    world.vendors().set_health(name, VendorHealth::well);
  }
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "single").size(), 50u);
}

// A vendor that must not get anything twice: the host dies again and again between a request and
// its answer. With a look at what the vendor has, nobody has to decide anything.
std::size_t left_to_a_person(bool can_be_asked) {
  Profile profile = calm();
  profile.once_reads = can_be_asked;
  profile.latency_ms = 1'500;
  profile.lost = 200;  // and some connections break
  World world(profile);
  EXPECT_TRUE(world.begin());
  for (int i = 0; i < 60; ++i) {
    world.say({world.event("identify", "u" + std::to_string(i % 7))});
    world.tick(milliseconds{400});
    if (i % 5 == 4) world.crash();
  }
  world.end();
  expect_sound(world);  // nothing was applied twice
  std::size_t left = 0;
  for (const auto& [key, row] : world.counts()) {
    if (key.destination == "once") left += row.ambiguous;
  }
  EXPECT_EQ(first_effects(world, "once").size() == 60, can_be_asked);
  return left;
}

TEST(Acceptance, WhatTheVendorCanBeAskedAboutIsNotLeftAmbiguous) {
  EXPECT_GT(left_to_a_person(false), 0u);
  EXPECT_EQ(left_to_a_person(true), 0u);
}

TEST(Acceptance, T10RedriveTouchesTheFailedOfOneDestinationOnly) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  std::vector<ClientEvent> events;
  for (int i = 0; i < 40; ++i) {
    const char* bad_for = i % 4 == 0 ? "bulk" : i % 4 == 1 ? "single" : "";
    events.push_back(world.event("track", "u" + std::to_string(i % 5), bad_for));
  }
  world.say(std::move(events));
  world.tick(hours{24 * 7});
  const auto before = world.ledger().carried;
  world.vendors().forgive();  // the bug is fixed
  world.redrive("bulk");
  world.tick(minutes{10});
  std::size_t again = 0;
  for (const auto& [name, times] : world.ledger().carried) {
    if (times == before.at(name)) continue;
    ++again;
    EXPECT_EQ(name.first, "bulk") << name.second;
    EXPECT_EQ(world.ledger().rejections.at(name), 1u);
  }
  EXPECT_EQ(again, 10u);
  world.end();
  expect_sound(world);
  EXPECT_EQ(first_effects(world, "bulk").size(), 40u);
  EXPECT_EQ(first_effects(world, "single").size(), 30u);
}

// Two days away, then back: `then` decides what becomes of what came meanwhile.
std::vector<delivery::Skip> away_for_two_days(const std::function<void(World&)>& then,
                                              std::size_t arrive_later) {
  World world(calm());
  EXPECT_TRUE(world.begin());
  world.say({world.event("track", "before")});
  world.tick(minutes{1});
  world.pause("bulk");
  for (int i = 0; i < 48; ++i) {
    world.say({world.event("track", "u" + std::to_string(i % 3))});
    world.tick(hours{1});
    if (i == 20) world.crash();
  }
  EXPECT_EQ(first_effects(world, "bulk").size(), 1u);
  EXPECT_EQ(first_effects(world, "single").size(), 49u);
  then(world);
  world.tick(seconds{5});
  const auto listed = world.runner("bulk").fold().skips();
  world.end();
  expect_sound(world);  // what was skipped is listed as skipped, and the counts add up
  EXPECT_EQ(first_effects(world, "bulk").size(), 1u + arrive_later);
  EXPECT_TRUE(listed);
  return listed ? *listed : std::vector<delivery::Skip>();
}

TEST(Acceptance, T11PausedForTwoDaysThenGoesOnWhereItStood) {
  const auto skips = away_for_two_days([](World& world) { world.resume("bulk"); }, 48);
  EXPECT_TRUE(skips.empty());
}

TEST(Acceptance, T11PausedForTwoDaysThenSkipsOnPurpose) {
  const auto skips = away_for_two_days(
      [](World& world) {
        world.skip("bulk");
        world.tick(seconds{5});
        world.crash();  // the list is folded from the log, too
        world.resume("bulk");
      },
      0);
  ASSERT_EQ(skips.size(), 1u);
  EXPECT_EQ(skips[0].reason, "a test");
  EXPECT_EQ(skips[0].actor, "sim");
  EXPECT_EQ(skips[0].count, 48);
  EXPECT_EQ(skips[0].hours.size(), 48u) << "one an hour";
}

// The vendor refuses the credential: a person is needed, and more tries do harm only.
TEST(Acceptance, T11TheHostPausesWhatIsPlainlyBrokenAndKeepsItsEvents) {
  World world(calm());
  ASSERT_TRUE(world.begin());
  world.vendors().set_health("bulk", VendorHealth::locked);
  for (int i = 0; i < 24; ++i) {
    world.say({world.event("track", "u" + std::to_string(i % 3))});
    world.tick(minutes{10});
    if (i == 15) world.crash();
  }
  const auto pause = world.runner("bulk").status().pause;
  ASSERT_TRUE(pause.paused);
  EXPECT_EQ(pause.actor, "host");
  EXPECT_TRUE(pause.reason.starts_with("credential_refused: ")) << pause.reason;
  EXPECT_LT(world.vendors().arrivals("bulk").size(), 30u);
  EXPECT_EQ(first_effects(world, "single").size(), 24u) << "the others go on";
  world.vendors().set_health("bulk", VendorHealth::well);
  world.tick(hours{1});
  EXPECT_TRUE(first_effects(world, "bulk").empty()) << "until a person says so";
  world.resume("bulk");
  world.tick(minutes{1});
  EXPECT_EQ(first_effects(world, "bulk").size(), 24u);
  world.end();
  expect_sound(world);
}

}  // namespace
}  // namespace tenon::sim
