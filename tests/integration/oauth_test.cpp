// OAuth on a real host against a real server over TLS: each grant, rotation, reuse, expiry under
// load.
#include <gtest/gtest.h>

#include <set>

#include "integration/oidc.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class OAuthHost : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = OidcServer::make(world_);
    if (!server_) GTEST_SKIP() << "TENON_NODE or TENON_NPM_CLIENTS is not set";
    world_.start_vendor();
  }
  void start_host(const std::string& oauth) {
    world_.environment["TEST_CLIENT_SECRET"] = OidcServer::kClientSecret;
    ASSERT_TRUE(world_.start_host_with(server_->workspace(oauth, "env:TEST_CLIENT_SECRET")));
  }
  json counts() const { return server_->counts(); }
  // Calls for tokens, whatever the answer.
  int asked() const {
    int all = 0;
    const json by_kind = counts();
    for (const auto& [what, count] : by_kind.items()) all += count.get<int>();
    return all;
  }
  void send(const std::string& id) const {
    ASSERT_EQ(world_.post("/v1/track", track(id)).status, 200);
  }
  std::set<std::string> tokens_seen() const {
    std::set<std::string> out;
    for (const auto& request : world_.journal()) {
      out.insert(request["headers"].value("authorization", "none"));
    }
    return out;
  }
  // Neither files nor outputs of the host hold a token that was sent.
  void expect_no_leak() const {
    const std::string said =
        world_.host().output() + world_.cli({"doctor"}).output + world_.admin("GET", "/oauth").body;
    for (const auto& header : tokens_seen()) {
      ASSERT_EQ(header.find("Bearer "), 0u) << header;
      const auto token = header.substr(7);
      EXPECT_EQ(said.find(token), std::string::npos);
      EXPECT_EQ(run({"grep", "-rqa", token, world_.data()}).status, 1);
    }
  }

  mutable World world_;
  std::unique_ptr<OidcServer> server_;
};

TEST_F(OAuthHost, ClientCredentialsAndAThousandEventsAtExpiry) {
  server_->start(3'600);
  start_host(
      "grant = \"client_credentials\"\nclient_id = \"machine\"\nscopes = [\"events.write\"]\n");
  for (int i = 0; i < 10; ++i) {
    json batch = {{"batch", json::array()}};
    for (int k = 0; k < 100; ++k)
      batch["batch"].push_back(track("m" + std::to_string(100 * i + k)));
    ASSERT_EQ(world_.post("/v1/batch", batch).status, 200);
  }
  ASSERT_TRUE(world_.eventually_distinct(1'000));
  EXPECT_EQ(counts(), (json{{"client_credentials 200", 1}}));
  EXPECT_EQ(tokens_seen().size(), 1u);
  // A new start goes on with the token of the vault.
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  start_host(
      "grant = \"client_credentials\"\nclient_id = \"machine\"\nscopes = [\"events.write\"]\n");
  send("after");
  EXPECT_FALSE(world_.trace_until("after", "inbox", "delivered").is_null());
  EXPECT_EQ(asked(), 1);
  // A 401: one renewal, and the event arrives by the next token.
  world_.inbox().script(json::array({{{"status", 401}}}));
  send("refused");
  EXPECT_FALSE(world_.trace_until("refused", "inbox", "delivered").is_null());
  EXPECT_EQ(asked(), 2);
  EXPECT_EQ(tokens_seen().size(), 2u);
  expect_no_leak();
}

TEST_F(OAuthHost, AJwtIsTakenOnceEach) {
  server_->start(2);
  const std::string key = world_.folder() / "client.pem";
  start_host(
      "grant = \"jwt_bearer\"\nclient_id = \"signer\"\nsubject = \"ada\"\nscopes = "
      "[\"events.write\"]\nsigning_key = \"file:" +
      key + "\"\n");
  send("m1");
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
  int sent = 1;
  ASSERT_TRUE(eventually([&] {
    send("m" + std::to_string(++sent));
    return asked() >= 3;
  }));
  const json by_kind = counts();
  for (const auto& [what, count] : by_kind.items()) {
    EXPECT_NE(what.find(" 200"), std::string::npos) << what;
  }
}

TEST_F(OAuthHost, APersonConnectsItAndItRotatesUntilHeWithdraws) {
  server_->start(3);
  start_host("grant = \"authorization_code\"\nclient_id = \"app\"\nscopes = [\"openid\"]\n");
  send("m1");
  const auto state = [&] { return world_.admin("GET", "/oauth").json()["data"][0]["state"]; };
  ASSERT_TRUE(eventually([&] { return state() == "needs_reconnect"; }));
  const auto listed = [&] { return world_.cli({"destinations", "list"}).output; };
  ASSERT_TRUE(eventually([&] { return listed().find("needs_reconnect") != std::string::npos; }))
      << listed();
  EXPECT_NE(world_.cli({"doctor"}).output.find("tenon vault connect inbox"), std::string::npos);
  server_->connect();
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
  // Rotation: each renewal by the refresh token before.
  const auto renewals = [&] { return counts().value("refresh_token 200", 0); };
  int sent = 1;
  ASSERT_TRUE(eventually([&] {
    send("r" + std::to_string(++sent));
    return renewals() >= 3;
  }));
  EXPECT_EQ(counts().value("refresh_token 400", 0), 0);
  expect_no_leak();
  server_->ask("/_withdraw");
  ASSERT_TRUE(eventually([&] {
    send("r" + std::to_string(++sent));
    return state() == "needs_reconnect";
  }));
  send("late");
  EXPECT_EQ(counts().value("refresh_token 400", 0), 1) << "asked once, and never again";
  server_->connect();
  EXPECT_FALSE(world_.trace_until("late", "inbox", "delivered").is_null());
}

}  // namespace
}  // namespace tenon::testing
