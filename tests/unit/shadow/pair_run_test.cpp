// Two releases on one call: who gets which replies and settings, and what is counted.
#include "shadow/pair_run.hpp"

#include "unit/shadow/shadow_world.hpp"

namespace tenon::shadow {
namespace {

class Pair : public ShadowWorld {
 protected:
  Pair() {
    before_.id = after_.id = "crm";
    before_.version = "1.0.0";
    after_.version = "1.1.0";
    runtime_.steps["crm@1.0.0"] = writes("/write");
    runtime_.steps["crm@1.1.0"] = writes("/write");
  }
  // One request; the verdict by the reply's status.
  static TwoReleases::Step writes(std::string path) {
    return [path](const Call& call) -> Result<StepResult> {
      if (call.step == 0) return asks({post(path)});
      const bool good = call.responses[0].reply.status == 200;
      return ends({good ? Verdict::accepted : Verdict::retry});
    };
  }
  static CapturedCall one_write() {
    auto call = recorded_call();
    call.steps.resize(2);
    call.steps[0].requests = {post("/write")};
    call.steps[0].replies = {answered(200)};
    call.steps[1] = recorded_call().steps[2];
    return call;
  }
  // As a golden is read: replies, and no requests.
  static CapturedCall script() {
    auto call = one_write();
    call.steps[0].requests.clear();
    return call;
  }
  PairRun pair() {
    return PairRun(doors(), {ReleaseId("crm@1.0.0"), before_}, {ReleaseId("crm@1.1.0"), after_});
  }

  Manifest before_, after_;
  const CapturedCall call_ = one_write(), script_ = script();  // outlive the Tasks that run them
  Tally tally_;
};

TEST_F(Pair, BothRunOnACapturedCallWithTheDefaultsOfTheirOwnManifest) {
  Setting added;
  added.name = "dialect";
  added.default_value = "\"new\"";
  after_.settings = {added};
  auto both = pair();
  ASSERT_TRUE(run(both.captured(call_, tally_)));
  EXPECT_EQ(tally_.report().same, 1u);
  ASSERT_EQ(runtime_.opened.size(), 2u);
  EXPECT_EQ(runtime_.opened[0], "crm@1.0.0 {}");
  EXPECT_EQ(runtime_.opened[1], "crm@1.1.0 {\"dialect\":\"new\"}");
  run_to_end(both.close());
  EXPECT_EQ(runtime_.open_now(), 0u);
}

TEST_F(Pair, AGoldenIsRecordedByItsOwnerAndTheOtherRunsOnThat) {
  runtime_.steps["crm@1.1.0"] = writes("/v2/write");
  auto both = pair();
  ASSERT_TRUE(run(both.scripted(script_, Owner::before, tally_)));
  ASSERT_TRUE(run(both.scripted(script_, Owner::after, tally_)));
  const auto report = tally_.report();
  ASSERT_EQ(report.divergences.size(), 2u);
  for (const auto& away : report.divergences) {
    EXPECT_EQ(away.asked, away.newer ? "POST api /v2/write" : "POST api /write");
    EXPECT_EQ(away.recorded, away.newer ? "POST api /write" : "POST api /v2/write");
  }
}

TEST_F(Pair, WhereTheOwnerFailsTheOtherGetsTheScript) {
  runtime_.steps["crm@1.0.0"] = [](const Call&) -> Result<StepResult> {
    return unavailable("SIGSEGV");
  };
  auto both = pair();
  ASSERT_TRUE(run(both.scripted(script_, Owner::before, tally_)));
  const auto report = tally_.report();
  EXPECT_EQ(report.diverged, 0u);
  ASSERT_FALSE(report.places.empty());
  EXPECT_EQ(report.places[0].kinds[0].kind, "worker_died to came to its end");
}

TEST_F(Pair, WhatCannotBeReplayedIsCountedAndNotRun) {
  auto call = one_write();
  auto both = pair();
  for (const Op op : {Op::pull, Op::webhook}) {
    call.op = op;
    ASSERT_TRUE(run(both.captured(call, tally_)));
    ASSERT_TRUE(run(both.scripted(call, Owner::before, tally_)));
  }
  EXPECT_TRUE(runtime_.opened.empty());
  const auto report = tally_.report();
  EXPECT_EQ(report.calls, 0u);
  ASSERT_EQ(report.not_run.size(), 2u);
  EXPECT_EQ(report.not_run[0].second + report.not_run[1].second, 4u);
}

TEST_F(Pair, AMachineThatCannotRunItEndsTheDiff) {
  runtime_.steps["crm@1.1.0"] = [](const Call&) -> Result<StepResult> {
    return unsupported("this machine cannot isolate");
  };
  auto both = pair();
  const auto done = run(both.captured(call_, tally_));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(tally_.report().calls, 0u);
}

}  // namespace
}  // namespace tenon::shadow
