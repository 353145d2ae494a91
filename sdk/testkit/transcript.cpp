// Transcript: names of the ABI's numbers, and pushes as JSON.
#include "testkit/transcript.hpp"

#include <array>

namespace tenon::testkit {
namespace {

template <std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, std::uint32_t value) {
  return value < N ? names[value] : "unknown";
}

constexpr std::array<std::string_view, 7> kVerdicts{
    "unresolved", "accepted", "duplicate", "skipped", "rejected", "retry", "isolate"};
constexpr std::array<std::string_view, 3> kApplied{"maybe", "no", "yes"};
constexpr std::array<std::string_view, 6> kGot{"none",          "http",    "timeout",
                                               "no_connection", "blocked", "lost"};
constexpr std::array<std::string_view, 3> kEffects{"once", "idempotent", "read"};
constexpr std::array<std::string_view, 4> kHints{"unknown", "throttled", "auth_rejected",
                                                 "vendor_down"};
constexpr std::array<std::string_view, 4> kEmits{"unknown", "record", "found", "absent"};
constexpr std::array<std::string_view, 7> kStatuses{"ok",          "config", "input",   "response",
                                                    "unsupported", "limit",  "internal"};

Json pairs_json(const Pairs& pairs) {
  Json list = Json::array();
  for (const auto& [key, value] : pairs) list.push_back(Json::array({key, value}));
  return list;
}

// An empty member is left out, so that files stay short.
void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

}  // namespace

std::string_view verdict_name(std::uint32_t verdict) { return name_in(kVerdicts, verdict); }
std::string_view got_name(std::uint32_t got) { return name_in(kGot, got); }
std::string_view status_name(tenon_status status) {
  return name_in(kStatuses, static_cast<std::uint32_t>(-static_cast<std::int64_t>(status)));
}

std::string_view op_name(std::uint32_t op) {
  switch (op) {
    case TENON_OP_DELIVER: return "deliver";
    case TENON_OP_PULL: return "pull";
    case TENON_OP_WEBHOOK: return "webhook";
    case TENON_OP_READBACK: return "readback";
    case TENON_OP_CHECK: return "check";
    default: return "unknown";
  }
}

std::uint32_t got_of(std::string_view name) {
  for (std::uint32_t i = 0; i < kGot.size(); ++i) {
    if (kGot[i] == name) return i;
  }
  return 0;
}

Json to_json(const RequestOut& request) {
  Json json;
  json["endpoint"] = request.endpoint;
  json["method"] = request.method;
  json["path"] = request.path;
  if (!request.query.empty()) json["query"] = pairs_json(request.query);
  json["headers"] = pairs_json(request.headers);
  put(json, "body", request.body);
  json["effect"] = name_in(kEffects, request.effect);
  json["covers"] = request.covers;
  put(json, "bucket", request.bucket);
  put(json, "idempotency_key", request.idempotency_key);
  if (request.cost != 1) json["cost"] = request.cost;
  for (const SecretOut& s : request.secrets) {
    json["secrets"].push_back(Json{{"place", s.place},
                                   {"index", s.index},
                                   {"offset", s.offset},
                                   {"transform", s.transform},
                                   {"slot", s.slot},
                                   {"message", s.message}});
  }
  return json;
}

Json to_json(const OutcomeOut& outcome) {
  Json json;
  json["verdict"] = verdict_name(outcome.verdict);
  json["applied"] = name_in(kApplied, outcome.applied);
  if (outcome.reason != 0) json["reason"] = outcome.reason;
  if (outcome.retry_after_ms != 0) json["retry_after_ms"] = outcome.retry_after_ms;
  put(json, "vendor_ref", outcome.vendor_ref);
  put(json, "vendor_code", outcome.vendor_code);
  put(json, "detail", outcome.detail);
  return json;
}

Json to_json(const HintOut& hint) {
  Json json;
  json["kind"] = name_in(kHints, hint.kind);
  json["name"] = hint.name;
  if (hint.until_ms != 0) json["until_ms"] = hint.until_ms;
  return json;
}

Json to_json(const EmitOut& emit) {
  Json json;
  json["kind"] = name_in(kEmits, emit.kind);
  if (emit.kind != TENON_EMIT_RECORD) json["index"] = emit.index;
  put(json, "id", emit.id);
  put(json, "type", emit.type);
  put(json, "body", emit.body);
  if (emit.event_ms != 0) json["event_ms"] = emit.event_ms;
  return json;
}

Json to_json(const CheckpointOut& checkpoint) {
  Json json;
  json["cursor"] = checkpoint.cursor;
  json["more"] = checkpoint.more;
  return json;
}

Json to_json(const WebhookReplyOut& reply) {
  Json json;
  json["status"] = reply.status;
  put(json, "body", reply.body);
  return json;
}

Json to_json(const StepOut& step) {
  Json json;
  json["status"] = status_name(step.status);
  put(json, "explain", step.explain);
  for (const RequestOut& request : step.requests) {
    Json item = to_json(request);
    item["tag"] = request.tag;
    json["requests"].push_back(std::move(item));
  }
  for (const OutcomeOut& outcome : step.outcomes) {
    Json item = to_json(outcome);
    item["index"] = outcome.index;
    json["outcomes"].push_back(std::move(item));
  }
  for (const HintOut& hint : step.hints) json["hints"].push_back(to_json(hint));
  for (const EmitOut& emit : step.emits) json["emits"].push_back(to_json(emit));
  for (const CheckpointOut& checkpoint : step.checkpoints) {
    Json item = to_json(checkpoint);
    item["emits"] = checkpoint.emits;
    json["checkpoints"].push_back(std::move(item));
  }
  if (step.reply) json["reply"] = to_json(*step.reply);
  if (step.suspended) {
    json["state"] = step.state;
    json["delay_ms"] = step.delay_ms;
  }
  for (const std::string& violation : step.violations) json["violations"].push_back(violation);
  return json;
}

std::string transcript(const CallOut& call) {
  Json json = Json::array();
  for (const StepOut& step : call.steps) json.push_back(to_json(step));
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tenon::testkit
