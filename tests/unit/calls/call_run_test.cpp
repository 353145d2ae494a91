// One call: steps and sends in turn, state and replies carried, hints acted on, ends told.
#include "calls/call_run.hpp"

#include "calls/check.hpp"
#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using test::asks_then;
using test::CallWorld;
using test::get_request;

class CallRunTest : public CallWorld {
 protected:
  CallRun call_run(Op op = Op::check) {
    Call call;
    call.op = op;
    return CallRun(doors(), target(), std::move(call), clock.instant() + seconds(30), Lane::live);
  }
};

TEST_F(CallRunTest, LooksUpThenWritesWithTheStateThatTheHostKeeps) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    if (call.step < 2) {
      result.requests.push_back(get_request(call.step + 5));
      result.suspended = true;
      result.state = "after " + std::to_string(call.step);
    }
    return result;
  };
  HttpReply first, second;
  first.got = second.got = Got::http;
  first.status = second.status = 200;
  first.body = "looked up";
  second.body = "written";
  client.replies = {first, second};
  auto call = call_run();
  EXPECT_TRUE(run(call.to_end()));
  ASSERT_EQ(runtime.calls.size(), 3u);
  EXPECT_EQ(runtime.calls[1].state, "after 0");
  EXPECT_EQ(runtime.calls[1].responses[0].reply.body, "looked up");
  EXPECT_EQ(runtime.calls[1].responses[0].tag, 5u);
  EXPECT_EQ(runtime.calls[2].state, "after 1");
  EXPECT_EQ(runtime.calls[2].responses[0].reply.body, "written");
  EXPECT_EQ(call.notes().size(), 2u);
  EXPECT_EQ(call.notes()[1].step, 1u);
}

TEST_F(CallRunTest, AConnectorThatNeverEndsIsStopped) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.requests.push_back(get_request());
    result.suspended = true;
    return result;
  };
  auto call = call_run();
  EXPECT_FALSE(run(call.to_end()));
  EXPECT_EQ(call.failure()->kind, "step_failed");
  EXPECT_EQ(runtime.calls.size(), kMaxCallSteps);
}

TEST_F(CallRunTest, ARecordIsEndedOnceInACall) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    result.outcomes.resize(1);
    if (call.step > 0) return result;
    result.requests.push_back(get_request());
    result.suspended = true;
    return result;
  };
  auto call = call_run(Op::deliver);
  EXPECT_FALSE(run(call.to_end()));
  ASSERT_TRUE(call.failure());
  EXPECT_EQ(call.failure()->kind, "step_failed");
  EXPECT_EQ(call.contradicted(), 0u);
  EXPECT_NE(call.failure()->text.find("wanted one for record 0 in the call, found a second one"),
            std::string::npos)
      << call.failure()->text;
}

TEST_F(CallRunTest, EmitsThatAreGatheredAreBounded) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.requests.push_back(get_request());
    result.suspended = true;
    result.emits.resize(4'000);
    return result;
  };
  auto call = call_run(Op::readback);
  EXPECT_FALSE(run(call.to_end()));
  EXPECT_EQ(runtime.calls.size(), 3u);
}

TEST_F(CallRunTest, TheBytesOfEmitsThatAreGatheredAreBounded) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.requests.push_back(get_request());
    result.suspended = true;
    result.emits.resize(1);
    result.emits[0].body.assign(7u << 20, 'x');
    return result;
  };
  auto call = call_run(Op::readback);
  EXPECT_FALSE(run(call.to_end()));
  EXPECT_EQ(runtime.calls.size(), 3u);
  EXPECT_NE(call.failure()->text.find("bytes of them"), std::string::npos);
}

TEST_F(CallRunTest, ADelayEndsAtTheDeadlineAndTheConnectorIsToldThatNothingWasSent) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    if (call.step > 0) return result;
    result.requests.push_back(get_request());
    result.suspended = true;
    result.delay_ms = 3'600'000;
    return result;
  };
  const Instant before = clock.instant();
  auto call = call_run();
  EXPECT_TRUE(run(call.to_end()));
  EXPECT_EQ(clock.instant() - before, seconds(30));
  ASSERT_EQ(runtime.calls.size(), 2u);
  EXPECT_EQ(runtime.calls[1].responses[0].reply.got, Got::no_connection);
  EXPECT_TRUE(client.sent.empty());
}

TEST_F(CallRunTest, TheGravestNewsOfTheCallIsKept) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    Hint hint;
    hint.kind = call.step == 0 ? 2 : 1;
    result.hints.push_back(hint);
    if (call.step > 0) return result;
    result.requests.push_back(get_request());
    result.suspended = true;
    return result;
  };
  auto call = call_run();
  EXPECT_TRUE(run(call.to_end()));
  EXPECT_EQ(call.hinted(), HintKind::auth_rejected);
}

TEST_F(CallRunTest, AHintBesideAFailingStatusHoldsAndALaterSuccessLifts) {
  runtime.on_step = [](const Call&) -> Result<StepResult> {
    StepResult result;
    result.status = -3;
    result.explain = "refused";
    Hint hint;
    hint.kind = 2;
    hint.name = "token";
    result.hints.push_back(hint);
    return result;
  };
  auto refused = call_run();
  EXPECT_FALSE(run(refused.to_end()));
  EXPECT_EQ(refused.hinted(), HintKind::auth_rejected);
  EXPECT_TRUE(holds.of("sales"));
  runtime.on_step = asks_then(StepResult());
  auto mended = call_run();
  EXPECT_TRUE(run(mended.to_end()));
  EXPECT_FALSE(holds.of("sales"));
}

TEST_F(CallRunTest, ACallWithoutAnyAnswerLiftsNothing) {
  Hint hint;
  hint.kind = 3;
  hint.name = "api";
  holds.take(*target(), {hint});
  runtime.on_step = [](const Call&) { return StepResult(); };
  auto silent = call_run();
  EXPECT_TRUE(run(silent.to_end()));
  EXPECT_TRUE(holds.of("sales"));
}

TEST_F(CallRunTest, ACheckIsProvenByAnAnswerOnly) {
  runtime.on_step = asks_then(StepResult());
  const auto good = run(run_check(doors(), target()));
  ASSERT_TRUE(good);
  EXPECT_FALSE(good->failure);
  EXPECT_EQ(good->notes.size(), 1u);
  runtime.on_step = [](const Call&) { return StepResult(); };
  const auto unproven = run(run_check(doors(), target()));
  ASSERT_TRUE(unproven && unproven->failure);
  EXPECT_EQ(unproven->failure->kind, "unproven");
  HttpReply down;
  down.got = Got::no_connection;
  client.replies = {down, down, down};  // with the host's own resends
  runtime.on_step = asks_then(StepResult());
  const auto unanswered = run(run_check(doors(), target()));
  ASSERT_TRUE(unanswered && unanswered->failure);
}

TEST_F(CallRunTest, ARequestIsChargedItsCost) {
  runtime.on_step = [](const Call& call) -> Result<StepResult> {
    StepResult result;
    if (call.step > 0) return result;
    result.requests.push_back(get_request());
    result.requests[0].cost = 100;  // all that the bucket has in a second
    result.suspended = true;
    return result;
  };
  const Instant before = clock.instant();
  auto first = call_run(), second = call_run();
  EXPECT_TRUE(run(first.to_end()));
  EXPECT_LT(clock.instant() - before, milliseconds(100));
  EXPECT_TRUE(run(second.to_end()));
  EXPECT_GE(clock.instant() - before, milliseconds(1'000));
}

}  // namespace
}  // namespace tenon
