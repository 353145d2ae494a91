// The JSON form of a Trace: what `explain` answers.
#include "api/json.hpp"

namespace tenon {
namespace {

using nlohmann::json;

json received_json(const TraceReceived& in) {
  const char* format = in.format == RawFormat::segment      ? "segment"
                       : in.format == RawFormat::cloudevent ? "cloudevent"
                                                            : "unparsed";
  json out = {{"source", in.source_name},
              {"format", format},
              {"type", in.type},
              {"message_id", in.message_id},
              {"message_id_assigned", in.message_id_assigned},
              {"has_key", in.has_key},
              {"size_bytes", in.bytes},
              {"rejected", in.rejected},
              {"synthetic", (in.flags & kRecordSynthetic) != 0},
              {"replay", (in.flags & kRecordReplay) != 0},
              {"reentered", (in.flags & kRecordReentered) != 0}};
  if ((in.flags & kRecordEdited) != 0) out["edited"] = true;
  if (in.inbound) out["webhook"] = true;
  put_time(out, "occurred_at", in.occurred);
  put_time(out, "sent_at", in.sent);
  put_time(out, "received_at", in.received);
  put_time(out, "durable_at", in.appended);
  if (in.pulled) {
    out["pulled"] = {{"pull", in.pulled->pull},      {"destination", in.pulled->destination},
                     {"stream", in.pulled->stream},  {"release", in.pulled->release},
                     {"id", in.pulled->id},          {"place", in.pulled->place},
                     {"records", in.pulled->records}};
    put_time(out["pulled"], "at", in.pulled->at);
  } else {
    put_id(out, "parent", in.parent);
  }
  put_text(out, "reason", in.reason);
  put_text(out, "code", in.reason_code);
  put_id(out, "reentered_as", in.reentered_as);
  put_text(out, "reentered_by", in.reentered_by);
  put_time(out, "reentered_at", in.reentered_at);
  return out;
}

json inbound_json(const TraceInbound& inbound) {
  json out = {{"fate", inbound.fate == InboundFate::parsed ? "parsed" : "failed"},
              {"tries", inbound.tries},
              {"rejected", inbound.rejected},
              {"events", json::array()}};
  put_time(out, "at", inbound.at);
  put_text(out, "release", inbound.release);
  put_text(out, "reason", inbound.reason);
  for (const auto& id : inbound.events) out["events"].push_back(to_text(id));
  return out;
}

json decision_json(const TraceDecision& decision) {
  json out = {{"fate", name_of(decision.fate)},
              {"config", to_text(decision.config)},
              {"consent", decision.consent_enforced ? "enforced" : "not_enforced"}};
  put_time(out, "at", decision.at);
  put_text(out, "reason", decision.reason);
  put_id(out, "first", decision.first);
  return out;
}

json outcome_json(const DeliveryOutcome& outcome) {
  json out = {{"verdict", name_of(outcome.verdict)}, {"fate", name_of(outcome.fate)}};
  if (outcome.http_status != 0) out["http_status"] = outcome.http_status;
  put_text(out, "reason", outcome.reason);
  put_text(out, "vendor_code", outcome.vendor_code);
  put_text(out, "vendor_ref", outcome.vendor_ref);
  put_text(out, "detail", outcome.detail);
  if (outcome.maybe_applied) out["maybe_applied"] = true;
  put_time(out, "next_at", outcome.next_at);
  return out;
}

json delivery_json(const TraceDelivery& delivery) {
  json out = {{"id", to_text(delivery.id)},          {"route", delivery.route},
              {"destination", delivery.destination}, {"action", delivery.action},
              {"state", name_of(delivery.state)},    {"paused", delivery.paused},
              {"in_flight", delivery.in_flight},     {"tries", delivery.tries},
              {"attempts", json::array()},           {"notes", json::array()}};
  put_text(out, "reason", delivery.reason);
  if (delivery.replay.value != 0) out["replay"] = to_text(delivery.replay);
  put_id(out, "replaced_by", delivery.replaced_by);
  put_text(out, "held", delivery.held);
  put_time(out, "next_at", delivery.next_at);
  if (delivery.attempts_left_out != 0) out["attempts_left_out"] = delivery.attempts_left_out;
  for (const auto& attempt : delivery.attempts) out["attempts"].push_back(to_json(attempt));
  for (const auto& note : delivery.notes) {
    json entry = {{"at", to_rfc3339(note.at)}, {"what", note.what}, {"actor", note.actor}};
    put_text(entry, "reason", note.reason);
    out["notes"].push_back(std::move(entry));
  }
  return out;
}

}  // namespace

json to_json(const ExchangeNote& exchange) {
  json out = {{"step", exchange.step},     {"endpoint", exchange.endpoint},
              {"method", exchange.method}, {"path", exchange.path},
              {"got", exchange.got},       {"took_ms", exchange.took_ms},
              {"resent", exchange.resent}};
  if (exchange.http_status != 0) out["http_status"] = exchange.http_status;
  put_text(out, "request_excerpt", exchange.request_excerpt);
  put_text(out, "reply_excerpt", exchange.reply_excerpt);
  return out;
}

json to_json(const TraceAttempt& attempt) {
  json out = {{"id", attempt.attempt},        {"release", attempt.release},
              {"number", attempt.number},     {"batch", attempt.batch},
              {"position", attempt.position}, {"safe_to_repeat", attempt.safe_to_repeat},
              {"exchanges", json::array()}};
  put_time(out, "began_at", attempt.began);
  if (attempt.ended) put_time(out, "ended_at", *attempt.ended);
  put_text(out, "idempotency_key", attempt.idempotency);
  put_text(out, "request_digest", attempt.request_digest);
  put_text(out, "error", attempt.error);
  for (const auto& exchange : attempt.exchanges) out["exchanges"].push_back(to_json(exchange));
  if (attempt.outcome) out["outcome"] = outcome_json(*attempt.outcome);
  return out;
}

json to_json(const Trace& trace) {
  json out = {{"id", to_text(trace.id)},    {"received", received_json(trace.received)},
              {"decision", nullptr},        {"deliveries", json::array()},
              {"settled", trace.settled()}, {"complete", trace.complete}};
  if (trace.inbound) out["webhook"] = inbound_json(*trace.inbound);
  if (trace.decision) out["decision"] = decision_json(*trace.decision);
  for (const auto& delivery : trace.deliveries) {
    out["deliveries"].push_back(delivery_json(delivery));
  }
  put_text(out, "incomplete", trace.incomplete);
  return out;
}

}  // namespace tenon
