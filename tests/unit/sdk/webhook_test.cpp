// The webhook connector against a receiver; and the receiver against vectors made by others.
#include <cstdlib>
#include <fstream>

#include "unit/sdk/support.hpp"
#include "webhook/fake/model.hpp"

namespace tenon::testkit {
namespace {

using webhook::fake::Mode;
using webhook::fake::WebhookReceiver;

class Webhook : public ::testing::Test {
 protected:
  // Sends `count` records; the host's three headers stand in for its signature.
  CallOut send(int count, const std::string& action = "send") {
    CallIn call;
    call.action = action;
    call.idempotency = "call-1";
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      call.records.push_back({"evt_" + n, "track", "{ \"n\": " + n + " }", "", 1, 0});
    }
    const auto instance =
        instance_of(*tenon_connector_webhook(), R"({"url":"https://hooks.example.com/in"})");
    CallOut out = run_call(*instance, call, [&](const RequestOut& request, std::uint32_t) {
      const Pairs signature{{"webhook-id", request.idempotency_key},
                            {"webhook-timestamp", "1767323045"},
                            {"webhook-signature", "v1,c2lnbmVkIGJ5IHRoZSBob3N0"}};
      for (const auto& [name, value] : request.headers) EXPECT_EQ(name.find("webhook-"), name.npos);
      return as_reply(receiver_.handle(on_the_wire(request, signature), 1'767'323'045'000, 1));
    });
    EXPECT_EQ(out.violations(), Words{});
    return out;
  }

  WebhookReceiver receiver_;
};

TEST_F(Webhook, sends_each_record_with_its_own_id) {
  EXPECT_EQ(verdicts(send(3)), all(3, "accepted"));
  EXPECT_EQ(receiver_.order(), (Words{"evt_0", "evt_1", "evt_2"}));
  EXPECT_EQ(receiver_.deliveries().at("evt_1").body, R"({"n":1})");
}

TEST_F(Webhook, sends_a_batch_as_one_array) {
  EXPECT_EQ(verdicts(send(2, "send_batch")), all(2, "accepted"));
  EXPECT_EQ(receiver_.deliveries().at("call-1").body, R"([{"n":0},{"n":1}])");
}

TEST_F(Webhook, a_repeat_has_the_same_id) {
  receiver_.options().throttle_next = 1;
  EXPECT_EQ(verdicts(send(1)), (Words{"retry"}));
  EXPECT_EQ(verdicts(send(1)), (Words{"accepted"}));
  EXPECT_EQ(verdicts(send(1)), (Words{"accepted"}));
  EXPECT_EQ(receiver_.deliveries().at("evt_0").times, 2u);
}

TEST_F(Webhook, each_mode_has_its_verdict) {
  const std::pair<Mode, const char*> cases[] = {
      {Mode::ok, "accepted"},        {Mode::html, "accepted"}, {Mode::no_content, "accepted"},
      {Mode::server_error, "retry"}, {Mode::gone, "rejected"}, {Mode::refuse, "rejected"},
      {Mode::redirect, "rejected"},  {Mode::hang, "retry"}};
  for (const auto& [mode, wanted] : cases) {
    receiver_.options().mode = mode;
    EXPECT_EQ(verdicts(send(2)), all(2, wanted)) << static_cast<int>(mode);
  }
}

// Each of the answers is a hint; a step takes 64 of them, and these are all the same one.
TEST_F(Webhook, a_whole_batch_throttled_is_one_hint) {
  receiver_.options().throttle_next = 100;
  const CallOut out = send(100);
  EXPECT_EQ(out.status(), TENON_OK);
  EXPECT_EQ(verdicts(out), all(100, "retry"));
  EXPECT_EQ(out.steps.back().hints.size(), 1u);
}

TEST_F(Webhook, a_refused_array_is_sent_singly) {
  receiver_.options().mode = Mode::refuse;
  EXPECT_EQ(verdicts(send(2, "send_batch")), all(2, "isolate"));
  EXPECT_EQ(verdicts(send(1, "send_batch")), all(1, "rejected"));
}

TEST(WebhookSettings, must_be_an_address) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "url: wanted the address"},
      {R"({"url":7})", "url: wanted text, found 7"},
      {R"({"url":"ftp://x"})", "begins with https://"},
      {R"({"url":"https://x","uri":"y"})", "uri: no such setting"},
      {"[]", "wanted a JSON object, found an array"}};
  for (const auto& [settings, wanted] : cases) {
    tenon_status status = TENON_OK;
    std::string explain;
    EXPECT_FALSE(Instance::create(*tenon_connector_webhook(), settings, status, explain));
    EXPECT_EQ(status, TENON_E_CONFIG);
    EXPECT_PRED2(has_part, explain, wanted);
  }
}

TEST(WebhookReceiver, wants_all_three_headers) {
  WebhookReceiver receiver;
  ModelRequest request;
  request.method = "POST";
  request.headers = {{"webhook-id", "a"}, {"webhook-timestamp", "1"}};
  EXPECT_EQ(receiver.handle(request, 0, 0).status, 400u);
  request.headers.emplace_back("webhook-signature", "v1,x");
  EXPECT_EQ(receiver.handle(request, 0, 0).status, 200u);
  receiver.options().secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
  EXPECT_EQ(receiver.handle(request, 0, 0).status, 401u);
  EXPECT_EQ(receiver.counters().wrong_signature, 1u);
}

TEST(WebhookReceiver, agrees_with_vectors_of_another_implementation) {
  const char* specs = std::getenv("TENON_VENDOR_SPECS");
  if (specs == nullptr) GTEST_SKIP() << "TENON_VENDOR_SPECS is not set";
  std::ifstream file(std::string(specs) + "/standard-webhooks/vectors.jsonl");
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const Json vector = Json::parse(line);
    const Json& headers = vector.at("headers");
    std::string why;
    const bool valid = webhook::fake::verified(
        vector.at("secret").get<std::string>(), headers.value("webhook-id", ""),
        headers.value("webhook-timestamp", ""), vector.at("body").get<std::string>(),
        headers.value("webhook-signature", ""), vector.at("now").get<std::int64_t>(), 300, why);
    EXPECT_EQ(valid, vector.at("valid").get<bool>())
        << vector.at("name").get<std::string>() << ": " << why;
  }
  EXPECT_GE(count, 17);
}

}  // namespace
}  // namespace tenon::testkit
