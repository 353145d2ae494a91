// The host pauses what is plainly broken, and nothing else.
#include "delivery/auto_pause.hpp"

#include <gtest/gtest.h>

namespace tenon::delivery {
namespace {

const Time kNow = time_from_us(1'767'225'600'000'000);  // 2026-01-01T00:00:00Z

Trouble held(HintKind kind, std::uint32_t times, std::chrono::hours ago) {
  Trouble trouble;
  Hold hold;
  hold.kind = kind;
  hold.times = times;
  hold.since = kNow - ago;
  trouble.hold = hold;
  return trouble;
}

TEST(AutoPause, ACredentialThatIsRefusedAgainAndAgain) {
  using std::chrono::hours;
  EXPECT_FALSE(why_pause(held(HintKind::auth_rejected, kPauseAfterRefusals - 1, hours(40)), kNow));
  const auto why = why_pause(held(HintKind::auth_rejected, kPauseAfterRefusals, hours(1)), kNow);
  ASSERT_TRUE(why);
  EXPECT_EQ(*why,
            "credential_refused: auth_rejected: the vendor refuses the credential; 5 tries since "
            "2025-12-31T23:00:00.000000Z");
}

TEST(AutoPause, AConnectionThatNeedsAPersonAtOnce) {
  Trouble trouble;
  trouble.reconnect = "the vendor answered 400, invalid_grant";
  EXPECT_EQ(why_pause(trouble, kNow), "needs_reconnect: the vendor answered 400, invalid_grant");
}

TEST(AutoPause, AVendorThatIsAwayForADayButNotForTenHours) {
  EXPECT_FALSE(why_pause(held(HintKind::vendor_down, 500, std::chrono::hours(10)), kNow));
  const auto why = why_pause(held(HintKind::vendor_down, 500, kPauseAfterDown), kNow);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->substr(0, 12), "vendor_down:");
}

TEST(AutoPause, AReleaseInQuarantineAndNoOtherFailureOfAWorker) {
  Trouble trouble;
  for (const char* failure : {"", "worker_died", "worker_timeout", "worker_backing_off",
                              "step_failed", "connector_refused"}) {
    trouble.failure = failure;
    EXPECT_FALSE(why_pause(trouble, kNow)) << failure;
  }
  trouble.failure = "quarantined";
  trouble.failure_text = "crm@1.0.0 broke the rules";
  EXPECT_EQ(why_pause(trouble, kNow), "connector_quarantined: crm@1.0.0 broke the rules");
}

TEST(AutoPause, CallsThatTheHostItselfStops) {
  Trouble trouble;
  trouble.blocked.calls = kPauseAfterBlocked - 1;
  trouble.blocked.text = "env:TOKEN is not set";
  EXPECT_FALSE(why_pause(trouble, kNow));
  ++trouble.blocked.calls;
  const auto why = why_pause(trouble, kNow);
  ASSERT_TRUE(why);
  EXPECT_EQ(*why,
            "cannot_send: 5 calls in a row were stopped before anything was sent; the last "
            "one: env:TOKEN is not set");
}

TEST(AutoPause, TheNearestOwnerIsTold) {
  Workspace workspace;
  Destination destination;
  EXPECT_EQ(owner_of(workspace, destination), "");
  workspace.owner = "ops";
  EXPECT_EQ(owner_of(workspace, destination), "ops");
  destination.owner = "crm-team";
  EXPECT_EQ(owner_of(workspace, destination), "crm-team");
}

}  // namespace
}  // namespace tenon::delivery
