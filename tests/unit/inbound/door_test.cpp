// What the door answers, and what is in the log when it does.
#include "inbound/door.hpp"

#include "inbound_world.hpp"

namespace tenon::inbound {
namespace {

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Door, AVerifiedWebhookBecomesEventsAndGetsTheConnectorsReply) {
  Machine machine;
  Host host(machine);
  host.begin();
  const auto response = host.send_signed("one");
  EXPECT_EQ(response.status, 202u);
  EXPECT_EQ(response.body, R"({"ok":true})");
  EXPECT_EQ(header_of(response, "content-type"), "application/json");
  ASSERT_EQ(host.connector.calls.size(), 1u);
  const auto& call = host.connector.calls[0];
  EXPECT_EQ(call.op, Op::webhook);
  EXPECT_EQ(call.inbound->body, "one");
  EXPECT_EQ(call.inbound->path, "/webhooks/crm");
  // Neither signature nor time of it: the connector sees what the manifest names.
  EXPECT_EQ(call.inbound->headers, (HttpHeaders{{"content-type", "application/json"}}));

  const auto raws = host.kept(Stream::raw);
  ASSERT_EQ(raws.size(), 1u);
  const auto ended = host.ended();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].fate, InboundFate::parsed);
  EXPECT_EQ(ended[0].release, "crm@1.0.0");
  ASSERT_EQ(ended[0].events.size(), 1u);
  EXPECT_EQ(ended[0].events[0], event_id_of(LogId{7}, raws[0].partition, raws[0].record));
  EXPECT_EQ(raws[0].record.header.parent.offset, ended[0].received);
  EXPECT_TRUE(host.parser->waiting().empty());
}

TEST(Door, RefusesWhatIsNotTheVendors) {
  Machine machine;
  Host host(machine);
  host.begin();
  const auto expect = [&](HttpHead head, std::uint32_t status, const char* what) {
    const auto response = host.send(std::move(head), "body");
    EXPECT_EQ(response.status, status) << what << response.body;
    EXPECT_EQ(header_of(response, "content-type"), "application/problem+json") << what;
    EXPECT_EQ(header_of(response, "www-authenticate"), "") << what;
    return response;
  };
  auto head = host.signed_head("body");
  head.headers.pop_back();
  expect(head, 401, "unsigned");
  expect(host.signed_head("other"), 401, "another body");
  head = host.signed_head("body");
  head.path = "/webhooks/other";
  expect(head, 404, "no such source");
  for (const char* path : {"/webhooks/", "/webhooks/crm/", "/webhooks/crm/x", "/webhooks//crm"}) {
    head.path = path;
    expect(head, 404, path);
  }
  head = host.signed_head("body");
  head.method = "GET";
  EXPECT_EQ(header_of(expect(head, 405, "method"), "allow"), "POST");
  head = host.signed_head("body");
  head.content_length = 10'001;
  EXPECT_EQ(host.door->admit(head).refuse->status, 413u);
  EXPECT_EQ(host.door->admit(host.signed_head("body")).max_body, 10'000u);
  EXPECT_EQ(host.received(), 0u);
  EXPECT_TRUE(host.connector.calls.empty());
}

TEST(Door, WantsTheContentTypesOfTheManifest) {
  auto manifest = manifest_of_scheme("slack/0");
  manifest.webhook->media_types = {"application/json"};
  Machine machine;
  Host host(machine, manifest);
  host.begin();
  auto head = host.signed_head("b");
  head.headers[0].second = "Application/JSON ; charset=utf-8";
  EXPECT_EQ(host.send(head, "b").status, 202u);
  head.headers[0].second = "text/plain";
  EXPECT_EQ(host.send(head, "b").status, 415u);
}

TEST(Door, ComesAgainLaterWhereItCannotJudge) {
  Machine machine;
  Host host(machine);
  EXPECT_EQ(host.send_signed("early").status, 429u);
  host.begin();
  machine.secrets.all.clear();
  const auto response = host.send_signed("no secret");
  EXPECT_EQ(response.status, 429u);
  EXPECT_EQ(header_of(response, "retry-after"), "10");
  EXPECT_EQ(response.body.find("SECRET"), std::string::npos);
  machine.secrets.all["env:SECRET"] = "old\na-secret-of-the-vendor";
  EXPECT_EQ(host.send_signed("rotated").status, 202u);
  host.door->stop();
  EXPECT_EQ(host.send_signed("late").status, 429u);
}

TEST(Door, HoldsTheRateOfProvenWebhooksOnly) {
  Machine machine;
  Host host(machine);
  host.workspace.sources[0].webhook->max_per_second = 2;
  host.begin();
  for (int i = 0; i < 5; ++i) {
    auto forged = host.signed_head("x");
    forged.headers.pop_back();
    EXPECT_EQ(host.send(forged, "x").status, 401u);
  }
  EXPECT_EQ(host.send_signed("1").status, 202u);
  EXPECT_EQ(host.send_signed("2").status, 202u);
  EXPECT_EQ(host.send_signed("3").status, 429u);
  host.run_for(milliseconds(1'000));
  EXPECT_EQ(host.send_signed("3").status, 202u);
}

TEST(Door, TheSecretInThePathIsNowhere) {
  Machine machine;
  Host host(machine, manifest_of_scheme("path-secret/1"));
  host.begin();
  HttpHead head;
  head.method = "POST";
  head.path = "/webhooks/crm/a-secret-of-the-vendor";
  head.query = "a=1";
  EXPECT_EQ(host.send(head, "one").status, 202u);
  EXPECT_EQ(host.connector.calls.at(0).inbound->path, "/webhooks/crm?a=1");
  for (const auto stream : {Stream::inbound, Stream::raw}) {
    for (const auto& kept : host.kept(stream)) {
      EXPECT_EQ(kept.record.body.find("a-secret-of"), std::string::npos);
    }
  }
  head.path = "/webhooks/crm/another";
  EXPECT_EQ(host.send(head, "one").status, 401u);
  head.path = "/webhooks/crm";
  EXPECT_EQ(host.send(head, "one").status, 401u);
}

TEST(Door, ChallengesNeedNoConnector) {
  auto manifest = manifest_of_scheme("slack/0");
  manifest.webhook->challenge = Challenge::hub;
  manifest.webhook->challenge_slot = "token";
  Machine machine;
  Host host(machine, manifest);
  host.begin();
  HttpHead head;
  head.method = "GET";
  head.path = "/webhooks/crm";
  head.query = "hub.mode=subscribe&hub.challenge=77&hub.verify_token=token";
  const auto response = host.send(head, "");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "77");
  EXPECT_EQ(header_of(response, "content-type"), "text/plain");
  head.query = "hub.mode=subscribe&hub.challenge=77&hub.verify_token=other";
  EXPECT_EQ(host.send(head, "").status, 401u);
  head.query = "x";
  EXPECT_EQ(host.send(head, "").status, 400u);

  manifest.webhook->challenge = Challenge::url_verification;
  manifest.webhook->challenge_slot.clear();
  Machine other;
  Host slack(other, manifest);
  slack.begin();
  const std::string body = R"({"type":"url_verification","challenge":"abc"})";
  EXPECT_EQ(slack.send_signed(body).body, "abc");
  auto forged = slack.signed_head("x");
  EXPECT_EQ(slack.send(forged, body).status, 401u);
  EXPECT_EQ(slack.received(), 0u);
  EXPECT_TRUE(slack.connector.calls.empty());
}

TEST(Door, RepliesThatWouldBringTheVendorBackAreNotPassedOn) {
  for (const auto& [status, wanted] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {200, 200}, {204, 204}, {410, 410}, {301, 200}, {500, 200}, {503, 200}}) {
    Machine machine;
    Host host(machine);
    host.begin();
    host.connector.script = [status = status](const Call&) {
      StepResult result;
      result.replied = true;
      result.reply_status = status;
      return result;
    };
    const auto response = host.send_signed("b");
    EXPECT_EQ(response.status, wanted) << status;
    EXPECT_EQ(response.body, wanted == status ? "" : "thanks") << status;
  }
}

}  // namespace
}  // namespace tenon::inbound
