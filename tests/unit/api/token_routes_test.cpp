// Tokens over the API: who comes in by TCP, what a scope lets through, and where a value shows.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class TokenRoutes : public ::testing::Test {
 protected:
  static HttpHead head_of(const std::string& method, const std::string& path,
                          const std::string& token) {
    HttpHead head;
    head.method = method;
    head.path = path;
    head.peer = token == kUser ? "unix:7" : "127.0.0.1";
    if (token != kUser && !token.empty()) {
      head.headers.emplace_back("authorization", "Bearer " + token);
    }
    return head;
  }
  // As the server does it: admitted first, then handled.
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& token,
                   const std::string& body = {}) {
    auto head = head_of(method, path, token);
    head.content_length = body.size();
    auto admission = handler_.admit(head);
    if (admission.refuse) return std::move(*admission.refuse);
    return test::answer_of(handler_, head, body);
  }
  json make(const json& scopes, const json& more = json::object()) {
    json body = {{"name", "dashboard"}, {"scopes", scopes}};
    body.update(more);
    const auto response = ask("POST", "/api/v1/tokens", kUser, body.dump());
    EXPECT_EQ(response.status, 200u) << response.body;
    return json::parse(response.body);
  }
  static std::string header(const HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  static inline const std::string kUser = "the user of the socket";
  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
};

TEST_F(TokenRoutes, TcpWantsAToken) {
  for (const std::string token : {"", "nonsense", "tnn_api_x_y_z"}) {
    const auto response = ask("GET", "/api/v1/destinations", token);
    EXPECT_EQ(response.status, 401u);
    EXPECT_EQ(header(response, "www-authenticate"), "Bearer");
    EXPECT_EQ(json::parse(response.body)["type"], "urn:tenon:problem:unauthorized");
    if (!token.empty()) {
      EXPECT_EQ(response.body.find(token), std::string::npos);
    }
  }
  // Nor does anybody learn without one which paths there are.
  EXPECT_EQ(ask("GET", "/nothing", "").status, 401u);
  EXPECT_EQ(ask("GET", "/healthz", "").status, 401u);
  const std::string value = make({"read:destinations"})["value"];
  EXPECT_EQ(ask("GET", "/api/v1/destinations", value).status, 200u);
  EXPECT_EQ(ask("GET", "/nothing", value).status, 404u);
  auto basic = head_of("GET", "/api/v1/destinations", "");
  basic.headers.emplace_back("authorization", "Basic " + value);
  EXPECT_TRUE(handler_.admit(basic).refuse);
}

TEST_F(TokenRoutes, AScopeLetsThroughWhatItNames) {
  const std::string value = make({"read:destinations"})["value"];
  const auto refused = ask("POST", "/api/v1/destinations/crm/pause", value, R"({"reason":"x"})");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(json::parse(refused.body)["type"], "urn:tenon:problem:scope-missing");
  EXPECT_EQ(json::parse(refused.body)["place"], "write:destinations");
  EXPECT_EQ(ask("GET", "/api/v1/vault", value).status, 403u);
  EXPECT_TRUE(operations_.asked.empty() ||
              operations_.asked.back().find("pause") == std::string::npos);
  const std::string other = make({"write:destinations"})["value"];
  EXPECT_EQ(ask("POST", "/api/v1/destinations/crm/pause", other, R"({"reason":"x"})").status, 200u);
  EXPECT_EQ(operations_.acted.actor, "token:" + operations_.book.tokens()[1].id);
  EXPECT_EQ(ask("GET", "/api/v1/destinations", other).status, 403u);  // write is not read
  const std::string all = make({"read:*", "write:*"})["value"];
  for (const char* path : {"/api/v1/vault", "/api/v1/tokens", "/api/v1/config", "/metrics"}) {
    EXPECT_EQ(ask("GET", path, all).status, 200u) << path;
  }
}

TEST_F(TokenRoutes, AValueShowsWhereItIsMadeAndNowhereElse) {
  const auto made = make({"read:events"}, {{"expires_s", 60}, {"per_minute", 5}});
  const std::string value = made["value"], id = made["id"];
  EXPECT_EQ(made["per_minute"], 5);
  EXPECT_EQ(made["expires"], to_rfc3339(operations_.now + seconds{60}));
  const auto list = ask("GET", "/api/v1/tokens", kUser);
  EXPECT_EQ(list.body.find(value.substr(value.rfind('_') - 20)), std::string::npos);
  EXPECT_EQ(json::parse(list.body)["data"][0]["id"], id);
  EXPECT_FALSE(json::parse(list.body)["data"][0].contains("value"));
  const auto rotated = ask("POST", "/api/v1/tokens/" + id + "/rotate", kUser, R"({"overlap_s":9})");
  EXPECT_NE(json::parse(rotated.body)["value"], value);
  EXPECT_TRUE(json::parse(rotated.body).contains("earlier_valid_until"));
  EXPECT_EQ(header(rotated, "cache-control"), "no-store");
  const auto revoked = ask("POST", "/api/v1/tokens/" + id + "/revoke", kUser);
  EXPECT_EQ(revoked.status, 200u) << revoked.body;
  EXPECT_FALSE(json::parse(revoked.body).contains("value"));
  EXPECT_EQ(ask("GET", "/api/v1/events/tail", value).status, 401u);
  EXPECT_EQ(ask("POST", "/api/v1/tokens/" + id + "/revoke", kUser).status, 409u);
  EXPECT_EQ(ask("POST", "/api/v1/tokens/nobody/revoke", kUser).status, 404u);
}

TEST_F(TokenRoutes, ATokenGivesNoMoreThanItHas) {
  const std::string value = make({"write:tokens", "read:config"})["value"];
  const auto tokens = [&](const char* scope) {
    return ask("POST", "/api/v1/tokens", value, json{{"name", "x"}, {"scopes", {scope}}}.dump());
  };
  EXPECT_EQ(tokens("read:config").status, 200u);
  EXPECT_EQ(tokens("write:config").status, 400u);
  EXPECT_EQ(tokens("write:*").status, 400u);
  EXPECT_EQ(operations_.book.tokens().back().actor, "token:" + operations_.book.tokens()[0].id);
}

TEST_F(TokenRoutes, TheRateIsJudgedBeforeTheBodyAndOnce) {
  const std::string value = make({"write:destinations"}, {{"per_minute", 2}})["value"];
  const std::string path = "/api/v1/destinations/crm/pause";
  EXPECT_EQ(ask("POST", path, value, R"({"reason":"x"})").status, 200u);
  EXPECT_EQ(ask("POST", path, value, R"({"reason":"x"})").status, 200u);
  const auto admission = handler_.admit(head_of("POST", path, value));
  ASSERT_TRUE(admission.refuse);
  EXPECT_EQ(admission.refuse->status, 429u);
  EXPECT_EQ(header(*admission.refuse, "retry-after"), "30");
  EXPECT_EQ(ask("POST", path, kUser, R"({"reason":"x"})").status, 200u);
  operations_.now += seconds{kDefaultTokenLife};
  const auto late = ask("POST", path, value);
  EXPECT_EQ(late.status, 401u);
  EXPECT_NE(late.body.find("expired"), std::string::npos);
}

TEST_F(TokenRoutes, BadBodies) {
  for (const char* body : {R"({"name":"x"})", R"({"name":"x","scopes":"read:*"})",
                           R"({"name":"x","scopes":[1]})", R"({"name":"x","scopes":["admin"]})",
                           R"({"scopes":["read:*"]})", R"({"name":"x","scopes":["read:*"],"k":1})",
                           R"({"name":"x","scopes":["read:*"],"expires_s":0})",
                           R"({"name":"x","scopes":["read:*"],"per_minute":999999})"}) {
    EXPECT_EQ(ask("POST", "/api/v1/tokens", kUser, body).status, 400u) << body;
  }
  EXPECT_TRUE(operations_.book.tokens().empty());
}

}  // namespace
}  // namespace tenon
