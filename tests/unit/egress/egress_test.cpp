// The whole exchange over a scripted client: order of steps, resends, credentials, notes.
#include "egress/egress.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "fixtures.hpp"

namespace tenon {
namespace {

using egress_test::good_destination;
using egress_test::good_manifest;
using egress_test::good_request;

class ScriptedClient final : public HttpClient {
 public:
  explicit ScriptedClient(SimClock& clock) : clock_(clock) {}
  Task<HttpReply> send(HttpRequest request, Instant) override {
    sent.push_back(std::move(request));
    at.push_back(clock_.instant());
    HttpReply reply;
    if (!replies.empty()) {
      reply = std::move(replies.front());
      replies.pop_front();
    }
    co_return reply;
  }
  std::deque<HttpReply> replies;
  std::vector<HttpRequest> sent;
  std::vector<Instant> at;

 private:
  SimClock& clock_;
};

class MapSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    const auto it = values.find(std::string(reference));
    if (it == values.end()) return not_found("wanted a set variable, found none");
    return Secret(std::string(it->second));
  }
  std::map<std::string, std::string> values{{"env:TOKEN", "tok-12345"}};
};

HttpReply http(std::uint32_t status, std::string body = {}, HttpHeaders headers = {}) {
  HttpReply reply;
  reply.got = Got::http;
  reply.status = status;
  reply.body = std::move(body);
  reply.body_total = reply.body.size();
  reply.headers = std::move(headers);
  return reply;
}
HttpReply failed(Got got, std::string error) {
  HttpReply reply;
  reply.got = got;
  reply.error = std::move(error);
  return reply;
}

struct World {
  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId(7), clock};
  RateLimiter limiter{log, clock};
  MapSecrets secrets;
  Vault vault{secrets};
  ScriptedClient client{clock};
  RecordingTelemetry telemetry;
  Egress egress{client, vault, limiter, clock, telemetry};
  Manifest manifest = good_manifest();
  Destination destination = good_destination();
  nlohmann::json settings = nlohmann::json::object();
  ExchangeNote note;
  HttpReply reply;
  bool done = false, synthetic = false;

  Task<void> go(ConnectorRequest request, Instant deadline) {
    EgressTarget target(destination, manifest, settings);
    target.call_records = 1;
    target.synthetic = synthetic;
    reply = co_await egress.exchange(std::move(target), std::move(request), deadline, &note);
    done = true;
  }
  void run(ConnectorRequest request, milliseconds within = milliseconds(60'000)) {
    Scope scope(context.get_executor());
    done = false;
    scope.spawn(go(std::move(request), clock.instant() + within), "go");
    sim_run(context, clock, clock.instant() + std::chrono::hours(48), [this] { return done; });
    ASSERT_TRUE(done);
  }
};

TEST(Egress, SendsWithCredentialAndGivesANote) {
  World world;
  world.client.replies.push_back(http(200, "ok", {{"set-cookie", "x"}, {"x-a", "b"}}));
  auto request = good_request();
  request.query = {{"a", "b c"}};
  world.run(request);
  ASSERT_EQ(world.client.sent.size(), 1u);
  const HttpRequest& sent = world.client.sent[0];
  EXPECT_TRUE(sent.tls);
  EXPECT_EQ(sent.host, "api.vendor.test");
  EXPECT_EQ(sent.target, "/v1/contacts?a=b%20c");
  const HttpHeaders headers{{"content-type", "application/json"},
                            {"X-Token", "Bearer tok-12345"},
                            {"user-agent", "tenon/1"}};
  EXPECT_EQ(sent.headers, headers);
  EXPECT_EQ(world.reply.headers, (HttpHeaders{{"x-a", "b"}}));
  EXPECT_EQ(world.note.endpoint, "api");
  EXPECT_EQ(world.note.got, "http");
  EXPECT_EQ(world.note.http_status, 200u);
  EXPECT_EQ(world.note.request_excerpt.find("tok-12345"), std::string::npos);
  EXPECT_EQ(world.telemetry.counters["egress_requests{destination=sales,endpoint=api,result=2xx}"],
            1);
}

TEST(Egress, WithAModelEverythingGoesThereAndSyntheticNowhereElse) {
  World world;
  world.synthetic = true;
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_NE(world.reply.error.find("synthetic"), std::string::npos);
  EXPECT_TRUE(world.client.sent.empty());
  world.destination.model = "http://127.0.0.1:8099";
  for (const bool synthetic : {true, false}) {
    world.synthetic = synthetic;
    world.client.replies.push_back(http(200, "ok"));
    world.run(good_request());
    ASSERT_FALSE(world.client.sent.empty());
    const HttpRequest& sent = world.client.sent.back();
    EXPECT_FALSE(sent.tls);
    EXPECT_EQ(sent.host, "127.0.0.1");
    EXPECT_EQ(sent.port, 8099);
    EXPECT_EQ(sent.target, "/v1/contacts");
    EXPECT_EQ(sent.peers, PeerPolicy::allow_loopback);
  }
  world.destination.model = "http://10.0.0.1:80";  // as a foreign log could hold it
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_EQ(world.client.sent.size(), 2u);
}

TEST(Egress, ARefusedRequestIsBlockedAndNeverSent) {
  World world;
  auto request = good_request();
  request.path = "/v1/../x";
  world.run(request);
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_NE(world.reply.error.find("path"), std::string::npos);
  EXPECT_EQ(world.note.got, "blocked");
  request = good_request();
  request.endpoint = "nowhere";
  world.run(request);
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_TRUE(world.client.sent.empty());
  EXPECT_EQ(world.telemetry.total("egress_requests"), 2);
}

TEST(Egress, AMissingCredentialIsBlockedWithSlotAndDestination) {
  World world;
  world.secrets.values.clear();
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_NE(world.reply.error.find("destination sales, slot token"), std::string::npos);
  world.destination.credentials.clear();
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked);
  EXPECT_NE(world.reply.error.find("slot token"), std::string::npos);
  EXPECT_TRUE(world.client.sent.empty());
}

TEST(Egress, EchoedSecretsAreScrubbedFromReplyAndNote) {
  World world;
  world.client.replies.push_back(http(401, R"({"error":"bad tok-12345"})"));
  world.run(good_request());
  EXPECT_EQ(world.reply.body, R"({"error":"bad [redacted]"})");
  EXPECT_EQ(world.note.reply_excerpt.find("tok-12345"), std::string::npos);
}

TEST(Egress, ResendsOnlyWhatMayBeResent) {
  for (const auto effect : {Effect::once, Effect::idempotent, Effect::read}) {
    World world;
    world.client.replies = {failed(Got::no_connection, "refused"), http(502), http(200)};
    auto request = good_request();
    request.effect = effect;
    world.run(request);
    const bool again = effect != Effect::once;
    EXPECT_EQ(world.client.sent.size(), again ? 3u : 1u);
    EXPECT_EQ(world.reply.got, again ? Got::http : Got::no_connection);
    EXPECT_EQ(world.note.resent, again ? 2u : 0u);
    if (again) {
      EXPECT_GE(world.client.at[1] - world.client.at[0], milliseconds(125));
      EXPECT_GE(world.client.at[2] - world.client.at[1], milliseconds(250));
    }
  }
}

TEST(Egress, ResendsAtMostTwiceAndNotForOtherAnswers) {
  World world;
  for (int i = 0; i < 5; ++i) world.client.replies.push_back(failed(Got::lost, "cut"));
  auto request = good_request();
  request.effect = Effect::idempotent;
  world.run(request);
  EXPECT_EQ(world.client.sent.size(), 3u);
  EXPECT_EQ(world.reply.got, Got::lost);
  for (auto& other : {http(429), http(500), http(400), failed(Got::timeout, "late")}) {
    World next;
    next.client.replies.push_back(other);
    next.run(request);
    EXPECT_EQ(next.client.sent.size(), 1u) << other.status;
  }
}

TEST(Egress, NoResendBeyondTheDeadline) {
  World world;
  world.client.replies = {http(503), http(200)};
  auto request = good_request();
  request.effect = Effect::read;
  world.run(request, milliseconds(100));
  EXPECT_EQ(world.client.sent.size(), 1u);
  EXPECT_EQ(world.reply.status, 503u);
}

TEST(Egress, RetryAfterBlocksTheBucket) {
  World world;
  world.client.replies = {http(429, "", {{"retry-after", "7"}}), http(200)};
  world.run(good_request());
  EXPECT_EQ(world.reply.status, 429u);
  EXPECT_EQ(world.limiter.wait_hint("crm/sales/default"), milliseconds(7'000));
  world.run(good_request(), milliseconds(1'000));
  EXPECT_EQ(world.reply.got, Got::no_connection) << "provably nothing was sent";
  EXPECT_NE(world.reply.error.find("rate limit"), std::string::npos);
  world.run(good_request());
  EXPECT_EQ(world.reply.status, 200u);
  EXPECT_GE(world.client.at[1] - world.client.at[0], milliseconds(7'000));
}

TEST(Egress, WhatTheVendorSaysRemainsIsKeptTo) {
  World world;
  RateHeader rule;
  rule.bucket = "default";
  rule.remaining = "x-remaining";
  rule.reset = "x-reset";
  world.manifest.rate_headers = {rule};
  world.client.replies = {http(200, "", {{"x-remaining", "1"}, {"x-reset", "20"}}),
                          http(200, "", {{"x-remaining", "0"}, {"x-reset", "20"}}), http(200)};
  for (int i = 0; i < 3; ++i) world.run(good_request());
  ASSERT_EQ(world.client.at.size(), 3u);
  EXPECT_LT(world.client.at[1] - world.client.at[0], milliseconds(100)) << "one remained";
  EXPECT_GE(world.client.at[2] - world.client.at[1], milliseconds(19'900));
  EXPECT_LT(world.client.at[2] - world.client.at[1], milliseconds(20'100));
}

TEST(Egress, ABareRefusalHalvesThePace) {
  World world;
  const auto in_the_next_second = [&] {
    world.clock.advance_by(milliseconds(1'100));
    const auto from = world.client.at.size();
    const Instant begin = world.clock.instant();
    while (world.clock.instant() < begin + milliseconds(1'000)) world.run(good_request());
    return world.client.at.size() - from;
  };
  const auto before = in_the_next_second();
  world.client.replies = {http(429)};
  world.run(good_request());
  const auto after = in_the_next_second();
  EXPECT_LE(after, before / 2 + 1);
  EXPECT_GT(after, before / 4);
}

TEST(Egress, TwoDestinationsOfOneAccountShareItsLimit) {
  World world;
  for (int i = 0; i < 10; ++i) world.run(good_request());
  world.destination.name.value = "support";
  world.run(good_request());
  EXPECT_GT(world.client.at[10] - world.client.at[0], milliseconds(1'000));
  world.destination.account = "another";
  world.run(good_request());
  EXPECT_LT(world.client.at[11] - world.client.at[10], milliseconds(100));
}

TEST(Egress, CostsAreTakenFromTheBucket) {
  World world;
  auto request = good_request();
  request.cost = 10;
  world.client.replies = {http(200), http(200)};
  world.run(request);
  world.run(request);
  EXPECT_GT(world.client.at[1] - world.client.at[0], milliseconds(1'000));
  request.cost = 11;
  world.run(request);
  EXPECT_EQ(world.reply.got, Got::blocked);
}

TEST(Egress, SignsLastOverTheExactBody) {
  World world;
  world.manifest.sign = "standard-webhooks/1";
  world.manifest.sign_slot = "key";
  Slot key;
  key.name = "key";
  key.kind = SlotKind::signing;
  world.manifest.slots.push_back(key);
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked) << "no key, no request";
  world.destination.credentials["key"] = "env:KEY";
  world.secrets.values["env:KEY"] = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
  world.client.replies.push_back(http(200, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"));
  world.run(good_request());
  ASSERT_EQ(world.client.sent.size(), 1u);
  int found = 0;
  for (const auto& [name, value] : world.client.sent[0].headers) {
    if (name == "webhook-id") found += value == "key-1" ? 1 : 0;
    if (name == "webhook-timestamp") found += value.starts_with("17672256") ? 1 : 0;
    if (name == "webhook-signature") found += value.starts_with("v1,") ? 1 : 0;
  }
  EXPECT_EQ(found, 3);
  EXPECT_EQ(world.reply.body, "[redacted]");
  world.manifest.sign = "made-up/1";
  world.run(good_request());
  EXPECT_EQ(world.reply.got, Got::blocked);
}

}  // namespace
}  // namespace tenon
