// The input half of a golden, member by member.
#include "shadow/golden_call.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/call_limits.hpp"
#include "base/limits.hpp"
#include "shadow/json_depth.hpp"
#include "shadow/shown.hpp"

namespace tenon::shadow {
namespace {

// Members keep their order: a body goes to the connector as the file has it.
using Ordered = nlohmann::ordered_json;

constexpr std::int64_t kGoldenNow = 1'767'323'045'000;  // as the testkit's, where none is given
constexpr const char* kGoldenKey = "idempotency-1";     // likewise
constexpr std::size_t kMaxGoldenReplies = 10'000;       // of one step

// A value with its place. The first mistake is kept; after it all reads give nothing.
class GoldenNode {
 public:
  GoldenNode(const Ordered& value, std::string place, Error& error)
      : value_(&value), place_(std::move(place)), error_(&error) {}

  void wrong(const std::string& wanted, const std::string& found) const {
    if (!error_->message.empty()) return;
    *error_ = invalid("wanted " + wanted + ", found " + found, place_.empty() ? "/" : place_);
  }
  // An empty object or list where there is none of the kind.
  GoldenNode object(const char* name) const { return child(name, Ordered::value_t::object); }
  bool has(const char* name) const { return value_->is_object() && value_->contains(name); }
  GoldenNode at(const char* name) const {
    if (has(name)) return {(*value_)[name], place_ + "/" + name, *error_};
    static const Ordered kNothing;
    return {kNothing, place_ + "/" + name, *error_};
  }
  std::vector<GoldenNode> items(const char* name, std::size_t most) const {
    if (!has(name)) return {};
    return at(name).items(most);
  }
  std::vector<GoldenNode> items(std::size_t most) const {
    std::vector<GoldenNode> out;
    if (!value_->is_array() || value_->size() > most) {
      wrong("a list of at most " + std::to_string(most), what());
      return out;
    }
    for (const auto& item : *value_) {
      out.emplace_back(item, place_ + "/" + std::to_string(out.size()), *error_);
    }
    return out;
  }
  std::string text(const char* name, const std::string& otherwise = {}) const {
    return has(name) ? at(name).text() : otherwise;
  }
  std::string text() const {
    if (value_->is_string()) return value_->get<std::string>();
    wrong("a text", what());
    return {};
  }
  std::uint64_t number(const char* name, std::uint64_t otherwise, std::uint64_t most) const {
    if (!has(name)) return otherwise;
    const GoldenNode node = at(name);
    if (node.value_->is_number_unsigned() && node.value_->get<std::uint64_t>() <= most) {
      return node.value_->get<std::uint64_t>();
    }
    node.wrong("a whole number from 0 to " + std::to_string(most), node.what());
    return otherwise;
  }
  bool flag(const char* name) const {
    if (!has(name)) return false;
    if ((*value_)[name].is_boolean()) return (*value_)[name].get<bool>();
    at(name).wrong("true or false", at(name).what());
    return false;
  }
  HttpHeaders pairs(const char* name) const;
  std::string dump() const {
    return value_->dump(-1, ' ', false, Ordered::error_handler_t::replace);
  }
  // Members sorted by name.
  std::string canonical() const { return nlohmann::json(*value_).dump(); }
  bool is_object() const { return value_->is_object(); }
  std::string what() const {
    if (value_->is_null()) return "nothing";
    if (value_->is_array()) return "a list of " + std::to_string(value_->size());
    return shown(dump(), 80);
  }

 private:
  GoldenNode child(const char* name, Ordered::value_t type) const {
    static const Ordered kObject = Ordered::object();
    const GoldenNode node = at(name);
    if (node.value_->type() == type) return node;
    node.wrong("an object", node.what());
    return {kObject, node.place_, *error_};
  }

  const Ordered* value_;
  std::string place_;
  Error* error_;
};

HttpHeaders GoldenNode::pairs(const char* name) const {
  HttpHeaders out;
  if (!has(name)) return out;
  const GoldenNode list = at(name);
  if (list.value_->is_object()) {
    for (const auto& [key, value] : list.value_->items()) {
      out.emplace_back(key, GoldenNode(value, list.place_ + "/" + key, *error_).text());
    }
    return out;
  }
  for (const auto& item : list.items(1'000)) {
    const auto pair = item.items(2);
    if (pair.size() != 2) {
      item.wrong("[name, value]", item.what());
    } else {
      out.emplace_back(pair[0].text(), pair[1].text());
    }
  }
  return out;
}

Op golden_op(const GoldenNode& top) {
  constexpr std::pair<std::string_view, Op> kOps[] = {{"deliver", Op::deliver},
                                                      {"pull", Op::pull},
                                                      {"webhook", Op::webhook},
                                                      {"readback", Op::readback},
                                                      {"check", Op::check}};
  const std::string word = top.text("op", "deliver");
  for (const auto& [name, op] : kOps) {
    if (name == word) return op;
  }
  top.at("op").wrong("deliver, pull, webhook, readback or check", shown(word, 40));
  return Op::none;
}

CallRecord golden_record(const GoldenNode& node) {
  constexpr std::uint32_t kIsolated = 1, kMaybeApplied = 2;  // TENON_RECORD_*
  CallRecord record;
  record.id = node.at("id").text();
  record.type = node.text("type", "track");
  record.body = node.has("text") ? node.text("text") : node.at("body").dump();
  if (!node.has("text") && !node.has("body")) node.at("body").wrong("a value", "nothing");
  record.vendor_ref = node.text("vendor_ref");
  record.attempt = static_cast<std::uint32_t>(node.number("attempt", 1, UINT32_MAX));
  if (node.flag("isolated")) record.flags |= kIsolated;
  if (node.flag("maybe_applied")) record.flags |= kMaybeApplied;
  return record;
}

HttpReply golden_reply(const GoldenNode& node) {
  HttpReply reply;
  const std::string got = node.text("got", "http");
  for (const Got one : {Got::http, Got::timeout, Got::no_connection, Got::blocked, Got::lost}) {
    if (name_of(one) == got) reply.got = one;
  }
  if (reply.got == Got::none) {
    node.at("got").wrong("http, timeout, no_connection, blocked or lost", shown(got, 40));
  }
  if (reply.got != Got::http) return reply;
  if (!node.has("status")) node.at("status").wrong("a status", "nothing");
  reply.status = static_cast<std::uint32_t>(node.number("status", 0, 999));
  reply.headers = node.pairs("headers");
  reply.body = node.has("json") ? node.at("json").dump() : node.text("body");
  reply.body_total = reply.body.size() + node.number("cut_bytes", 0, INT64_MAX);
  return reply;
}

void read_golden_steps(const GoldenNode& top, CapturedCall& call) {
  CapturedStep empty;
  empty.now_ms = static_cast<std::int64_t>(top.number("now_ms", kGoldenNow, INT64_MAX));
  empty.idempotency = top.text("idempotency", kGoldenKey);
  for (const auto& step : top.items("steps", kMaxCallSteps)) {
    call.steps.push_back(empty);
    for (const auto& exchange : step.items(kMaxGoldenReplies)) {
      call.steps.back().replies.push_back(golden_reply(exchange.object("reply")));
    }
  }
  call.steps.push_back(empty);  // the one that reads the last replies
}

}  // namespace

Result<CapturedCall> golden_call(std::string_view text, std::string_view name) {
  if (text.size() > kMaxGoldenBytes) {
    return invalid("wanted at most " + std::to_string(kMaxGoldenBytes) + " bytes, found " +
                       std::to_string(text.size()),
                   std::string(name));
  }
  if (json_depth(text) > kMaxBodyDepth) {
    return invalid("wanted JSON of at most " + std::to_string(kMaxBodyDepth) + " levels",
                   std::string(name));
  }
  const Ordered json = Ordered::parse(text, nullptr, false);
  if (!json.is_object()) {
    return invalid("wanted a golden: a JSON object, found something else", std::string(name));
  }
  Error error;
  const GoldenNode top(json, "", error);
  CapturedCall call;
  call.attempt = std::string(name);
  call.op = golden_op(top);
  call.action = top.text("action");
  call.seed = top.number("seed", 1, INT64_MAX);
  call.settings = top.object("settings").canonical();
  if (call.op == Op::deliver || call.op == Op::readback || call.op == Op::check) {
    for (const auto& record : top.items("records", kMaxCallRecords)) {
      call.records.push_back(golden_record(record));
    }
    read_golden_steps(top, call);
  }
  if (!error.message.empty()) return std::move(error).in(name);
  return call;
}

}  // namespace tenon::shadow
