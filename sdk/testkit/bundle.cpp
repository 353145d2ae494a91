// Reading a bundle. The host has written it strictly; here what it holds is read, and what is wrong
// with it is told.
#include "testkit/bundle.hpp"

#include "testkit/base64.hpp"
#include "testkit/json_text.hpp"
#include "testkit/node.hpp"

namespace tenon::testkit {
namespace {

constexpr std::int64_t kGreatest = INT64_MAX, kGreatest32 = UINT32_MAX;

// A text, or {"base64": "..."}.
std::string any_text(const Node& node) {
  if (node.json().is_string()) return node.as_text();
  if (node.json().is_object() && node.json().size() == 1 && node.has("base64")) {
    std::string bytes;
    if (decode_base64(node.text("base64"), bytes)) return bytes;
  }
  node.wrong("a text, or {\"base64\": \"...\"}", one_line(node.json()).substr(0, 60));
}

std::string text_in(const Node& node, const char* name) {
  return node.has(name) ? any_text(node.at(name)) : std::string();
}

std::uint32_t number32(const Node& node, const char* name, std::int64_t otherwise = 0) {
  return static_cast<std::uint32_t>(node.number_or(name, otherwise, 0, kGreatest32));
}

std::uint32_t word_in(const Node& node, const char* name, std::initializer_list<const char*> words,
                      std::uint32_t otherwise = 0) {
  if (!node.has(name)) return otherwise;
  const std::string found = node.text(name);
  std::uint32_t value = 0;
  std::string all;
  for (const char* word : words) {
    if (found == word) return value;
    all += (all.empty() ? "" : ", ") + std::string(word);
    ++value;
  }
  node.at(name).wrong("one of " + all, found);
}

template <typename Take>
void each_of(const Node& node, const char* name, Take take) {
  if (!node.has(name)) return;
  for (const Node& item : node.at(name).items()) take(item);
}

Pairs pairs_in(const Node& node, const char* name) {
  Pairs out;
  each_of(node, name, [&](const Node& pair) {
    const auto parts = pair.items();
    if (parts.size() != 2) pair.wrong("a name and a value", one_line(pair.json()).substr(0, 60));
    out.emplace_back(any_text(parts[0]), any_text(parts[1]));
  });
  return out;
}

RecordIn record_of(const Node& node) {
  RecordIn out;
  out.id = text_in(node, "id");
  out.type = text_in(node, "type");
  out.body = text_in(node, "body");
  out.vendor_ref = text_in(node, "vendor_ref");
  out.attempt = number32(node, "attempt", 1);
  out.flags = number32(node, "flags");
  return out;
}

SecretOut secret_of(const Node& node) {
  SecretOut out;
  out.place = word_in(node, "place", {"none", "header", "path", "body", "query"});
  out.index = number32(node, "index");
  out.transform = word_in(node, "transform", {"none", "plain", "base64", "hmac_sha256_hex"}, 1);
  out.offset = static_cast<std::uint64_t>(node.number_or("offset", 0, 0, kGreatest));
  out.slot = text_in(node, "slot");
  out.message = text_in(node, "message");
  return out;
}

RequestOut request_of(const Node& node) {
  RequestOut out;
  out.tag = number32(node, "tag");
  out.effect = word_in(node, "effect", {"once", "idempotent", "read"});
  out.cost = number32(node, "cost", 1);
  out.endpoint = text_in(node, "endpoint");
  out.method = text_in(node, "method");
  out.path = text_in(node, "path");
  out.query = pairs_in(node, "query");
  out.headers = pairs_in(node, "headers");
  out.body = text_in(node, "body");
  each_of(node, "secrets", [&](const Node& item) { out.secrets.push_back(secret_of(item)); });
  each_of(node, "covers", [&](const Node& item) {
    if (!item.json().is_number_unsigned()) item.wrong("the index of a record", "another value");
    out.covers.push_back(item.json().get<std::uint32_t>());
  });
  out.bucket = text_in(node, "bucket");
  out.idempotency_key = text_in(node, "idempotency_key");
  return out;
}

ReplyIn reply_of(const Node& node) {
  ReplyIn out;
  out.got = word_in(node, "got", {"none", "http", "timeout", "no_connection", "blocked", "lost"});
  out.status = number32(node, "status");
  out.headers = pairs_in(node, "headers");
  out.body = text_in(node, "body");
  const auto total = static_cast<std::uint64_t>(node.number_or("body_total", 0, 0, kGreatest));
  if (total > out.body.size()) out.cut_bytes = total - out.body.size();
  return out;
}

OutcomeOut outcome_of(const Node& node) {
  OutcomeOut out;
  out.index = number32(node, "index");
  out.verdict =
      word_in(node, "verdict",
              {"unresolved", "accepted", "duplicate", "skipped", "rejected", "retry", "isolate"});
  out.applied = word_in(node, "applied", {"maybe", "no", "yes"});
  out.reason = number32(node, "reason");
  out.retry_after_ms = number32(node, "retry_after_ms");
  out.vendor_ref = text_in(node, "vendor_ref");
  out.vendor_code = text_in(node, "vendor_code");
  out.detail = text_in(node, "detail");
  return out;
}

Bundle::Step step_of(const Node& node) {
  Bundle::Step out;
  out.now_ms = node.number_or("now_ms", 0, INT64_MIN, kGreatest);
  out.idempotency = text_in(node, "idempotency");
  out.said.status = static_cast<tenon_status>(node.number_or("status", 0, INT32_MIN, INT32_MAX));
  out.said.explain = text_in(node, "explain");
  out.said.suspended = node.flag("suspended");
  out.said.delay_ms = number32(node, "delay_ms");
  each_of(node, "requests", [&](const Node& one) { out.said.requests.push_back(request_of(one)); });
  each_of(node, "outcomes", [&](const Node& one) { out.said.outcomes.push_back(outcome_of(one)); });
  each_of(node, "replies", [&](const Node& one) { out.replies.push_back(reply_of(one)); });
  if (!out.replies.empty() && out.replies.size() != out.said.requests.size()) {
    node.at("replies").wrong("one for each request", std::to_string(out.replies.size()));
  }
  return out;
}

std::uint32_t op_of(const Node& node) {
  const std::string name = node.text("op");
  for (const std::uint32_t op :
       {TENON_OP_DELIVER, TENON_OP_PULL, TENON_OP_WEBHOOK, TENON_OP_READBACK, TENON_OP_CHECK}) {
    if (op_name(op) == name) return op;
  }
  node.at("op").wrong("deliver, pull, webhook, readback or check", name);
}

std::uint64_t seed_of(const Node& node) {
  if (!node.has("seed")) return 0;
  const std::string text = node.text("seed");
  try {
    std::size_t end = 0;
    const auto seed = std::stoull(text, &end);
    if (end == text.size()) return seed;
  } catch (const std::exception&) {
  }
  node.at("seed").wrong("digits of a number", text);
}

void read_captured(const Node& node, Bundle& out) {
  if (node.number_or("captured_call", 0, 0, kGreatest) != 1) {
    node.at("captured_call").wrong("1, the version of the form", "another one");
  }
  out.attempt = text_in(node, "attempt");
  if (node.has("release")) out.release = text_in(node, "release");
  out.settings = node.has("settings") ? text_in(node, "settings") : "{}";
  out.failure = text_in(node, "failure");
  out.failure_text = text_in(node, "failure_text");
  out.call.op = op_of(node);
  out.call.action = text_in(node, "action");
  out.call.seed = seed_of(node);
  each_of(node, "records", [&](const Node& one) { out.call.records.push_back(record_of(one)); });
  each_of(node, "steps", [&](const Node& one) { out.steps.push_back(step_of(one)); });
  if (out.steps.empty()) node.wrong("at least one step", "a call of which none was run");
}

void read_top(const Json& json, Bundle& out) {
  const Node top(json, "");
  if (!top.has("tenon_bundle")) return read_captured(top, out);
  if (top.number_or("tenon_bundle", 0, 0, kGreatest) != 1) {
    top.at("tenon_bundle").wrong("1, the version of the form", "another one");
  }
  out.release = text_in(top, "release");
  out.digest = text_in(top, "digest");
  each_of(top, "redacted", [&](const Node& one) { out.redacted.push_back(one.as_text()); });
  read_captured(top.at("call"), out);
}

}  // namespace

bool read_bundle(const std::string& file, Bundle& bundle, std::string& error) {
  bundle = Bundle();
  return read_json_file(file, error, [&](const Json& json) { read_top(json, bundle); });
}

}  // namespace tenon::testkit
