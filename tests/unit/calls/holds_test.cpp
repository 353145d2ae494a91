// Hints: bounded holds that double while a vendor stays away, and buckets that wait.
#include "calls/holds.hpp"

#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using test::CallWorld;

const Time kNow = time_from_us(1'767'225'600'000'000);

Hint hint(HintKind kind, std::string name, std::int64_t until_ms = 0) {
  Hint out;
  out.kind = static_cast<std::uint32_t>(kind);
  out.name = std::move(name);
  out.until_ms = until_ms;
  return out;
}

TEST(NextHold, DoublesFromTryToTryUpToItsCeiling) {
  std::optional<Hold> hold;
  Time now = kNow;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 9; ++i) {
    hold = next_hold(hold, HintKind::vendor_down, "endpoint api", 0, now);
    waits.push_back((hold->until - now).count() / 1'000'000);
    now = hold->until;
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{5, 10, 20, 40, 80, 160, 300, 300, 300}));
}

TEST(NextHold, HintsOfCallsUnderWayTogetherCountAsOne) {
  const auto first = next_hold(std::nullopt, HintKind::auth_rejected, "slot token", 0, kNow);
  const auto second =
      next_hold(first, HintKind::auth_rejected, "slot token", 0, kNow + milliseconds(10));
  EXPECT_EQ(second, first);
}

TEST(NextHold, ATimeIsObeyedWithinADayWhateverTheNumber) {
  const auto at = [](std::int64_t ms) {
    return next_hold(std::nullopt, HintKind::vendor_down, "", ms, kNow).until;
  };
  EXPECT_EQ(at(ms_of(kNow) + 60'000), kNow + seconds(60));
  EXPECT_EQ(at(INT64_MAX), kNow + kMaxHold);
  EXPECT_EQ(at(INT64_MIN), kNow + kFirstDownHold);
  EXPECT_EQ(throttled_until(INT64_MAX, kNow), kNow + kMaxHold);
  EXPECT_EQ(throttled_until(0, kNow), kNow + kUnsaidThrottle);
}

class HoldsTest : public CallWorld {
 protected:
  HintKind take(Hint one) { return holds.take(*target(), {std::move(one)}); }
  milliseconds bucket_wait() { return limiter.wait_hint("crm/sales/default"); }
};

TEST_F(HoldsTest, ThrottledHoldsTheBucketUntilItsTimeAndNotTheDestination) {
  EXPECT_EQ(take(hint(HintKind::throttled, "", ms_of(clock.now()) + 30'000)), HintKind::throttled);
  EXPECT_GT(bucket_wait(), milliseconds(29'000));
  EXPECT_LE(bucket_wait(), milliseconds(30'001));
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(HoldsTest, ABucketThatIsNotDeclaredHoldsTheOneThatIsCharged) {
  take(hint(HintKind::throttled, "made-up", ms_of(clock.now()) + 30'000));
  EXPECT_GT(bucket_wait(), milliseconds(29'000));
}

TEST_F(HoldsTest, TheOthersHoldTheDestinationWithAReasonUntilLifted) {
  take(hint(HintKind::auth_rejected, "token"));
  ASSERT_TRUE(holds.of("sales"));
  EXPECT_EQ(holds.of("sales")->text(),
            "auth_rejected (slot token): the vendor refuses the credential");
  EXPECT_TRUE(holds.held_until("sales"));
  EXPECT_FALSE(holds.held_until("other"));
  clock.advance_by(kFirstAuthHold);
  EXPECT_FALSE(holds.held_until("sales"));
  EXPECT_TRUE(holds.of("sales"));
  holds.lift("sales");
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(HoldsTest, TheLongerOfTwoHoldsCountsAndEachGrowsByItself) {
  take(hint(HintKind::vendor_down, "api", ms_of(clock.now()) + 600'000));
  const auto down_until = *holds.held_until("sales");
  take(hint(HintKind::auth_rejected, "token"));
  EXPECT_EQ(holds.held_until("sales"), down_until);
  EXPECT_EQ(holds.of("sales")->kind, HintKind::vendor_down);
  clock.advance_by(seconds(600));
  for (int i = 0; i < 3; ++i) {
    take(hint(HintKind::auth_rejected, "token"));
    take(hint(HintKind::vendor_down, "api"));
    clock.advance_by(kMaxAuthHold);
  }
  EXPECT_EQ(holds.of("sales")->kind, HintKind::auth_rejected);
  EXPECT_EQ(holds.of("sales")->times, 4u);
}

TEST_F(HoldsTest, WhoWaitsIsWokenByALiftAndOnlyThen) {
  std::vector<std::string> woken;
  holds.on_lift([&woken](const std::string& name) { woken.push_back(name); });
  holds.lift("sales");
  take(hint(HintKind::vendor_down, "api"));
  EXPECT_TRUE(woken.empty());
  holds.lift("sales");
  EXPECT_EQ(woken, std::vector<std::string>{"sales"});
  take(hint(HintKind::auth_rejected, "token"));
  holds.lift_all();
  EXPECT_EQ(woken.size(), 2u);
  EXPECT_FALSE(holds.held_until("sales"));
}

TEST_F(HoldsTest, NamesThatTheManifestLacksAreNotShownAndUnknownKindsAreNothing) {
  take(hint(HintKind::vendor_down, "\x1b[31mfake"));
  EXPECT_EQ(holds.of("sales")->text(), "vendor_down: nothing works at the vendor at present");
  Hint unknown;
  unknown.kind = 99;
  EXPECT_EQ(take(unknown), HintKind::none);
}

}  // namespace
}  // namespace tenon
