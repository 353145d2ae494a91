// Golden: reading files and running their scripts.
#include "testkit/golden.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "testkit/node.hpp"

namespace tenon::testkit {
namespace {

constexpr std::int64_t kMost = INT64_MAX, kMost32 = UINT32_MAX;

std::uint32_t op_named(const Node& top) {
  const std::string name = top.text_or("op", "deliver");
  for (const std::uint32_t op :
       {TENON_OP_DELIVER, TENON_OP_PULL, TENON_OP_WEBHOOK, TENON_OP_READBACK, TENON_OP_CHECK}) {
    if (op_name(op) == name) return op;
  }
  top.at("op").wrong("deliver, pull, webhook, readback or check", name);
}

ReplyIn read_reply(const Node& node) {
  node.only({"got", "status", "headers", "json", "body", "cut_bytes"});
  ReplyIn reply;
  const std::string got = node.text_or("got", "http");
  reply.got = got_of(got);
  if (reply.got == 0) {
    node.at("got").wrong("http, timeout, no_connection, blocked or lost", got);
  }
  if (reply.got != TENON_GOT_HTTP) return reply;
  node.at("status");
  reply.status = static_cast<std::uint32_t>(node.number_or("status", 0, 100, 999));
  if (node.has("headers")) reply.headers = node.at("headers").pairs();
  reply.body = node.body();
  reply.cut_bytes = static_cast<std::uint64_t>(node.number_or("cut_bytes", 0, 0, kMost));
  return reply;
}

RecordIn read_record(const Node& node) {
  node.only({"id", "type", "attempt", "isolated", "maybe_applied", "vendor_ref", "body", "text"});
  RecordIn record;
  record.id = node.text("id");
  record.type = node.text_or("type", "track");
  record.vendor_ref = node.text_or("vendor_ref", "");
  record.attempt = static_cast<std::uint32_t>(node.number_or("attempt", 1, 1, kMost32));
  if (node.flag("isolated")) record.flags |= TENON_RECORD_ISOLATED;
  if (node.flag("maybe_applied")) record.flags |= TENON_RECORD_MAYBE_APPLIED;
  record.body = node.has("text") ? node.text("text") : node.at("body").json().dump();
  return record;
}

InboundIn read_inbound(const Node& node) {
  node.only({"method", "path", "headers", "json", "body"});
  InboundIn inbound;
  inbound.method = node.text_or("method", inbound.method);
  inbound.path = node.text_or("path", inbound.path);
  if (node.has("headers")) inbound.headers = node.at("headers").pairs();
  inbound.body = node.body();
  return inbound;
}

void read_call(const Node& top, CallIn& call) {
  call.op = op_named(top);
  call.action = top.text_or("action", "");
  call.stream = top.text_or("stream", "");
  call.cursor = top.text_or("cursor", "");
  call.now_ms = top.number_or("now_ms", call.now_ms, 0, kMost);
  call.seed = static_cast<std::uint64_t>(top.number_or("seed", 1, 0, kMost));
  call.idempotency = top.text_or("idempotency", call.idempotency);
  if (top.has("records")) {
    for (const Node& item : top.at("records").items()) call.records.push_back(read_record(item));
  }
  if (top.has("inbound")) call.inbound = read_inbound(top.at("inbound"));
  if (call.op == TENON_OP_WEBHOOK && !call.inbound) top.at("inbound");
}

// Null if it is left out: a golden that is not finished, which an update fills.
Json read_request(const Node& exchange) {
  if (!exchange.has("request")) return nullptr;
  const Node request = exchange.at("request");
  request.only({"endpoint", "method", "path", "query", "headers", "json", "body", "effect",
                "covers", "bucket", "idempotency_key", "cost", "secrets"});
  for (const char* name : {"query", "headers"}) {
    if (request.has(name)) request.at(name).pairs();  // checks them
  }
  request.body();
  return request.json();
}

void read_steps(const Node& list, Golden& golden) {
  for (const Node& step : list.items()) {
    golden.steps.emplace_back();
    for (const Node& exchange : step.items()) {
      exchange.only({"request", "reply"});
      golden.steps.back().push_back({read_request(exchange), read_reply(exchange.at("reply"))});
    }
  }
}

Json read_expected(const Node& top, const char* name,
                   std::initializer_list<std::string_view> members) {
  if (!top.has(name)) return Json::array();
  const Node list = top.at(name);
  for (const Node& item : list.items()) item.only(members);
  return list.json();
}

void read_expectations(const Node& top, Golden& golden) {
  if (top.has("steps")) read_steps(top.at("steps"), golden);
  golden.status = top.text_or("status", "ok");
  golden.explain = top.text_or("explain", "");
  golden.body_ignored = top.text_or("body_ignored", "");
  golden.outcomes = read_expected(
      top, "outcomes",
      {"verdict", "applied", "reason", "retry_after_ms", "vendor_ref", "vendor_code", "detail"});
  golden.emits =
      read_expected(top, "emits", {"kind", "index", "id", "type", "event_ms", "json", "body"});
  golden.checkpoints = read_expected(top, "checkpoints", {"cursor", "more", "emits"});
  golden.hints = read_expected(top, "hints", {"kind", "name", "until_ms"});
  if (top.has("delays_ms")) {
    const Node delays = top.at("delays_ms");
    for (const Node& item : delays.items()) {
      if (!item.json().is_number_unsigned()) item.wrong("milliseconds", item.json().dump());
    }
    golden.delays_ms = delays.json();
  }
  if (top.has("reply")) {
    const Node reply = top.at("reply");
    reply.only({"status", "json", "body"});
    golden.reply = reply.json();
  }
}

void read(const Json& json, Golden& golden) {
  const Node top(json, "");
  top.only({"title",   "op",     "settings", "action",      "stream",       "cursor",
            "inbound", "now_ms", "seed",     "idempotency", "body_ignored", "records",
            "steps",   "status", "explain",  "outcomes",    "emits",        "checkpoints",
            "reply",   "hints",  "delays_ms"});
  golden.title = top.text("title");
  golden.settings = top.at("settings", Json::value_t::object).json().dump();
  read_call(top, golden.call);
  read_expectations(top, golden);
  golden.source = json;
}

}  // namespace

ReplyIn Golden::reply_to(std::size_t step, std::size_t index) const {
  if (step < steps.size() && index < steps[step].size()) return steps[step][index].reply;
  ReplyIn lost;
  lost.got = TENON_GOT_LOST;
  return lost;
}

bool read_golden(const std::string& file, Golden& golden, std::string& error) {
  golden = Golden();
  golden.file = file;
  golden.name = std::filesystem::path(file).stem().string();
  return read_json_file(file, error, [&](const Json& json) { read(json, golden); });
}

std::vector<Golden> read_goldens(const std::string& folder, std::vector<std::string>& errors) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (failed) errors.push_back(folder + ": " + failed.message());
  std::sort(files.begin(), files.end());
  std::vector<Golden> goldens;
  for (const std::string& file : files) {
    Golden golden;
    std::string error;
    if (read_golden(file, golden, error)) {
      goldens.push_back(std::move(golden));
    } else {
      errors.push_back(error);
    }
  }
  return goldens;
}

CallOut run_golden(const Instance& instance, const Golden& golden, const Change& change) {
  std::size_t index = 0;
  std::uint32_t last_step = 0;
  return run_call(instance, golden.call, [&](const RequestOut&, std::uint32_t step) {
    index = step == last_step ? index : 0;
    last_step = step;
    ReplyIn reply = golden.reply_to(step, index);
    if (change) change(step, index, reply);
    ++index;
    return reply;
  });
}

}  // namespace tenon::testkit
