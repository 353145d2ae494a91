// Rollouts over the API: what is asked arrives as it was asked, and what is shown is all there is.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class RolloutRoutes : public ::testing::Test {
 protected:
  RolloutRoutes() {
    Rollout& rollout = operations_.rollout_view.rollout;
    rollout.connector = "crm";
    rollout.stable = "1.0.0";
    rollout.candidate = "1.1.0";
    rollout.stage = RolloutStage::canary;
    rollout.percent = 10;
    rollout.pins = {{"hub", "0.9.0"}};
    operations_.rollout_view.followers = {{"hub", "0.9.0"}, {"pub", "1.0.0"}};
    operations_.rollout_view.candidate = RolloutHealth();
    operations_.rollout_view.candidate->dead = 7;
    operations_.rollout_view.candidate->looked_for = 5;
    operations_.rollout_view.candidate->did_nothing = 4;
    operations_.rollout_view.candidate->unlike = 1;
    operations_.rollout_view.worse = "seven are dead";
  }
  HttpResponse ask(const std::string& method, const std::string& path,
                   const std::string& body = {}) {
    HttpHead head;
    head.method = method;
    head.path = path;
    head.peer = "unix:7";
    return test::answer_of(handler_, head, body);
  }

  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
};

TEST_F(RolloutRoutes, AreShownWhole) {
  const auto one = json::parse(ask("GET", "/api/v1/rollouts/crm").body);
  EXPECT_EQ(operations_.asked.back(), "rollout crm");
  EXPECT_EQ(one["stage"], "canary");
  EXPECT_EQ(one["percent"], 10);
  EXPECT_EQ(one["pins"], (json{{"hub", "0.9.0"}}));
  EXPECT_EQ(one["destinations"]["pub"], "1.0.0");
  EXPECT_EQ(one["health"]["candidate"]["dead"], 7);
  EXPECT_EQ(one["health"]["candidate"]["looked_for"], 5);
  EXPECT_EQ(one["health"]["candidate"]["did_nothing"], 4);
  EXPECT_EQ(one["health"]["candidate"]["unlike"], 1);
  EXPECT_EQ(one["health"]["stable"]["did_nothing"], 0);
  EXPECT_EQ(one["worse"], "seven are dead");
  EXPECT_EQ(json::parse(ask("GET", "/api/v1/rollouts").body)["data"][0], one);
  operations_.refuse = not_found("no rollout");
  EXPECT_EQ(ask("GET", "/api/v1/rollouts/other").status, 404u);
}

TEST_F(RolloutRoutes, WhatTenonCheckSaidIsShown) {
  const auto shown = [&] { return json::parse(ask("GET", "/api/v1/rollouts/crm").body); };
  EXPECT_FALSE(shown().contains("conformance")) << "nobody has looked";
  auto& verdict = operations_.rollout_view.rollout.conformance;
  verdict.state = ConformanceState::failed;
  verdict.version = "1.1.0";
  verdict.passed = 57;
  verdict.failed = 1;
  verdict.skipped = 2;
  verdict.goldens = 12;
  verdict.failures = {"reply.garbage"};
  auto one = shown()["conformance"];
  EXPECT_EQ(one["state"], "failed");
  EXPECT_EQ(one["version"], "1.1.0");
  EXPECT_EQ(one["passed"], 57);
  EXPECT_EQ(one["failed"], 1);
  EXPECT_EQ(one["skipped"], 2);
  EXPECT_EQ(one["goldens"], 12);
  EXPECT_EQ(one["failures"], json{"reply.garbage"});
  verdict = {};
  verdict.state = ConformanceState::not_run;
  verdict.why = "it has no goldens";
  EXPECT_EQ(shown()["conformance"]["why"], "it has no goldens");
  EXPECT_FALSE(shown()["conformance"].contains("passed"));
}

TEST_F(RolloutRoutes, AnActArrivesAsItWasAsked) {
  EXPECT_EQ(ask("POST", "/api/v1/rollouts/crm/start",
                R"({"version":"1.1.0","steps":[1,50,100],"every_s":60,"records":7,"gate":false,)"
                R"("again":true,"reason":"new"})")
                .status,
            200u);
  const auto& act = operations_.rolled;
  EXPECT_EQ(act.deed, "start");
  EXPECT_EQ(act.connector, "crm");
  EXPECT_EQ(act.version, "1.1.0");
  EXPECT_EQ(act.actor, "uid:7");
  EXPECT_EQ(act.reason, "new");
  EXPECT_TRUE(act.again);
  EXPECT_EQ(act.policy, (RolloutPolicy{{1, 50, 100}, seconds{60}, 7, false}));
  ask("POST", "/api/v1/rollouts/crm/canary", R"({"percent":25})");
  EXPECT_EQ(operations_.rolled.deed, "canary");
  EXPECT_EQ(operations_.rolled.percent, 25u);
  EXPECT_EQ(operations_.rolled.policy, RolloutPolicy()) << "the careful defaults";
  ask("POST", "/api/v1/rollouts/crm/pin", R"({"destination":"hub","version":"0.9.0"})");
  EXPECT_EQ(operations_.rolled.destination, "hub");
  for (const char* deed : {"promote", "rollback", "freeze", "unfreeze", "unpin", "hold"}) {
    EXPECT_EQ(ask("POST", std::string("/api/v1/rollouts/crm/") + deed, "{}").status, 200u) << deed;
    EXPECT_EQ(operations_.rolled.deed, deed);
  }
  EXPECT_EQ(ask("POST", "/api/v1/rollouts/crm/explode", "{}").status, 404u);
}

TEST_F(RolloutRoutes, ABadBodyIsToldAtItsPlace) {
  const auto place = [&](const std::string& body) {
    const auto answer = ask("POST", "/api/v1/rollouts/crm/start", body);
    EXPECT_EQ(answer.status, 400u) << answer.body;
    return json::parse(answer.body).value("place", "");
  };
  EXPECT_EQ(place(R"({"percent":101})"), "/percent");
  EXPECT_EQ(place(R"({"steps":"1,10"})"), "/steps");
  EXPECT_EQ(place(R"({"steps":[1,-5]})"), "/steps");
  EXPECT_EQ(place(R"({"steps":[200]})"), "/steps");
  EXPECT_EQ(place(R"({"every_s":0})"), "/every_s");
  EXPECT_EQ(place(R"({"gate":"no"})"), "/gate");
  EXPECT_EQ(place(R"({"reason":")" + std::string(501, 'x') + "\"}"), "/reason");
  operations_.refuse = conflict("it is frozen");
  EXPECT_EQ(ask("POST", "/api/v1/rollouts/crm/promote", "{}").status, 409u);
}

}  // namespace
}  // namespace tenon
