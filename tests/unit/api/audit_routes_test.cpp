// Every access leaves an entry: acts before and after, reads and refusals once they are answered.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class AuditRoutes : public ::testing::Test {
 protected:
  static HttpHead request(const std::string& method, const std::string& target) {
    HttpHead head;
    head.method = method;
    head.path = target.substr(0, target.find('?'));
    if (head.path.size() < target.size()) head.query = target.substr(head.path.size() + 1);
    head.peer = "unix:7";
    return head;
  }
  HttpResponse ask(HttpHead head, const std::string& body = {}) {
    head.content_length = body.size();
    auto admission = handler_.admit(head);
    if (admission.refuse) return std::move(*admission.refuse);
    return test::answer_of(handler_, head, body);
  }
  HttpResponse ask(const std::string& method, const std::string& target,
                   const std::string& body = {}) {
    return ask(request(method, target), body);
  }

  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
};

TEST_F(AuditRoutes, AnActIsNotedBeforeItBeginsAndAfterItHasEnded) {
  const std::string body = R"({"reason":"x"})";
  EXPECT_EQ(ask("POST", "/api/v1/destinations/crm/pause", body).status, 200u);
  ASSERT_EQ(operations_.noted.size(), 2u);
  const auto& begun = operations_.noted[0];
  EXPECT_EQ(begun.status, 0u);
  EXPECT_EQ(begun.actor, "uid:7");
  EXPECT_EQ(begun.act, "POST /api/v1/destinations/*/pause");
  EXPECT_EQ(begun.target, "crm");
  EXPECT_EQ(operations_.bodies, (std::vector<std::string>{body, ""}));
  EXPECT_EQ(operations_.noted[1].status, 200u);
  EXPECT_EQ(operations_.noted[1].begun, 1u);
  EXPECT_TRUE(operations_.told.empty());
  // How it ended, whichever way.
  EXPECT_EQ(ask("POST", "/api/v1/destinations/crm/pause", "nonsense").status, 400u);
  ASSERT_EQ(operations_.noted.size(), 4u);
  EXPECT_EQ(operations_.noted[3].status, 400u);
}

TEST_F(AuditRoutes, WhatCannotBeNotedIsNotDone) {
  operations_.refuse_note = unavailable("the log does not answer");
  EXPECT_EQ(ask("POST", "/api/v1/destinations/crm/pause", R"({"reason":"x"})").status, 503u);
  EXPECT_EQ(operations_.acted.name, "");
  EXPECT_EQ(ask("GET", "/api/v1/destinations").status, 200u);
}

TEST_F(AuditRoutes, AReadIsToldWithWhatWasAskedFor) {
  EXPECT_EQ(ask("GET",
                "/api/v1/events/rejected?source=w%65b&limit=5&code=too_large&"
                "since=2026-01-01T00:00:00Z")
                .status,
            200u);
  ASSERT_EQ(operations_.told.size(), 1u);
  EXPECT_EQ(operations_.told[0].act, "GET /api/v1/events/rejected");
  EXPECT_EQ(operations_.told[0].target, "?code=too_large&source=web");
  EXPECT_EQ(operations_.told[0].status, 200u);
  EXPECT_TRUE(operations_.noted.empty());
  EXPECT_EQ(ask("GET", "/healthz").status, 200u);
  EXPECT_EQ(ask("GET", "/metrics").status, 200u);
  EXPECT_EQ(operations_.told.size(), 1u);
}

TEST_F(AuditRoutes, ARefusalIsToldWithItsReason) {
  auto stranger = request("GET", "/api/v1/vault?secret=tnn_api_lost");
  stranger.peer = "unix:8";
  EXPECT_EQ(ask(stranger).status, 403u);
  stranger.peer = "203.0.113.7";
  EXPECT_EQ(ask(stranger).status, 401u);
  EXPECT_EQ(ask("GET", "/tnn_api_lost").status, 404u);
  EXPECT_EQ(ask("GET", "/api/v1/vault?secret=tnn_api_lost").status, 400u);
  EXPECT_EQ(ask("DELETE", "/api/v1/vault").status, 405u);
  auto large = request("POST", "/api/v1/destinations/crm/pause");
  large.content_length = kMaxAdminBody + 1;
  EXPECT_EQ(handler_.admit(large).refuse->status, 413u);
  const std::vector<std::string> whys = {"forbidden",         "unauthorized", "unknown-route",
                                         "unknown-parameter", "wrong-method", "body-too-large"};
  ASSERT_EQ(operations_.told.size(), whys.size());
  for (std::size_t i = 0; i < whys.size(); ++i) {
    const auto& entry = operations_.told[i];
    EXPECT_EQ(entry.why, whys[i]);
    EXPECT_EQ((entry.act + entry.target).find("lost"), std::string::npos) << entry.act;
  }
  EXPECT_EQ(operations_.told[0].actor, "uid:8");
  EXPECT_EQ(operations_.told[1].actor, "");
  EXPECT_EQ(operations_.told[1].peer, "203.0.113.7");
  EXPECT_EQ(operations_.told[1].act, "GET");
  EXPECT_EQ(operations_.told[5].target, "crm");
}

TEST_F(AuditRoutes, AScopeThatIsMissingNamesTheToken) {
  const auto made = ask("POST", "/api/v1/tokens", R"({"name":"x","scopes":["read:audit"]})");
  const auto token = json::parse(made.body);
  auto head = request("POST", "/api/v1/destinations/crm/pause");
  head.peer = "127.0.0.1";
  head.headers.emplace_back("authorization", "Bearer " + token["value"].get<std::string>());
  EXPECT_EQ(ask(head).status, 403u);
  ASSERT_EQ(operations_.told.size(), 1u);
  EXPECT_EQ(operations_.told[0].actor, "token:" + token["id"].get<std::string>());
  EXPECT_EQ(operations_.told[0].act, "POST /api/v1/destinations/*/pause");
  EXPECT_EQ(operations_.told[0].why, "scope-missing");
  head.method = "GET";
  head.path = "/api/v1/audit/head";
  EXPECT_EQ(ask(head).status, 200u);
}

TEST_F(AuditRoutes, ListsInPartsAndVerifies) {
  ask("POST", "/api/v1/destinations/crm/pause", R"({"reason":"x"})");
  const auto list = json::parse(ask("GET", "/api/v1/audit?actor=uid:7&refused=true&limit=2").body);
  EXPECT_EQ(list["data"].size(), 2u);
  EXPECT_EQ(list["next"], "2");
  EXPECT_EQ(operations_.audit_query.actor, "uid:7");
  EXPECT_TRUE(operations_.audit_query.refused);
  EXPECT_EQ(ask("GET", "/api/v1/audit?after=17").status, 200u);
  EXPECT_EQ(operations_.audit_query.before, 17u);
  EXPECT_EQ(ask("GET", "/api/v1/audit?after=x").status, 400u);
  EXPECT_EQ(ask("GET", "/api/v1/audit/verify?anchor=5").status, 400u);
  operations_.report.broken_at = 4;
  operations_.report.broken = "it was changed";
  const auto verdict = json::parse(
      ask("GET", "/api/v1/audit/verify?anchor=5:00112233445566778899aabbccddeeff").body);
  EXPECT_EQ(operations_.anchor->sequence, 5u);
  EXPECT_EQ(verdict["whole"], false);
  EXPECT_EQ(verdict["broken"]["sequence"], 4);
}

}  // namespace
}  // namespace tenon
