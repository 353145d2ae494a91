// The circuit breaker: opens after so many failing calls in a row, probes, closes when served.
#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using test::asks_then;
using test::CallWorld;

HttpReply reply_of(Got got, std::uint32_t status = 0) {
  HttpReply reply;
  reply.got = got;
  reply.status = status;
  return reply;
}

TEST(ContactOf, OneAnswerBelow500IsServedAndOurOwnRefusalIsNoNews) {
  EXPECT_EQ(contact_of(Contact::none, reply_of(Got::http, 200)), Contact::served);
  EXPECT_EQ(contact_of(Contact::none, reply_of(Got::http, 429)), Contact::served);
  EXPECT_EQ(contact_of(Contact::none, reply_of(Got::http, 503)), Contact::failing);
  for (const Got got : {Got::timeout, Got::no_connection, Got::lost}) {
    EXPECT_EQ(contact_of(Contact::none, reply_of(got)), Contact::failing);
    EXPECT_EQ(contact_of(Contact::served, reply_of(got)), Contact::served);
  }
  EXPECT_EQ(contact_of(Contact::none, reply_of(Got::blocked)), Contact::blocked);
  EXPECT_EQ(contact_of(Contact::none, reply_of(Got::http, 401)), Contact::refused);
  EXPECT_EQ(contact_of(Contact::failing, reply_of(Got::http, 401)), Contact::refused);
  EXPECT_EQ(contact_of(Contact::refused, reply_of(Got::http, 403)), Contact::served);
  EXPECT_EQ(contact_of(Contact::failing, reply_of(Got::blocked)), Contact::failing);
}

class BreakerTest : public CallWorld {
 protected:
  BreakerTest() { runtime.on_step = asks_then(StepResult()); }

  // What the call told of the vendor as a whole.
  HintKind call(const HttpReply& answer) {
    client.replies.assign(10, answer);  // whoever asks again gets the same
    Call call;
    call.op = Op::check;
    CallRun one(doors(), target(), std::move(call), clock.instant() + seconds(30), Lane::live);
    EXPECT_TRUE(run(one.to_end()));
    return one.hinted();
  }
  HintKind down() { return call(reply_of(Got::no_connection)); }
  void open_it() {
    for (std::uint32_t i = 0; i < kBreakerAfter; ++i) down();
    ASSERT_TRUE(holds.of("sales"));
  }
};

TEST_F(BreakerTest, OpensAfterCallsInARowAndSaysWhy) {
  for (std::uint32_t i = 1; i < kBreakerAfter; ++i) {
    EXPECT_EQ(down(), HintKind::none);
    EXPECT_FALSE(holds.of("sales"));
  }
  EXPECT_EQ(call(reply_of(Got::http, 502)), HintKind::vendor_down);
  ASSERT_TRUE(holds.held_until("sales"));
  EXPECT_EQ(holds.of("sales")->text(),
            "vendor_down (circuit breaker: 5 calls failed in a row): nothing works at the vendor "
            "at present");
}

TEST_F(BreakerTest, OneServedCallBeginsTheRowAnew) {
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t i = 1; i < kBreakerAfter; ++i) down();
    EXPECT_EQ(call(reply_of(Got::http, 404)), HintKind::none);
  }
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(BreakerTest, EachProbeThatFailsWaitsLongerAndAServedOneCloses) {
  open_it();
  for (const auto wait : {kFirstDownHold, 2 * kFirstDownHold, 4 * kFirstDownHold}) {
    const auto until = holds.held_until("sales");
    ASSERT_TRUE(until);
    EXPECT_EQ(*until - clock.now(), wait);
    clock.advance_by(wait);
    EXPECT_FALSE(holds.held_until("sales"));
    EXPECT_EQ(down(), HintKind::vendor_down);
  }
  clock.advance_by(kMaxDownHold);
  EXPECT_EQ(call(reply_of(Got::http, 200)), HintKind::none);
  EXPECT_FALSE(holds.of("sales"));
  EXPECT_EQ(down(), HintKind::none);  // the next row is a new one
}

TEST_F(BreakerTest, AConnectorThatFailedItsStepDoesNotLiftWhatHolds) {
  open_it();
  StepResult failed;
  failed.status = -1;
  runtime.on_step = asks_then(failed);
  client.replies = {reply_of(Got::http, 200)};
  Call call;
  call.op = Op::check;
  CallRun one(doors(), target(), std::move(call), clock.instant() + seconds(30), Lane::live);
  EXPECT_FALSE(run(one.to_end()));
  EXPECT_TRUE(holds.of("sales"));
}

TEST_F(BreakerTest, CallsThatAllMeet401HoldAsARefusedCredential) {
  const auto refused = [&] { return call(reply_of(Got::http, 401)); };
  for (std::uint32_t i = 1; i < kBreakerAfter; ++i) EXPECT_EQ(refused(), HintKind::none);
  EXPECT_EQ(refused(), HintKind::auth_rejected);
  ASSERT_TRUE(holds.of("sales"));
  EXPECT_EQ(holds.of("sales")->text(),
            "auth_rejected (401 to 5 calls in a row): the vendor refuses the credential");
  const Time since = clock.now();
  clock.advance_by(kFirstAuthHold);
  EXPECT_EQ(refused(), HintKind::auth_rejected) << "behind a hold one is enough";
  EXPECT_EQ(holds.of("sales")->times, 2u);
  EXPECT_EQ(holds.of("sales")->since, since);
  EXPECT_EQ(call(reply_of(Got::http, 200)), HintKind::none);
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(BreakerTest, TheRowOfOneKindEndsThatOfTheOther) {
  for (std::uint32_t i = 1; i < 2 * kBreakerAfter; ++i) {
    EXPECT_EQ(call(reply_of(Got::http, i % 2 == 0 ? 401 : 503)), HintKind::none);
  }
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(BreakerTest, CallsThatOurOwnRulesStopAreCountedWithTheReason) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    if (call.step > 0) return result;
    result.requests.push_back(test::get_request());
    result.requests[0].endpoint = "elsewhere";
    result.suspended = true;
    return result;
  };
  for (int i = 0; i < 3; ++i) call(reply_of(Got::http, 200));
  EXPECT_EQ(holds.blocked("sales").calls, 3u);
  EXPECT_NE(holds.blocked("sales").text.find("elsewhere"), std::string::npos);
  EXPECT_FALSE(holds.of("sales"));
  runtime.on_step = asks_then(StepResult());
  call(reply_of(Got::http, 200));
  EXPECT_EQ(holds.blocked("sales").calls, 0u);
}

}  // namespace
}  // namespace tenon
