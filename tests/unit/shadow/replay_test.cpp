// Replay: recorded values in, replies by what was asked, and an end for whatever a release does.
#include "shadow/matching.hpp"
#include "unit/shadow/shadow_world.hpp"

namespace tenon::shadow {
namespace {

class Replay : public ShadowWorld {};

Result<StepResult> looks_up_then_writes(const Call& call) {
  if (call.step == 0) return asks({post("/search")}, "after 0");
  if (call.step == 1) return asks({post("/write")}, "after 1");
  return ends({Verdict::accepted});
}

TEST_F(Replay, GivesEachStepTheRecordedClockKeySeedAndReplies) {
  const auto call = recorded_call();
  const auto out = replayed(call, looks_up_then_writes);
  EXPECT_EQ(out.failure, "");
  EXPECT_FALSE(out.diverged);
  ASSERT_EQ(runtime_.calls.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(runtime_.calls[i].now_ms, 1'000 + static_cast<std::int64_t>(i));
    EXPECT_EQ(runtime_.calls[i].idempotency, "idk_" + std::to_string(i));
    EXPECT_EQ(runtime_.calls[i].seed, 7u);
    EXPECT_EQ(runtime_.calls[i].records[0].body, call.records[0].body);
  }
  EXPECT_EQ(runtime_.calls[1].state, "after 0");
  EXPECT_EQ(runtime_.calls[1].responses[0].reply.body, "found");
  EXPECT_EQ(runtime_.calls[2].state, "after 1");
  EXPECT_EQ(runtime_.calls[2].responses[0].reply.body, "written");
  ASSERT_EQ(out.steps.size(), 3u);
  EXPECT_EQ(out.steps[2].outcomes[0].verdict, Verdict::accepted);
}

TEST_F(Replay, RepliesGoByWhatIsAskedNotByPlace) {
  auto call = recorded_call();
  call.records.push_back(call.records[0]);
  call.steps[0].requests = {post("/a"), post("/b", "{}", {0}), post("/b", "{}", {1})};
  call.steps[0].replies = {answered(200, "a"), answered(200, "b0"), answered(200, "b1")};
  const auto out = replayed(call, [](const Call& step) -> Result<StepResult> {
    if (step.step > 0) return ends({Verdict::accepted, Verdict::accepted});
    auto first = post("/b", "{}", {1});
    first.tag = 41;
    return asks({first, post("/a")});
  });
  EXPECT_FALSE(out.diverged);
  ASSERT_EQ(runtime_.calls[1].responses.size(), 2u);
  EXPECT_EQ(runtime_.calls[1].responses[0].reply.body, "b1");
  EXPECT_EQ(runtime_.calls[1].responses[0].tag, 41u);
  EXPECT_EQ(runtime_.calls[1].responses[1].reply.body, "a");
  EXPECT_EQ(out.places[0], (std::vector<std::size_t>{2, 0}));
}

TEST_F(Replay, WhatWasNotRecordedDivergesAndNothingIsMadeUp) {
  const auto out = replayed(recorded_call(), [](const Call& step) -> Result<StepResult> {
    return step.step == 0 ? asks({post("/search")}) : asks({post("/create")});
  });
  ASSERT_TRUE(out.diverged);
  EXPECT_EQ(out.diverged->step, 1u);
  EXPECT_EQ(out.diverged->asked->path, "/create");
  EXPECT_EQ(out.diverged->recorded->path, "/write");
  EXPECT_EQ(runtime_.calls.size(), 2u) << "it got a reply that nobody recorded";
}

TEST_F(Replay, ASecondRequestLikeTheFirstIsMoreThanTheRecordingHas) {
  const auto out = replayed(recorded_call(), [](const Call&) -> Result<StepResult> {
    return asks({post("/search"), post("/search")});
  });
  ASSERT_TRUE(out.diverged);
  EXPECT_EQ(out.diverged->asked->path, "/search");
  EXPECT_FALSE(out.diverged->recorded);
  EXPECT_EQ(out.diverged->why, "it asks for more than the recording has");
}

TEST_F(Replay, OtherRecordsAreAnotherRequest) {
  const auto out = replayed(recorded_call(), [](const Call&) -> Result<StepResult> {
    return asks({post("/search", "{}", {})});
  });
  ASSERT_TRUE(out.diverged);
  EXPECT_EQ(out.diverged->recorded->covers, std::vector<std::uint32_t>{0});
}

TEST_F(Replay, AStepBehindTheRecordingDiverges) {
  auto call = recorded_call();
  call.steps.resize(1);  // it was cut short while the first reply was on its way to the worker
  const auto out = replayed(call, looks_up_then_writes);
  ASSERT_TRUE(out.diverged);
  EXPECT_EQ(out.diverged->step, 1u);
  EXPECT_FALSE(out.diverged->asked);
}

TEST_F(Replay, ADeadWorkerIsAnEndOfTheCaseAndTheNextCallRuns) {
  runtime_.steps["crm@1.0.0"] = [](const Call& call) -> Result<StepResult> {
    if (call.seed == 7) return unavailable("SIGSEGV");
    if (call.seed == 8) return timed_out("5 s");
    if (call.seed == 9) return corrupt("illegal frame");
    return ends({Verdict::accepted});
  };
  ReleaseRun release(doors(), ReleaseId("crm@1.0.0"));
  auto call = recorded_call();
  const char* wanted[] = {"worker_died", "worker_timeout", "illegal_frame", ""};
  for (const char* failure : wanted) {
    const auto out = run(release.run(call, call.settings, Replies::matched));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->failure, failure);
    ++call.seed;
  }
  EXPECT_EQ(runtime_.opened.size(), 4u);
}

TEST_F(Replay, AnInstanceThatIsGoneIsOpenedAgain) {
  runtime_.steps["crm@1.0.0"] = looks_up_then_writes;
  ReleaseRun release(doors(), ReleaseId("crm@1.0.0"));
  const auto call = recorded_call();
  ASSERT_TRUE(run(release.run(call, call.settings, Replies::matched)));
  runtime_.lose_instances();
  const auto out = run(release.run(call, call.settings, Replies::matched));
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_EQ(out->failure, "");
  EXPECT_EQ(runtime_.opened.size(), 2u);
}

TEST_F(Replay, SettingsAreOpenedOnceAndTheirNumberIsBounded) {
  runtime_.steps["crm@1.0.0"] = looks_up_then_writes;
  runtime_.refused_settings = "{\"n\":-1}";
  ReleaseRun release(doors(), ReleaseId("crm@1.0.0"));
  auto call = recorded_call();
  for (int round = 0; round < 2; ++round)
    ASSERT_TRUE(run(release.run(call, call.settings, Replies::matched)));
  EXPECT_EQ(runtime_.opened.size(), 1u);
  for (std::size_t n = 0; n < 2 * kMaxOpenSettings; ++n) {
    call.settings = "{\"n\":" + std::to_string(n) + "}";
    ASSERT_TRUE(run(release.run(call, call.settings, Replies::matched)));
  }
  EXPECT_EQ(runtime_.open_now(), kMaxOpenSettings);
  call.settings = runtime_.refused_settings;
  const auto out = run(release.run(call, call.settings, Replies::matched));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->failure, "settings_refused");
  EXPECT_EQ(out->failure_text, "settings: no portal");
}

TEST_F(Replay, RulesOfACallHoldHereToo) {
  const auto failure = [&](TwoReleases::Step step) {
    const auto out = replayed(recorded_call(), std::move(step), Replies::in_turn);
    return out.failure + ": " + out.failure_text;
  };
  EXPECT_EQ(failure([](const Call&) -> Result<StepResult> {
              StepResult result;
              result.suspended = true;
              return result;
            }),
            "step_failed: it suspended without a request");
  EXPECT_EQ(failure([](const Call&) -> Result<StepResult> {
              auto result = asks({post("/search")});
              result.suspended = false;
              return result;
            }),
            "step_failed: it pushed requests but did not suspend");
  EXPECT_EQ(failure([](const Call&) -> Result<StepResult> {
              auto result = asks({post("/search")});
              result.outcomes = ends({Verdict::accepted}).outcomes;
              return result;
            }),
            "step_failed: two outcomes for one record in one call");
  EXPECT_EQ(failure([](const Call&) -> Result<StepResult> {
              StepResult result;
              result.status = -2;
              result.explain = "no such action";
              return result;
            }),
            "step_failed: no such action");
  runtime_.calls.clear();
  EXPECT_EQ(failure([](const Call&) -> Result<StepResult> { return asks({post("/again")}); }),
            "step_failed: it took more than 64 steps");
  EXPECT_EQ(runtime_.calls.size(), 64u);
}

TEST_F(Replay, AScriptAnswersInTurnAndBehindItsEndRepliesAreLost) {
  auto call = recorded_call();
  for (auto& step : call.steps) step.requests.clear();
  const auto out = replayed(
      call,
      [](const Call& step) -> Result<StepResult> {
        if (step.step == 0) return asks({post("/x"), post("/y")});
        return ends({Verdict::retry});
      },
      Replies::in_turn);
  ASSERT_EQ(runtime_.calls[1].responses.size(), 2u);
  EXPECT_EQ(runtime_.calls[1].responses[0].reply.body, "found");
  EXPECT_EQ(runtime_.calls[1].responses[1].reply.got, Got::lost);
  EXPECT_EQ(out.steps[0].replies.size(), 2u);
}

TEST(ShadowMatching, PathsAreOneFormAndIdsStay) {
  EXPECT_EQ(normal_path("/c/ada%40example%2ecom"), "/c/ada%40example.com");
  EXPECT_EQ(normal_path("/c/%e2%82%ac"), "/c/%E2%82%AC");
  EXPECT_EQ(normal_path("/c/%41%7e"), "/c/A~");
  EXPECT_EQ(normal_path("/c/%2F"), "/c/%2F") << "an encoded slash is none";
  EXPECT_EQ(normal_path("/C/1001//x/../y/"), "/C/1001//x/../y/");
  EXPECT_EQ(normal_path("/c/%4"), "/c/%4");
  EXPECT_EQ(normal_path("/c/%"), "/c/%");
  EXPECT_EQ(normal_path("/c/%zz"), "/c/%zz");
}

TEST(ShadowMatching, PartsOfAKeyCannotRunIntoOneAnother) {
  auto one = post("/x"), other = post("/x");
  one.endpoint = "api1";
  one.method = "POST";
  other.endpoint = "api";
  other.method = "1POST";
  EXPECT_NE(key_of(one), key_of(other));
}

TEST(ShadowMatching, OfEqualKeysTheSameBodyIsTaken) {
  CapturedStep step;
  step.requests = {post("/x", "1"), post("/x", "2"), post("/x", "3")};
  step.replies.resize(3);
  const auto found = match(step, {post("/x", "3"), post("/x", "new"), post("/x", "2")});
  EXPECT_FALSE(found.without);
  EXPECT_EQ(found.places, (std::vector<std::size_t>{2, 0, 1}));
  step.replies.resize(2);  // the third was never answered
  EXPECT_EQ(match(step, {post("/x", "3"), post("/x", "2"), post("/x", "1")}).without, 2u);
}

}  // namespace
}  // namespace tenon::shadow
