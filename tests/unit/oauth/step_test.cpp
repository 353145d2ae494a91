// Decisions about a connection, as a table of moments.
#include "oauth/step.hpp"

#include <gtest/gtest.h>

namespace tenon::oauth {
namespace {

const Time kBegin = time_from_us(1'767'225'600'000'000);

Grant hour() {
  Grant grant;
  grant.generation = grant.begun = 3;
  grant.access_token = Secret("a");
  grant.refresh_token = Secret("r");
  grant.obtained = kBegin;
  grant.expires = kBegin + seconds{3'600};
  return grant;
}

Situation at(seconds since) {
  Situation situation;
  situation.now = kBegin + since;
  situation.self = 7;
  situation.can_renew = true;
  return situation;
}

TEST(Step, ALife) {
  EXPECT_EQ(next_step(hour(), at(seconds{1})).kind, StepKind::use);
  EXPECT_EQ(next_step(hour(), at(seconds{2'879})).kind, StepKind::use);
  EXPECT_EQ(next_step(hour(), at(seconds{2'880})).kind, StepKind::renew_ahead);
  EXPECT_EQ(next_step(hour(), at(seconds{3'589})).kind, StepKind::renew_ahead);
  EXPECT_EQ(next_step(hour(), at(seconds{3'590})).kind, StepKind::renew) << "last moments";
  EXPECT_EQ(next_step(Grant(), at(seconds{0})).kind, StepKind::renew);
}

TEST(Step, JitterTakesOffUpToATenth) {
  auto situation = at(seconds{2'521});
  situation.jitter = 100;
  EXPECT_EQ(next_step(hour(), situation).kind, StepKind::renew_ahead);
  situation.jitter = 0;
  EXPECT_EQ(next_step(hour(), situation).kind, StepKind::use);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Time when = renew_at(hour(), 80, i);
    EXPECT_GE(when, kBegin + seconds{2'520});
    EXPECT_LE(when, kBegin + seconds{2'880});
  }
}

TEST(Step, ARefusedTokenIsNotUsed) {
  auto situation = at(seconds{1});
  situation.refused = true;
  EXPECT_EQ(next_step(hour(), situation).kind, StepKind::renew);
  situation.retry_at = kBegin + seconds{9};
  const auto step = next_step(hour(), situation);
  EXPECT_EQ(step.kind, StepKind::wait);
  EXPECT_EQ(step.until, kBegin + seconds{9});
}

TEST(Step, AFailedTryAheadOfTheEndHarmsNobody) {
  auto situation = at(seconds{3'000});
  situation.retry_at = kBegin + seconds{3'010};
  EXPECT_EQ(next_step(hour(), situation).kind, StepKind::use);
}

TEST(Step, NeedsAPerson) {
  auto grant = hour();
  grant.reconnect = "invalid_grant";
  EXPECT_EQ(next_step(grant, at(seconds{3'000})).kind, StepKind::use) << "as long as it lasts";
  EXPECT_EQ(next_step(grant, at(seconds{3'600})).kind, StepKind::reconnect);
  EXPECT_EQ(next_step(grant, at(seconds{3'600})).why, "invalid_grant");
  auto again = at(seconds{3'600});
  again.once_more = true;
  EXPECT_EQ(next_step(grant, again).kind, StepKind::renew);
}

TEST(Step, WithoutAWayToRenew) {
  auto situation = at(seconds{3'600});
  situation.can_renew = false;
  EXPECT_EQ(next_step(hour(), situation).kind, StepKind::reconnect);
  EXPECT_NE(next_step(hour(), situation).why.find("has ended"), std::string::npos);
  EXPECT_NE(next_step(Grant(), situation).why.find("nobody has connected"), std::string::npos);
}

TEST(Step, AnotherHostsExchange) {
  auto grant = hour();
  grant.owner = 8;
  grant.begun_at = kBegin + seconds{3'590};
  auto situation = at(seconds{3'600});
  situation.alone = false;
  EXPECT_EQ(next_step(grant, situation).kind, StepKind::follow);
  situation.now = grant.begun_at + kExchangeLease;
  EXPECT_EQ(next_step(grant, situation).kind, StepKind::renew) << "that host is gone";
  situation.now = kBegin + seconds{3'600};
  situation.alone = true;
  EXPECT_EQ(next_step(grant, situation).kind, StepKind::renew) << "an earlier run of this host";
}

TEST(Step, Delays) {
  EXPECT_EQ(retry_delay(1, milliseconds{0}), kFirstRetry);
  EXPECT_EQ(retry_delay(3, milliseconds{0}), kFirstRetry * 4);
  EXPECT_EQ(retry_delay(4'000'000, milliseconds{0}), kLongestRetry);
  EXPECT_EQ(retry_delay(1, milliseconds{60'000}), milliseconds{60'000});
  EXPECT_EQ(retry_delay(1, std::chrono::hours{24}), kLongestAskedRetry);
}

TEST(Grant, ComesBackAsItWent) {
  auto grant = hour();
  grant.owner = 9;
  grant.in_doubt = true;
  grant.reconnect = "why";
  grant.seed = "s";
  const auto bytes = encode(grant);
  const auto back = decode_grant(bytes.reveal());
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back).reveal(), bytes.reveal());
  for (std::size_t n = 0; n < bytes.reveal().size(); ++n) {
    EXPECT_FALSE(decode_grant(bytes.reveal().substr(0, n))) << n;
  }
  EXPECT_FALSE(decode_grant(std::string(bytes.reveal()) + "x"));
  EXPECT_EQ(decode_grant(std::string("\x02") + std::string(200, '\0')).error().kind,
            ErrorKind::unsupported);
}

}  // namespace
}  // namespace tenon::oauth
