// Vendors' webhooks into a real host: verified, durable, parsed by a worker, delivered on.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "hubspot/fake/webhooks.hpp"
#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using hubspot::fake::App;
using hubspot::fake::signed_webhook;
using nlohmann::json;

constexpr const char* kPublic = "https://hooks.example.com";
constexpr const char* kAppSecret = "hubspot-client-secret-8f31";
constexpr const char* kPathSecret = "inbound-path-secret-77aa";

std::string hubspot_manifest_of(const std::string& scheme) {
  const auto text = read_file(TENON_SOURCE_DIR "/manifests/hubspot.toml");
  return replaced(text, "scheme = \"hubspot/3\"", "scheme = \"" + scheme + "\"");
}

json event(const std::string& id, int object = 7) {
  return {{"eventId", std::stoi(id)}, {"subscriptionId", 25},
          {"portalId", 33},           {"subscriptionType", "contact.creation"},
          {"attemptNumber", 0},       {"objectId", object},
          {"occurredAt", now_ms()}};
}

class Webhooks : public ::testing::Test {
 protected:
  // All that leave the version open go over to it.
  void promote(const std::string& release) {
    for (const char* deed : {"start", "promote"}) {
      const auto done = world_.cli({"rollout", deed, release});
      EXPECT_EQ(done.status, 0) << done.output;
    }
  }
  void start_hubspot(const std::string& scheme = "hubspot/3") {
    world_.start_vendor();
    world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
    world_.add_connector(TENON_BINARY_DIR "/connectors/hubspot.so", hubspot_manifest_of(scheme));
    world_.environment["TEST_APP_SECRET"] = kAppSecret;
    ASSERT_TRUE(world_.start_host_with(world_.workspace() + kHubSpotSource));
  }
  void start_inbound() {
    world_.start_vendor();
    world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/inbound.so",
                         inbound_manifest("1.0.0"));
    world_.environment["TEST_PATH_SECRET"] = kPathSecret;
    ASSERT_TRUE(world_.start_host_with(world_.workspace() + kInboundSource));
  }

  App app() const {
    App app;
    app.client_secret = kAppSecret;
    app.url = std::string(kPublic) + "/webhooks/hooks";
    return app;
  }
  Answer send(const tenon::testkit::ModelRequest& request) const {
    std::vector<std::string> headers;
    for (const auto& [name, value] : request.headers) headers.push_back(name + ": " + value);
    return http(request.method, world_.url() + "/webhooks/hooks", request.body, headers);
  }
  Answer send_events(const json& events) const {
    return send(signed_webhook(app(), events.dump(), now_ms()));
  }
  Answer send_lines(const std::string& body, const std::string& secret = kPathSecret) const {
    return http("POST", world_.url() + "/webhooks/hooks/" + secret, body,
                {"content-type: text/plain"});
  }
  std::multiset<std::string> delivered() const {
    std::multiset<std::string> ids;
    for (const auto& id : message_ids(world_.journal())) ids.insert(id);
    return ids;
  }
  json find(const std::string& message_id) const {
    return told({"explain", "--message-id", "hooks:" + message_id, "--wait", "20"});
  }
  // What `explain` says of the one event asked for.
  json told(std::vector<std::string> arguments) const {
    const json events = world_.tenon(std::move(arguments));
    return events.is_array() && !events.empty() ? events[0] : events;
  }

  static constexpr const char* kHubSpotSource =
      "[[sources]]\nname = \"hooks\"\n[sources.webhook]\nconnector = \"hubspot\"\n"
      "public_url = \"https://hooks.example.com\"\n"
      "[sources.webhook.credentials]\nclient_secret = \"env:TEST_APP_SECRET\"\n";
  static constexpr const char* kInboundSource =
      "[[sources]]\nname = \"hooks\"\n[sources.webhook]\nconnector = \"inbound\"\n"
      "[sources.webhook.credentials]\nsecret = \"env:TEST_PATH_SECRET\"\n";
  World world_;
};

TEST_F(Webhooks, AVerifiedOneBecomesEventsThatAreDeliveredAndExplained) {
  start_hubspot();
  const auto answer = send_events({event("1"), event("2", 8)});
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_TRUE(world_.eventually_distinct(2));
  EXPECT_EQ(delivered(), (std::multiset<std::string>{"hubspot:33:25:1", "hubspot:33:25:2"}));
  const auto journal = world_.journal();
  const auto body = json::parse(journal[0]["body"].get<std::string>());
  EXPECT_EQ(body["event"], "Contact Creation") << body;
  EXPECT_EQ(body["source"], "hooks");

  const auto trace = find("hubspot:33:25:2");
  const std::string webhook = trace["received"].value("parent", "");
  ASSERT_FALSE(webhook.empty()) << trace;
  const auto raw = told({"explain", webhook});
  EXPECT_TRUE(raw["received"]["webhook"].get<bool>()) << raw;
  EXPECT_EQ(raw["webhook"]["fate"], "parsed");
  ASSERT_EQ(raw["webhook"]["events"].size(), 2U);
  EXPECT_EQ(raw["webhook"]["events"][1], trace["id"]);
  const auto text = world_.cli({"explain", webhook});
  EXPECT_EQ(text.status, 0) << text.output;
  for (const std::string word : {"signature verified", "hubspot@1.0.0", "2 events"}) {
    EXPECT_NE(text.output.find(word), std::string::npos) << word << " in\n" << text.output;
  }
}

TEST_F(Webhooks, UnsignedForgedAndStaleOnesLeaveNothing) {
  start_hubspot();
  const auto good = signed_webhook(app(), json::array({event("1")}).dump(), now_ms());
  auto bad = good;
  bad.headers.pop_back();
  EXPECT_EQ(send(bad).status, 401);
  bad = good;
  bad.body += " ";
  EXPECT_EQ(send(bad).status, 401);
  EXPECT_EQ(send(signed_webhook(app(), good.body, now_ms() - 301'000)).status, 401);
  App other = app();
  other.client_secret = "another";
  EXPECT_EQ(send(signed_webhook(other, good.body, now_ms())).status, 401);
  other = app();
  other.url = "https://elsewhere.example.com/webhooks/hooks";
  EXPECT_EQ(send(signed_webhook(other, good.body, now_ms())).status, 401);
  EXPECT_EQ(http("GET", world_.url() + "/webhooks/hooks").status, 405);
  EXPECT_EQ(http("POST", world_.url() + "/webhooks/none", "x").status, 404);
  ASSERT_EQ(send(good).status, 200);
  ASSERT_TRUE(world_.eventually_distinct(1));
  EXPECT_EQ(delivered().size(), 1U);
}

TEST_F(Webhooks, ARepeatIsADuplicateWhoeverRepeatsIt) {
  start_hubspot();
  hubspot::fake::HubSpotModel account;
  hubspot::fake::AppWebhooks hooks(app());
  tenon::testkit::ModelRequest write;
  write.method = "POST";
  write.path = "/crm/v3/objects/contacts/batch/upsert";
  write.headers = {{"authorization", "Bearer pat-test"}, {"content-type", "application/json"}};
  write.body = R"({"inputs":[{"id":"a@example.com","idProperty":"email",)"
               R"("properties":{"email":"a@example.com","firstname":"Ada"}}]})";
  ASSERT_LT(account.handle(write, now_ms(), 1).status, 300U);
  const auto first = hooks.next(account, now_ms());
  ASSERT_TRUE(first);
  EXPECT_EQ(send(*first).status, 200);
  EXPECT_EQ(send(*first).status, 200) << "the same bytes again, as an attacker would";
  EXPECT_EQ(send(hooks.repeat(now_ms())).status, 200) << "HubSpot's own repeat";
  ASSERT_TRUE(world_.eventually_distinct(1));
  // A later one proves that those before it have been decided.
  EXPECT_EQ(send_events(json::array({event("9")})).status, 200);
  ASSERT_TRUE(world_.eventually_distinct(2));
  EXPECT_EQ(delivered().size(), 2U);
}

TEST_F(Webhooks, BothSecretsCountWhileOneTakesOver) {
  start_hubspot();
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  world_.environment["TEST_APP_SECRET"] = std::string("new-secret\n") + kAppSecret;
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + kHubSpotSource));
  EXPECT_EQ(send_events(json::array({event("1")})).status, 200);
  App rotated = app();
  rotated.client_secret = "new-secret";
  const auto body = json::array({event("2")}).dump();
  EXPECT_EQ(send(signed_webhook(rotated, body, now_ms())).status, 200);
  rotated.client_secret = "new-secret\n";
  EXPECT_EQ(send(signed_webhook(rotated, body, now_ms())).status, 401);
}

TEST_F(Webhooks, AHangingConnectorCostsNoWebhookAndPoisonIsSeen) {
  start_inbound();
  EXPECT_EQ(send_lines("a\nb").status, 201);
  const auto late = send_lines("hang");
  EXPECT_EQ(late.status, 202);
  EXPECT_EQ(late.body, "later");
  // A neighbour of the same source still gets in and through.
  ASSERT_TRUE(eventually([&] {
    const auto answer = send_lines("c");
    return answer.status == 201 || answer.status == 202;
  }));
  ASSERT_TRUE(world_.eventually_distinct(3));
  json rejected;
  ASSERT_TRUE(eventually(
      [&] {
        rejected = world_.tenon({"events", "rejected", "list", "--source", "hooks"})["data"];
        return rejected.size() == 1;
      },
      std::chrono::seconds(90)))
      << world_.host().output();
  EXPECT_EQ(rejected[0]["code"], "webhook_failed") << rejected;
  const auto shown = world_.cli({"events", "rejected", "show", rejected[0]["id"]});
  EXPECT_NE(shown.output.find("hang"), std::string::npos) << shown.output;
  EXPECT_EQ(delivered(), (std::multiset<std::string>{"a", "b", "c"}));

  // A person asks for another try; over the restart it goes on by itself, at the mended release.
  const std::string id = rejected[0]["id"];
  EXPECT_EQ(world_.cli({"events", "rejected", "reenter", id}).status, 1) << "it hangs as before";
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  world_.add_connector(TENON_BINARY_DIR "/tests/connectors/inbound_mended.so",
                       inbound_manifest("1.0.1"));
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + kInboundSource));
  promote("inbound@1.0.1");
  ASSERT_TRUE(world_.eventually_distinct(4));
  EXPECT_TRUE(delivered().contains("hang"));
  const auto twice = world_.cli({"events", "rejected", "reenter", id});
  EXPECT_EQ(twice.status, 1) << twice.output;
  EXPECT_NE(twice.output.find("re-entered before"), std::string::npos) << twice.output;
}

TEST_F(Webhooks, AKillBetweenRawAndEventsLosesNothing) {
  start_inbound();
  EXPECT_EQ(send_lines("before").status, 201);
  ASSERT_TRUE(world_.eventually_distinct(1));
  EXPECT_EQ(send_lines("hang one\nhang two").status, 202);  // durable, and its step runs for ever
  world_.host().signal(SIGKILL);
  EXPECT_EQ(world_.host().wait(), 128 + SIGKILL);
  // The mended release takes over.
  world_.add_connector(TENON_BINARY_DIR "/tests/connectors/inbound_mended.so",
                       inbound_manifest("1.0.1"));
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + kInboundSource));
  promote("inbound@1.0.1");
  ASSERT_TRUE(world_.eventually_distinct(3));
  EXPECT_EQ(delivered(), (std::multiset<std::string>{"before", "hang one", "hang two"}));
  const auto trace = find("hang two");
  const auto raw = told({"explain", trace["received"].value("parent", "")});
  EXPECT_EQ(raw["webhook"]["release"], "inbound@1.0.1") << raw;
}

TEST_F(Webhooks, TheSecretInThePathIsInNoOutput) {
  world_.host_arguments = {"--log-level", "debug"};
  start_inbound();
  EXPECT_EQ(send_lines("a", "wrong").status, 401);
  EXPECT_EQ(send_lines("a").status, 201);
  ASSERT_TRUE(world_.eventually_distinct(1));
  std::string shown = http("GET", world_.metrics_url() + "/metrics").body;
  shown += world_.cli({"doctor"}).output + find("a").dump();
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  shown += world_.host().output();
  EXPECT_EQ(shown.find(kPathSecret), std::string::npos);
  for (const auto& part : {"/log", "/state"}) {
    // 1: looked and found nothing; 2 would be a folder that it could not look into.
    EXPECT_EQ(run({"grep", "-rqa", kPathSecret, world_.data() + part}).status, 1) << part;
  }
}

// The unmodified libraries from npm sign; the host judges.
class NpmSender : public Webhooks, public ::testing::WithParamInterface<const char*> {};
TEST_P(NpmSender, IsVerified) {
  const auto node = from_environment("TENON_NODE");
  const auto clients = from_environment("TENON_NPM_CLIENTS");
  if (!node || !clients) GTEST_SKIP() << "TENON_NODE or TENON_NPM_CLIENTS is not set";
  const bool standard = std::string(GetParam()) == "standard";
  const std::string secret = standard ? World::kSecret : "whsec_stripe_endpoint_secret";
  world_.environment["TEST_APP_SECRET"] = secret;
  world_.start_vendor();
  world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  world_.add_connector(TENON_BINARY_DIR "/connectors/hubspot.so",
                       hubspot_manifest_of(standard ? "standard-webhooks/1" : "stripe/1"));
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + kHubSpotSource));
  const auto done = run({*node, *clients + "/send_webhooks.mjs", GetParam(),
                         world_.url() + "/webhooks/hooks", secret, "11", "12", "13"});
  ASSERT_EQ(done.status, 0) << done.output;
  const auto told = json::parse(done.output, nullptr, false);
  EXPECT_EQ(told["statuses"], json({200, 200, 200})) << told;
  EXPECT_EQ(told["refused"], json({401, 401, 401})) << told;
  ASSERT_TRUE(world_.eventually_distinct(3));
  EXPECT_EQ(delivered(),
            (std::multiset<std::string>{"hubspot:2:1:11", "hubspot:2:1:12", "hubspot:2:1:13"}));
}
INSTANTIATE_TEST_SUITE_P(Npm, NpmSender, ::testing::Values("standard", "stripe"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace tenon::testing
