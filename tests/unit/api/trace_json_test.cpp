// The promised JSON of explain: golden/trace.json, which the command line's tests read, too.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "api/json.hpp"

namespace tenon {
namespace {

Time at(std::int64_t ms) { return time_from_us(1'767'225'600'000'000 + ms * 1'000); }

TraceAttempt attempt(std::uint32_t number, std::int64_t began, std::int64_t ended) {
  TraceAttempt out;
  out.attempt = "att_" + std::to_string(number);
  out.release = "hubspot@1.0.0";
  out.action = "upsert_contact";
  out.idempotency = "key-1";
  out.request_digest = "d1";
  out.number = number;
  out.batch = 2;
  out.position = 1;
  out.began = at(began);
  out.ended = at(ended);
  ExchangeNote exchange;
  exchange.endpoint = "api";
  exchange.method = "POST";
  exchange.path = "/crm/v3/objects/contacts/batch/upsert";
  exchange.got = "http";
  exchange.took_ms = static_cast<std::uint32_t>(ended - began);
  out.exchanges.push_back(exchange);
  return out;
}

Trace story() {
  Trace trace;
  trace.id = EventId{LogId{7}, PartitionId{3}, Offset{100}, 0};
  auto& in = trace.received;
  in.source_name = "web";
  in.format = RawFormat::segment;
  in.type = "track";
  in.message_id = "order-1042";
  in.has_key = true;
  in.occurred = at(-500);
  in.received = at(0);
  in.appended = at(1);
  in.bytes = 1'434;
  TraceDecision decision;
  decision.at = at(12);
  decision.config = ConfigVersion{0xabcdef};
  decision.fate = EventFate::routed;
  trace.decision = decision;

  TraceDelivery crm;
  crm.id = delivery_id_of("crm", trace.id, "upsert_contact");
  crm.route = "orders";
  crm.destination = "crm";
  crm.action = "upsert_contact";
  crm.state = DeliveryState::delivered;
  crm.tries = 2;
  auto first = attempt(1, 20, 261);
  first.exchanges[0].http_status = 429;
  first.exchanges[0].reply_excerpt = R"({"message":"slow down"})";
  DeliveryOutcome outcome;
  outcome.verdict = Verdict::retry;
  outcome.fate = OutcomeFate::retry;
  outcome.http_status = 429;
  outcome.reason = "rate_limited";
  outcome.next_at = at(10'261);
  first.outcome = outcome;
  auto second = attempt(2, 10'262, 10'500);
  second.exchanges[0].http_status = 200;
  second.exchanges[0].resent = 1;
  outcome = DeliveryOutcome{};
  outcome.verdict = Verdict::accepted;
  outcome.fate = OutcomeFate::delivered;
  outcome.http_status = 200;
  outcome.vendor_ref = "501";
  second.outcome = outcome;
  crm.attempts = {first, second};
  crm.notes.push_back(TraceNote{at(5'000), "destination_paused", "uid:1000", "maintenance"});
  crm.notes.push_back(TraceNote{at(9'000), "destination_resumed", "uid:1000", {}});

  TraceDelivery hook;
  hook.id = delivery_id_of("hook", trace.id, "send");
  hook.route = "all";
  hook.destination = "hook";
  hook.action = "send";
  hook.state = DeliveryState::dead;
  hook.reason = "vendor_rejected";
  hook.tries = 1;
  auto only = attempt(1, 30, 42);
  only.error = "";
  only.exchanges[0].http_status = 400;
  outcome = DeliveryOutcome{};
  outcome.verdict = Verdict::rejected;
  outcome.fate = OutcomeFate::dead;
  outcome.http_status = 400;
  outcome.reason = "vendor_rejected";
  outcome.vendor_code = "INVALID_EMAIL";
  outcome.detail = "the address \x1b[31mbob@\" is wrong";
  only.outcome = outcome;
  hook.attempts = {only};

  TraceDelivery off;
  off.id = delivery_id_of("mail", trace.id, "send");
  off.route = "mails";
  off.destination = "mail";
  off.action = "send";
  off.state = DeliveryState::filtered;
  off.reason = "integrations_off";
  trace.deliveries = {crm, hook, off};
  trace.complete = true;
  return trace;
}

TEST(TraceJson, IsTheGolden) {
  const std::string path = TENON_SOURCE_DIR "/tests/unit/api/golden/trace.json";
  const auto text = to_json(story()).dump(2) + "\n";
  if (std::getenv("TENON_WRITE_GOLDENS") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << "set TENON_WRITE_GOLDENS=1 to accept, and say so in README.md";
}

TEST(TraceJson, ARejectedEventHasNoDecision) {
  Trace trace;
  trace.id = EventId{LogId{7}, PartitionId{3}, Offset{100}, 0};
  trace.received.rejected = true;
  trace.received.reason_code = "too_large";
  trace.received.reentered_as = EventId{LogId{7}, PartitionId{3}, Offset{200}, 0};
  const auto value = to_json(trace);
  EXPECT_TRUE(value["decision"].is_null());
  EXPECT_EQ(value["received"]["code"], "too_large");
  EXPECT_EQ(value["received"]["reentered_as"], to_text(trace.received.reentered_as));
  EXPECT_TRUE(value["settled"].get<bool>());
}

}  // namespace
}  // namespace tenon
