// Acts on a rollout: what each does, what it refuses; and who runs which release.
#include "hosting/rollout.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"

namespace tenon {
namespace {

class Acts : public ::testing::Test {
 protected:
  Acts() {
    rollout_.connector = "crm";
    rollout_.stable = "1.0.0";
    facts_.installed = {"1.0.0", "1.1.0", "1.2.0"};
    facts_.followers = {{"hub", "1.0.0"}, {"pub", "1.0.0"}};
  }
  Result<Rollout> act(RolloutDeed deed, std::string version = {}, std::uint32_t percent = 0,
                      std::string destination = {}) {
    RolloutAct act;
    act.deed = deed;
    act.connector = "crm";
    act.version = std::move(version);
    act.percent = percent;
    act.destination = std::move(destination);
    act.reason = "because";
    act.actor = "uid:7";
    now_ = now_ + seconds{1};
    return after(rollout_, act, facts_, now_);
  }
  void done(RolloutDeed deed, std::string version = {}, std::uint32_t percent = 0,
            std::string destination = {}) {
    auto changed = act(deed, std::move(version), percent, std::move(destination));
    ASSERT_TRUE(changed) << changed.error().text();
    rollout_ = std::move(*changed);
  }
  void refused(Result<Rollout> result, ErrorKind kind, const std::string& text) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, kind) << result.error().text();
    EXPECT_NE(result.error().text().find(text), std::string::npos) << result.error().text();
  }

  Rollout rollout_;
  RolloutFacts facts_;
  Time now_ = time_from_us(1'000'000);
};

TEST_F(Acts, FromShadowOverCanaryToAllAndBack) {
  done(RolloutDeed::start, "1.1.0");
  EXPECT_EQ(rollout_.stage, RolloutStage::shadow);
  EXPECT_EQ(rollout_.percent, 0u);
  EXPECT_EQ(rollout_.stable, "1.0.0");
  done(RolloutDeed::canary, "1.1.0", 10);
  EXPECT_EQ(rollout_.stage, RolloutStage::canary);
  const Time since = rollout_.since;
  done(RolloutDeed::freeze);
  EXPECT_EQ(rollout_.since, since) << "only a step begins a new time to look at";
  done(RolloutDeed::unfreeze);
  done(RolloutDeed::promote);
  EXPECT_EQ(rollout_.stable, "1.1.0");
  EXPECT_EQ(rollout_.before, "1.0.0");
  EXPECT_EQ(rollout_.candidate, "");
  EXPECT_EQ(rollout_.stage, RolloutStage::none);
  done(RolloutDeed::roll_back);
  EXPECT_EQ(rollout_.stable, "1.0.0");
  EXPECT_EQ(rollout_.refused, "1.1.0");
  EXPECT_EQ(rollout_.reason, "because");
  EXPECT_EQ(rollout_.actor, "uid:7");
  refused(act(RolloutDeed::roll_back), ErrorKind::conflict, "neither a candidate nor");
}

TEST_F(Acts, ARollbackOfACandidateLeavesTheStableOne) {
  done(RolloutDeed::start, "1.1.0");
  done(RolloutDeed::canary, "", 50);
  done(RolloutDeed::roll_back);
  EXPECT_EQ(rollout_.stable, "1.0.0");
  EXPECT_EQ(rollout_.candidate, "");
  EXPECT_EQ(rollout_.percent, 0u);
  refused(act(RolloutDeed::start, "1.1.0"), ErrorKind::conflict, "--again");
  RolloutAct again;
  again.deed = RolloutDeed::start;
  again.connector = "crm";
  again.version = "1.1.0";
  again.again = true;
  EXPECT_TRUE(after(rollout_, again, facts_, now_));
  EXPECT_TRUE(act(RolloutDeed::start, "1.2.0"));
}

TEST_F(Acts, WhatMakesNoSenseIsRefusedWithTheReason) {
  refused(act(RolloutDeed::start, "1.0.0"), ErrorKind::conflict, "stable release already");
  refused(act(RolloutDeed::start, "9.9.9"), ErrorKind::not_found, "installed: 1.0.0, 1.1.0, 1.2.0");
  refused(act(RolloutDeed::start), ErrorKind::invalid, "wanted a version");
  refused(act(RolloutDeed::canary, "", 10), ErrorKind::conflict, "no candidate");
  refused(act(RolloutDeed::promote), ErrorKind::conflict, "no candidate");
  refused(act(RolloutDeed::unfreeze), ErrorKind::conflict, "not frozen");
  refused(act(RolloutDeed::none), ErrorKind::invalid, "no such act");
  done(RolloutDeed::start, "1.1.0");
  refused(act(RolloutDeed::start, "1.2.0"), ErrorKind::conflict, "has a candidate already");
  refused(act(RolloutDeed::canary, "1.2.0", 10), ErrorKind::conflict, "found 1.2.0");
  refused(act(RolloutDeed::promote, "1.2.0"), ErrorKind::conflict, "found 1.2.0");
  refused(act(RolloutDeed::canary, "", 0), ErrorKind::invalid, "1 to 100");
  refused(act(RolloutDeed::canary, "", 101), ErrorKind::invalid, "1 to 100");
  refused(act(RolloutDeed::hold, "1.0.0"), ErrorKind::conflict, "has a candidate");
}

TEST_F(Acts, AFreezeStopsWhatGoesForwardAndNothingElse) {
  done(RolloutDeed::start, "1.1.0");
  done(RolloutDeed::canary, "", 50);
  done(RolloutDeed::freeze);
  refused(act(RolloutDeed::canary, "", 51), ErrorKind::conflict, "frozen (because)");
  refused(act(RolloutDeed::promote), ErrorKind::conflict, "frozen");
  EXPECT_TRUE(act(RolloutDeed::canary, "", 10));
  EXPECT_TRUE(act(RolloutDeed::roll_back));
}

TEST_F(Acts, ARollbackNeedsWhatItGoesBackTo) {
  done(RolloutDeed::start, "1.1.0");
  done(RolloutDeed::promote);
  facts_.installed = {"1.1.0"};
  refused(act(RolloutDeed::roll_back), ErrorKind::not_found, "1.0.0");
}

TEST_F(Acts, APinHoldsOneDestinationAndComesOffAgain) {
  done(RolloutDeed::pin, "1.0.0", 0, "hub");
  done(RolloutDeed::start, "1.1.0");
  done(RolloutDeed::promote);
  EXPECT_EQ(version_for(rollout_, "hub"), "1.0.0");
  EXPECT_EQ(version_for(rollout_, "pub"), "1.1.0");
  refused(act(RolloutDeed::pin, "1.0.0", 0, "rub"), ErrorKind::not_found, "there are: hub, pub");
  done(RolloutDeed::unpin, "", 0, "hub");
  EXPECT_EQ(version_for(rollout_, "hub"), "1.1.0");
  refused(act(RolloutDeed::unpin, "", 0, "hub"), ErrorKind::not_found, "has no pin");
}

// T9 in values: those who adopted the bad release are not dragged back, newcomers do not get it.
TEST_F(Acts, HoldKeepsNewcomersOffWithoutMovingAdopters) {
  rollout_.stable = "1.1.0";
  facts_.followers = {{"hub", "1.1.0"}, {"pub", "1.1.0"}};
  done(RolloutDeed::hold, "1.0.0");
  EXPECT_EQ(version_for(rollout_, "hub"), "1.1.0");
  EXPECT_EQ(version_for(rollout_, "pub"), "1.1.0");
  EXPECT_EQ(version_for(rollout_, "newcomer"), "1.0.0");
}

TEST_F(Acts, StepsMustAscend) {
  RolloutAct start;
  start.deed = RolloutDeed::start;
  start.connector = "crm";
  start.version = "1.1.0";
  for (const auto& steps : {std::vector<std::uint32_t>{10, 10}, {0, 5}, {50, 101}}) {
    start.policy.steps = steps;
    refused(after(rollout_, start, facts_, now_), ErrorKind::invalid, "ascending");
  }
  start.policy.steps = {1, 50, 100};
  EXPECT_TRUE(after(rollout_, start, facts_, now_));
  start.policy.every = seconds{0};
  refused(after(rollout_, start, facts_, now_), ErrorKind::invalid, "every");
}

TEST(TakesCandidate, TheSharesAreAsAskedStickyAndGrow) {
  DeliveryId delivery;
  std::size_t at_10 = 0, at_50 = 0, other = 0;
  constexpr std::size_t kKeys = 20'000;
  for (std::uint64_t i = 1; i <= kKeys; ++i) {
    const KeyHash key{hash64(std::to_string(i))};
    const bool in_10 = takes_candidate(key, delivery, "crm@1.1.0", 10);
    const bool in_50 = takes_candidate(key, delivery, "crm@1.1.0", 50);
    EXPECT_EQ(in_10, takes_candidate(key, delivery, "crm@1.1.0", 10));
    EXPECT_TRUE(!in_10 || in_50) << "who is in stays in";
    EXPECT_TRUE(takes_candidate(key, delivery, "crm@1.1.0", 100));
    EXPECT_FALSE(takes_candidate(key, delivery, "crm@1.1.0", 0));
    at_10 += in_10;
    at_50 += in_50;
    other += in_10 && takes_candidate(key, delivery, "crm@1.2.0", 10);
  }
  EXPECT_NEAR(static_cast<double>(at_10), kKeys * 0.1, kKeys * 0.01);
  EXPECT_NEAR(static_cast<double>(at_50), kKeys * 0.5, kKeys * 0.02);
  EXPECT_NEAR(static_cast<double>(other), kKeys * 0.01, kKeys * 0.005)
      << "not always the same keys go first";
}

TEST(TakesCandidate, WithoutAKeyTheDeliveryDecides) {
  std::size_t in = 0;
  for (int i = 0; i < 2'000; ++i) {
    DeliveryId delivery;
    delivery.bytes[0] = static_cast<std::uint8_t>(i);
    delivery.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    in += takes_candidate(KeyHash{}, delivery, "crm@1.1.0", 25);
  }
  EXPECT_NEAR(static_cast<double>(in), 500, 100);
}

TEST(Resolve, FillsInWhereTheFileNamesNone) {
  Rollout crm;
  crm.connector = "crm";
  crm.stable = "1.0.0";
  crm.candidate = "1.1.0";
  crm.stage = RolloutStage::canary;
  crm.percent = 10;
  crm.pins = {{"pinned", "0.9.0"}};
  Workspace workspace;
  for (const char* name : {"free", "pinned", "named", "other"}) {
    Destination one;
    one.name = DestinationName(name);
    one.connector = one.name.value == "other" ? "mail" : "crm";
    if (one.name.value == "named") one.release = "1.0.0";
    workspace.destinations.push_back(one);
  }
  resolve(workspace, {crm});
  EXPECT_EQ(workspace.destination("free")->release, "1.0.0");
  EXPECT_TRUE(workspace.destination("free")->follows_rollout);
  EXPECT_EQ(workspace.destination("pinned")->release, "0.9.0");
  EXPECT_EQ(workspace.destination("named")->release, "1.0.0");
  EXPECT_FALSE(workspace.destination("named")->follows_rollout);
  EXPECT_EQ(workspace.destination("other")->release, "");
  const auto with = with_candidates(workspace, {crm}, RolloutStage::canary);
  ASSERT_TRUE(with);
  EXPECT_EQ(with->destination("free")->release, "1.1.0");
  EXPECT_EQ(with->destination("pinned")->release, "0.9.0");
  EXPECT_EQ(with->destination("named")->release, "1.0.0");
  EXPECT_FALSE(with_candidates(workspace, {crm}, RolloutStage::shadow));
}

}  // namespace
}  // namespace tenon
