// The routes by which a person connects a destination.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class OAuthRoutes : public ::testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body) {
    HttpHead head;
    head.method = method;
    head.path = "/api/v1/oauth" + path;
    head.peer = "unix:7";
    return test::answer_of(handler_, head, body);
  }

  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
};

TEST_F(OAuthRoutes, BeginAndFinish) {
  const auto offer = ask("POST", "/connect",
                         R"({"destination":"crm","redirect_uri":"http://127.0.0.1:9/callback"})");
  EXPECT_EQ(offer.status, 200u) << offer.body;
  EXPECT_EQ(json::parse(offer.body)["state"], "the-state");
  EXPECT_EQ(operations_.asked.back(), "connect crm to http://127.0.0.1:9/callback");
  const auto done = ask("POST", "/connected", R"({"state":"the-state","code":"c0de"})");
  EXPECT_EQ(done.status, 200u) << done.body;
  EXPECT_EQ(json::parse(done.body), (json{{"destination", "crm"}, {"resumed", true}}));
  EXPECT_EQ(operations_.asked.back(), "connected the-state by uid:7 with c0de");
  EXPECT_EQ(done.body.find("c0de"), std::string::npos);
}

TEST_F(OAuthRoutes, RefusalsAndMistakes) {
  EXPECT_EQ(ask("POST", "/connected", R"({"state":"s","code":"c","more":1})").status, 400u);
  EXPECT_EQ(ask("POST", "/connect", "[]").status, 400u);
  operations_.refuse = not_found("wanted the state of a connection that is being made");
  EXPECT_EQ(ask("POST", "/connected", R"({"state":"s","code":"c"})").status, 404u);
}

TEST_F(OAuthRoutes, Connections) {
  const auto list = ask("GET", "", "");
  EXPECT_EQ(list.status, 200u) << list.body;
  const auto one = json::parse(list.body)["data"][0];
  EXPECT_EQ(one["destination"], "crm");
  EXPECT_EQ(one["state"], "needs_reconnect");
  EXPECT_EQ(one["reason"], "invalid_grant");
}

}  // namespace
}  // namespace tenon
