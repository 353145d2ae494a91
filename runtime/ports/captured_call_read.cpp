// Captured calls from JSON, which may have been written by anybody.
#include <charconv>
#include <limits>
#include <optional>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "event/json.hpp"
#include "ports/captured_call_json.hpp"
#include "ports/captured_call_words.hpp"

namespace tenon {
namespace {

constexpr int kDepth = 8;  // call, steps, step, requests, request, headers, pair, base64
constexpr std::size_t kMaxSteps = 64, kMaxItems = 10'000;

std::string shown(JsonView value) {
  std::string text = value.to_json();
  if (text.size() > 60) {
    std::size_t end = 57;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return text;
}

// The first fault of a line; what comes after it is not looked at.
struct Fault {
  std::optional<Error> error;
  void wanted(const std::string& place, const std::string& what, const std::string& found) {
    if (!error) error = invalid("wanted " + what + ", found " + found, place);
  }
};

std::string under(const std::string& place, std::string_view name) {
  return place.empty() ? std::string(name) : place + "/" + std::string(name);
}

std::optional<std::string> text_of(JsonView value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (!value.is(JsonKind::object) || value.size() != 1) return std::nullopt;
  const auto coded = value.member("base64");
  if (!coded || !coded->as_string()) return std::nullopt;
  return from_base64(*coded->as_string());
}

// One object: takes its members by name, then says which ones nobody took.
class Members {
 public:
  Members(Fault& fault, JsonView object, std::string place)
      : fault_(fault), object_(object), place_(std::move(place)) {
    if (!object_.is(JsonKind::object)) fault_.wanted(place_, "an object", shown(object_));
  }

  void text(std::string_view name, std::string& out) {
    const auto value = take(name);
    if (!value) return;
    auto found = text_of(*value);
    if (!found) {
      return fault_.wanted(under(place_, name), "a text, or {\"base64\": \"...\"}", shown(*value));
    }
    out = std::move(*found);
  }

  template <typename Number>
  void number(std::string_view name, Number& out) {
    const auto value = take(name);
    if (!value) return;
    const auto found = value->as_int();
    if (!found || !std::in_range<Number>(*found)) {
      return fault_.wanted(under(place_, name), "a whole number in its range", shown(*value));
    }
    out = static_cast<Number>(*found);
  }

  void flag(std::string_view name, bool& out) {
    const auto value = take(name);
    if (!value) return;
    if (!value->as_bool()) {
      return fault_.wanted(under(place_, name), "true or false", shown(*value));
    }
    out = *value->as_bool();
  }

  template <typename Enum>
  void word(std::string_view name, Enum& out) {
    const auto value = take(name);
    if (!value) return;
    std::string all;
    for (const auto& [known, word] : words_of(Enum{})) {
      if (value->as_string() == word) {
        out = known;
        return;
      }
      all += (all.empty() ? "" : ", ") + std::string(word);
    }
    fault_.wanted(under(place_, name), "one of " + all, shown(*value));
  }

  // read(JsonView item, std::string place, T& out)
  template <typename T, typename Read>
  void list(std::string_view name, std::size_t most, std::vector<T>& out, Read read) {
    const auto value = take(name);
    if (!value) return;
    const std::string place = under(place_, name);
    if (!value->is(JsonKind::array)) return fault_.wanted(place, "a list", shown(*value));
    if (value->size() > most) {
      return fault_.wanted(place, "at most " + std::to_string(most) + " items",
                           std::to_string(value->size()));
    }
    out.reserve(value->size());
    value->each_item([&](JsonView item) {
      std::string at = under(place, std::to_string(out.size()));
      read(item, std::move(at), out.emplace_back());
      return !fault_.error;
    });
  }

  std::optional<JsonView> take(std::string_view name) {
    if (fault_.error) return std::nullopt;
    taken_.push_back(name);
    return object_.member(name);
  }

  void end() {
    std::vector<bool> seen(taken_.size());
    object_.each_member([&](std::string_view name, JsonView) {
      const auto known = std::find(taken_.begin(), taken_.end(), name);
      if (known == taken_.end()) {
        fault_.wanted(under(place_, name.substr(0, 60)), "no such member",
                      "one: it is not part of this format, or of a later one");
        return false;
      }
      const std::size_t index = static_cast<std::size_t>(known - taken_.begin());
      if (seen[index]) fault_.wanted(under(place_, name), "it once", "it twice");
      seen[index] = true;
      return !fault_.error;
    });
  }

  const std::string& place() const { return place_; }
  Fault& fault() { return fault_; }

 private:
  Fault& fault_;
  JsonView object_;
  std::string place_;
  std::vector<std::string_view> taken_;
};

void read_pairs(Members& from, std::string_view name, HttpHeaders& out) {
  Fault& fault = from.fault();
  from.list(name, kMaxItems, out, [&](JsonView item, std::string place, auto& pair) {
    std::vector<std::string> texts;
    item.each_item([&](JsonView text) {
      auto found = text_of(text);
      if (found) texts.push_back(std::move(*found));
      return found.has_value() && texts.size() <= 2;
    });
    if (!item.is(JsonKind::array) || item.size() != 2 || texts.size() != 2) {
      return fault.wanted(place, "a list of two texts, name and value", shown(item));
    }
    pair = {std::move(texts[0]), std::move(texts[1])};
  });
}

void read_record(Members from, CallRecord& out) {
  from.text("id", out.id);
  from.text("type", out.type);
  from.text("body", out.body);
  from.text("vendor_ref", out.vendor_ref);
  from.number("attempt", out.attempt);
  from.number("flags", out.flags);
  from.end();
}

void read_secret(Members from, SecretRef& out) {
  from.word("place", out.place);
  from.number("index", out.index);
  from.word("transform", out.transform);
  from.number("offset", out.offset);
  from.text("slot", out.slot);
  from.text("message", out.message);
  from.end();
}

void read_request(Members from, ConnectorRequest& out) {
  Fault& fault = from.fault();
  from.number("tag", out.tag);
  from.word("effect", out.effect);
  from.number("cost", out.cost);
  from.text("endpoint", out.endpoint);
  from.text("method", out.method);
  from.text("path", out.path);
  read_pairs(from, "query", out.query);
  read_pairs(from, "headers", out.headers);
  from.text("body", out.body);
  from.list("secrets", kMaxItems, out.secrets, [&](JsonView item, std::string place, auto& secret) {
    read_secret(Members(fault, item, std::move(place)), secret);
  });
  from.list("covers", kMaxCallRecords, out.covers,
            [&](JsonView item, const std::string& place, std::uint32_t& index) {
              const auto found = item.as_int();
              if (!found || !std::in_range<std::uint32_t>(*found)) {
                return fault.wanted(place, "the index of a record", shown(item));
              }
              index = static_cast<std::uint32_t>(*found);
            });
  from.text("bucket", out.bucket);
  from.text("idempotency_key", out.idempotency_key);
  from.end();
}

void read_reply(Members from, HttpReply& out) {
  from.word("got", out.got);
  from.number("status", out.status);
  read_pairs(from, "headers", out.headers);
  from.text("body", out.body);
  from.number("body_total", out.body_total);
  from.text("error", out.error);
  from.end();
}

void read_outcome(Members from, RecordOutcome& out) {
  from.number("index", out.index);
  from.word("verdict", out.verdict);
  from.word("applied", out.applied);
  from.number("reason", out.reason);
  from.number("retry_after_ms", out.retry_after_ms);
  from.text("vendor_ref", out.vendor_ref);
  from.text("vendor_code", out.vendor_code);
  from.text("detail", out.detail);
  from.end();
}

void read_step(Members from, CapturedStep& out) {
  Fault& fault = from.fault();
  from.number("now_ms", out.now_ms);
  from.text("idempotency", out.idempotency);
  from.number("status", out.status);
  from.text("explain", out.explain);
  from.flag("suspended", out.suspended);
  from.number("delay_ms", out.delay_ms);
  from.list("requests", kMaxItems, out.requests, [&](JsonView item, std::string place, auto& one) {
    read_request(Members(fault, item, std::move(place)), one);
  });
  from.list("replies", kMaxItems, out.replies, [&](JsonView item, std::string place, auto& one) {
    read_reply(Members(fault, item, std::move(place)), one);
  });
  from.list("outcomes", kMaxItems, out.outcomes, [&](JsonView item, std::string place, auto& one) {
    read_outcome(Members(fault, item, std::move(place)), one);
  });
  from.end();
}

void read_format(Members& from) {
  std::uint64_t format = 0;
  from.number("captured_call", format);
  if (format != 1) {
    from.fault().wanted("captured_call", "1, the version of the format", std::to_string(format));
  }
}

void read_at(Members& from, Time& out) {
  std::string text;
  from.text("at", text);
  if (text.empty()) return;
  const auto at = parse_rfc3339(text);
  if (!at) return from.fault().wanted("at", "a time such as 2026-01-02T03:04:05Z", text);
  out = *at;
}

void read_seed(Members& from, std::uint64_t& out) {
  std::string text;
  from.text("seed", text);
  if (text.empty()) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) {
    from.fault().wanted("seed", "digits of a number below 2^64", text);
  }
}

// What the parts say of one another.
void check_whole(const CapturedCall& call, Fault& fault) {
  if (call.attempt.empty()) fault.wanted("attempt", "the name of the attempt", "none");
  if (call.op == Op::none) fault.wanted("op", "the op of the call", "none");
  for (std::size_t i = 0; i < call.steps.size(); ++i) {
    const auto& step = call.steps[i];
    if (!step.replies.empty() && step.replies.size() != step.requests.size()) {
      fault.wanted("steps/" + std::to_string(i) + "/replies",
                   "one for each of the " + std::to_string(step.requests.size()) + " requests",
                   std::to_string(step.replies.size()));
    }
  }
}

}  // namespace

Result<CapturedCall> captured_call_of(std::string_view json_line) {
  if (json_line.size() > kMaxCapturedCallBytes) {
    return invalid("captured call: wanted at most " + std::to_string(kMaxCapturedCallBytes) +
                   " bytes, found " + std::to_string(json_line.size()));
  }
  JsonParser parser;
  const auto parsed = parser.parse(json_line, kDepth);
  if (!parsed) return invalid("not a captured call: " + parsed.error().text());
  Fault fault;
  CapturedCall call;
  Members from(fault, *parsed, "");
  read_format(from);
  from.text("attempt", call.attempt);
  from.word("op", call.op);
  from.text("release", call.release);
  from.text("action", call.action);
  from.text("tenant", call.tenant);
  from.text("workspace", call.workspace);
  from.text("destination", call.destination);
  read_at(from, call.at);
  from.number("took_ms", call.took_ms);
  read_seed(from, call.seed);
  from.text("failure", call.failure);
  from.text("failure_text", call.failure_text);
  from.text("settings", call.settings);
  from.list("records", kMaxCallRecords, call.records,
            [&](JsonView item, std::string place, auto& one) {
              read_record(Members(fault, item, std::move(place)), one);
            });
  from.list("steps", kMaxSteps, call.steps, [&](JsonView item, std::string place, auto& one) {
    read_step(Members(fault, item, std::move(place)), one);
  });
  from.end();
  if (!fault.error) check_whole(call, fault);
  if (fault.error) return *std::move(fault.error);
  return call;
}

}  // namespace tenon
