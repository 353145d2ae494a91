// A call that is captured: all that went in and came out, and nothing at all where nobody wants it.
#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using test::CallWorld;
using test::get_request;

class ListSink final : public CaptureSink {
 public:
  bool wants(const std::string& destination, const std::string& attempt) const override {
    asked.push_back(destination + " " + attempt);
    return wanted;
  }
  void take(CapturedCall call) override { taken.push_back(std::move(call)); }
  bool wanted = true;
  mutable std::vector<std::string> asked;
  std::vector<CapturedCall> taken;
};

class CallCaptureTest : public CallWorld {
 protected:
  CallRun captured_run() {
    Call call;
    call.op = Op::deliver;
    call.action = "upsert";
    call.seed = 7;
    call.idempotency = "key-0";
    CallRecord record;
    record.id = "evt_1";
    record.body = R"({"email":"ada@example.org"})";
    call.records.push_back(record);
    CallDoors with = doors();
    with.captures = &sink;
    return CallRun(with, target(), std::move(call), clock.instant() + seconds(30), Lane::live);
  }
  void answer_then_reject() {
    runtime.on_step = [](const Call& call) -> Result<StepResult> {
      StepResult result;
      if (call.step > 0) {
        RecordOutcome outcome;
        outcome.verdict = Verdict::rejected;
        outcome.detail = "no such mailbox";
        result.outcomes.push_back(outcome);
        return result;
      }
      auto request = get_request(3);
      SecretRef secret;
      secret.place = SecretPlace::header;
      secret.slot = "token";
      request.headers = {{"Authorization", "Bearer "}};
      secret.offset = 7;
      request.secrets.push_back(secret);
      result.requests.push_back(request);
      result.suspended = true;
      return result;
    };
    HttpReply reply;
    reply.got = Got::http;
    reply.status = 422;
    reply.body = "you sent secret-of-the-vendor";
    client.replies = {reply};
  }

  ListSink sink;
};

TEST_F(CallCaptureTest, ItHoldsWhatWentInAndWhatCameOut) {
  answer_then_reject();
  auto call = captured_run();
  call.capture_as("att_1");
  EXPECT_TRUE(run(call.to_end()));
  call.end_capture();
  ASSERT_EQ(sink.taken.size(), 1u);
  const auto& kept = sink.taken[0];
  EXPECT_EQ(sink.asked, std::vector<std::string>{"sales att_1"});
  EXPECT_EQ(kept.tenant, "acme");
  EXPECT_EQ(kept.destination, "sales");
  EXPECT_EQ(kept.release, "crm@1.0.0");
  EXPECT_EQ(kept.attempt, "att_1");
  EXPECT_EQ(kept.action, "upsert");
  EXPECT_EQ(kept.seed, 7u);
  EXPECT_EQ(kept.settings, "{}");
  EXPECT_EQ(kept.records[0].body, R"({"email":"ada@example.org"})");
  ASSERT_EQ(kept.steps.size(), 2u);
  EXPECT_TRUE(kept.steps[0].suspended);
  EXPECT_EQ(kept.steps[0].idempotency, "key-0");
  EXPECT_EQ(kept.steps[0].requests[0].path, "/things");
  EXPECT_EQ(kept.steps[0].replies[0].status, 422u);
  EXPECT_EQ(kept.steps[1].outcomes[0].verdict, Verdict::rejected);
  EXPECT_TRUE(kept.failure.empty());
}

TEST_F(CallCaptureTest, NoSecretIsInIt) {
  answer_then_reject();
  auto call = captured_run();
  call.capture_as("att_1");
  EXPECT_TRUE(run(call.to_end()));
  call.end_capture();
  // It went out, as the vendor's repeat of it came back ...
  ASSERT_EQ(client.sent.size(), 1u);
  bool sent = false;
  for (const auto& [name, value] : client.sent[0].headers) {
    sent = sent || value.find("secret-of-the-vendor") != std::string::npos;
  }
  EXPECT_TRUE(sent);
  // ... and neither is kept.
  const auto& step = sink.taken[0].steps[0];
  for (const auto& [name, value] : step.requests[0].headers) {
    EXPECT_EQ(value.find("secret-of-the-vendor"), std::string::npos);
  }
  EXPECT_EQ(step.replies[0].body.find("secret-of-the-vendor"), std::string::npos)
      << step.replies[0].body;
}

TEST_F(CallCaptureTest, AWorkersDeathIsItsEnd) {
  runtime.on_step = [](const Call&) -> Result<StepResult> { return unavailable("killed by 11"); };
  auto call = captured_run();
  call.capture_as("att_1");
  EXPECT_FALSE(run(call.to_end()));
  call.end_capture();
  ASSERT_EQ(sink.taken.size(), 1u);
  EXPECT_EQ(sink.taken[0].failure, "worker_died");
  EXPECT_NE(sink.taken[0].failure_text.find("killed by 11"), std::string::npos);
  ASSERT_EQ(sink.taken[0].steps.size(), 1u);
  EXPECT_TRUE(sink.taken[0].steps[0].requests.empty());
}

TEST_F(CallCaptureTest, WhatIsNotWantedIsNotKept) {
  answer_then_reject();
  sink.wanted = false;
  auto call = captured_run();
  call.capture_as("att_1");
  EXPECT_TRUE(run(call.to_end()));
  call.end_capture();
  EXPECT_TRUE(sink.taken.empty());
}

}  // namespace
}  // namespace tenon
