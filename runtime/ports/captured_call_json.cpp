// Captured calls to JSON; captured_call_read.cpp has the way back.
#include "ports/captured_call_json.hpp"

#include "base/base64.hpp"
#include "event/json.hpp"
#include "ports/captured_call_words.hpp"

namespace tenon {
namespace {

void put_captured(JsonWriter& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out.key(key);
  if (is_utf8(text)) {
    out.string(text);
  } else {
    out.begin_object().key("base64").string(to_base64(text)).end_object();
  }
}

template <typename Number>
void put_number(JsonWriter& out, std::string_view key, Number value, Number left_out = 0) {
  if (value != left_out) out.key(key).number(static_cast<std::int64_t>(value));
}

template <typename Enum>
void put_word(JsonWriter& out, std::string_view key, Enum value, Enum left_out = Enum{}) {
  if (value != left_out) out.key(key).string(word_of(value));
}

template <typename T, typename Put>
void put_list(JsonWriter& out, std::string_view key, const std::vector<T>& list, Put put) {
  if (list.empty()) return;
  out.key(key).begin_array();
  for (const auto& item : list) put(out, item);
  out.end_array();
}

void put_pairs(JsonWriter& out, std::string_view key, const HttpHeaders& pairs) {
  put_list(out, key, pairs, [](JsonWriter& to, const auto& pair) {
    to.begin_array();
    for (const std::string* text : {&pair.first, &pair.second}) {
      if (is_utf8(*text)) {
        to.string(*text);
      } else {
        to.begin_object().key("base64").string(to_base64(*text)).end_object();
      }
    }
    to.end_array();
  });
}

void put_record(JsonWriter& out, const CallRecord& record) {
  out.begin_object();
  put_captured(out, "id", record.id);
  put_captured(out, "type", record.type);
  put_captured(out, "body", record.body);
  put_captured(out, "vendor_ref", record.vendor_ref);
  put_number(out, "attempt", record.attempt, 1u);
  put_number(out, "flags", record.flags);
  out.end_object();
}

void put_secret(JsonWriter& out, const SecretRef& secret) {
  out.begin_object();
  put_word(out, "place", secret.place);
  put_number(out, "index", secret.index);
  put_word(out, "transform", secret.transform, SecretTransform::plain);
  put_number(out, "offset", secret.offset);
  put_captured(out, "slot", secret.slot);
  put_captured(out, "message", secret.message);
  out.end_object();
}

void put_request(JsonWriter& out, const ConnectorRequest& request) {
  out.begin_object();
  put_number(out, "tag", request.tag);
  put_word(out, "effect", request.effect);
  put_number(out, "cost", request.cost, 1u);
  put_captured(out, "endpoint", request.endpoint);
  put_captured(out, "method", request.method);
  put_captured(out, "path", request.path);
  put_pairs(out, "query", request.query);
  put_pairs(out, "headers", request.headers);
  put_captured(out, "body", request.body);
  put_list(out, "secrets", request.secrets, put_secret);
  put_list(out, "covers", request.covers,
           [](JsonWriter& to, std::uint32_t index) { to.number(index); });
  put_captured(out, "bucket", request.bucket);
  put_captured(out, "idempotency_key", request.idempotency_key);
  out.end_object();
}

void put_reply(JsonWriter& out, const HttpReply& reply) {
  out.begin_object();
  put_word(out, "got", reply.got);
  put_number(out, "status", reply.status);
  put_pairs(out, "headers", reply.headers);
  put_captured(out, "body", reply.body);
  put_number(out, "body_total", reply.body_total);
  put_captured(out, "error", reply.error);
  out.end_object();
}

void put_outcome(JsonWriter& out, const RecordOutcome& outcome) {
  out.begin_object();
  put_number(out, "index", outcome.index);
  put_word(out, "verdict", outcome.verdict);
  put_word(out, "applied", outcome.applied);
  put_number(out, "reason", outcome.reason);
  put_number(out, "retry_after_ms", outcome.retry_after_ms);
  put_captured(out, "vendor_ref", outcome.vendor_ref);
  put_captured(out, "vendor_code", outcome.vendor_code);
  put_captured(out, "detail", outcome.detail);
  out.end_object();
}

void put_step(JsonWriter& out, const CapturedStep& step) {
  out.begin_object();
  put_number(out, "now_ms", step.now_ms);
  put_captured(out, "idempotency", step.idempotency);
  put_number(out, "status", step.status);
  put_captured(out, "explain", step.explain);
  if (step.suspended) out.key("suspended").boolean(true);
  put_number(out, "delay_ms", step.delay_ms);
  put_list(out, "requests", step.requests, put_request);
  put_list(out, "replies", step.replies, put_reply);
  put_list(out, "outcomes", step.outcomes, put_outcome);
  out.end_object();
}

}  // namespace

std::string_view op_word(Op op) { return word_of(op); }

std::string to_json_line(const CapturedCall& call) {
  JsonWriter out;
  out.begin_object().key("captured_call").number(1);
  put_captured(out, "attempt", call.attempt);
  put_word(out, "op", call.op);
  put_captured(out, "release", call.release);
  put_captured(out, "action", call.action);
  put_captured(out, "tenant", call.tenant);
  put_captured(out, "workspace", call.workspace);
  put_captured(out, "destination", call.destination);
  if (call.at != Time{}) out.key("at").string(to_rfc3339(call.at));
  put_number(out, "took_ms", call.took_ms);
  if (call.seed != 0) out.key("seed").string(std::to_string(call.seed));
  put_captured(out, "failure", call.failure);
  put_captured(out, "failure_text", call.failure_text);
  put_captured(out, "settings", call.settings);
  put_list(out, "records", call.records, put_record);
  put_list(out, "steps", call.steps, put_step);
  out.end_object();
  return std::move(out).take();
}

}  // namespace tenon
