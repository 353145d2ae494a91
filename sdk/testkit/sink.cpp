// Sink: judges each push as it comes.
#include "testkit/sink.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "testkit/pushed.hpp"
#include "testkit/request_rules.hpp"

namespace tenon::testkit {
namespace {

std::string copy(tenon_str value) {
  return value.ptr == nullptr ? std::string() : std::string(value.ptr, value.len);
}

Pairs copy_pairs(const tenon_array& array) {
  Pairs pairs;
  for (std::uint32_t i = 0; i < array.count; ++i) {
    const tenon_kv& pair = *TENON_AT(array, tenon_kv, i);
    pairs.emplace_back(copy(pair.key), copy(pair.value));
  }
  return pairs;
}

RequestOut copy_request(const tenon_request& raw) {
  RequestOut request;
  request.tag = raw.tag;
  request.effect = raw.effect;
  request.cost = raw.cost;
  request.endpoint = copy(raw.endpoint);
  request.method = copy(raw.method);
  request.path = copy(raw.path);
  request.query = copy_pairs(raw.query);
  request.headers = copy_pairs(raw.headers);
  request.body = copy(raw.body);
  request.bucket = copy(raw.bucket);
  request.idempotency_key = copy(raw.idempotency_key);
  for (std::uint32_t i = 0; i < raw.covers.count; ++i) {
    request.covers.push_back(*TENON_AT(raw.covers, std::uint32_t, i));
  }
  for (std::uint32_t i = 0; i < raw.secrets.count; ++i) {
    const tenon_secret_ref& s = *TENON_AT(raw.secrets, tenon_secret_ref, i);
    SecretOut secret{s.place, s.index, s.transform, s.offset, copy(s.slot), copy(s.message)};
    request.secrets.push_back(std::move(secret));
  }
  return request;
}

// The types of a canonical event.
constexpr std::array<std::string_view, 6> kTypes{"track",  "identify", "page",
                                                 "screen", "group",    "alias"};

std::string at_most(const char* push, std::uint64_t most, const char* of) {
  return std::string(push) + ": wanted at most " + std::to_string(most) + " " + of + ", found more";
}

std::uint64_t size_of(const Pairs& pairs) {
  std::uint64_t bytes = 0;
  for (const auto& [name, value] : pairs) bytes += name.size() + value.size();
  return bytes;
}

std::uint64_t size_of(const RequestOut& request) {
  return request.path.size() + size_of(request.query) + size_of(request.headers) +
         request.body.size() + request.idempotency_key.size();
}

}  // namespace

Sink::Sink(StepOut& out, const Bounds& bounds, std::uint32_t op, std::size_t records)
    : out_(out), bounds_(bounds), op_(op), records_(static_cast<std::uint32_t>(records)) {
  raw_.size = sizeof raw_;
  raw_.ctx = this;
  raw_.request = &Sink::request;
  raw_.outcome = &Sink::outcome;
  raw_.emit = &Sink::emit;
  raw_.checkpoint = &Sink::checkpoint;
  raw_.reply = &Sink::reply;
  raw_.hint = &Sink::hint;
  raw_.suspend = &Sink::suspend;
  raw_.explain = &Sink::explain;
}

tenon_status Sink::broken(std::string what, tenon_status status) {
  out_.violations.push_back(std::move(what));
  return status;
}

tenon_status Sink::full(std::string what) {
  if (refused_.empty()) refused_ = std::move(what);
  return TENON_E_LIMIT;
}

bool Sink::over(std::uint64_t more) {
  bytes_ += more;
  return bytes_ > bounds_.bytes;
}

tenon_status Sink::request(const tenon_sink* sink, const tenon_request* raw) {
  Sink& me = of(sink);
  if (me.op_ == TENON_OP_WEBHOOK) {
    return me.broken("request: a webhook sends none", TENON_E_UNSUPPORTED);
  }
  if (std::string wrong = wrong_in_push(raw); !wrong.empty()) return me.broken(wrong);
  RequestOut request = copy_request(*raw);
  const std::uint64_t most =
      std::uint64_t{me.bounds_.requests_per_record} * me.records_ + me.bounds_.requests_extra;
  if (me.out_.requests.size() >= most) return me.full(at_most("request", most, "of a step"));
  if (me.over(size_of(request))) return me.too_large("request");
  if (me.out_.suspended) return me.broken("request: pushed after suspend");
  if (std::string wrong = wrong_in(request, me.records_); !wrong.empty()) return me.broken(wrong);
  if (!me.tags_.insert(request.tag).second) {
    return me.broken("request: its tag is used twice in the step");
  }
  me.out_.requests.push_back(std::move(request));
  return TENON_OK;
}

tenon_status Sink::outcome(const tenon_sink* sink, const tenon_outcome* raw) {
  Sink& me = of(sink);
  if (me.op_ != TENON_OP_DELIVER) {
    return me.broken("outcome: only deliver has them", TENON_E_UNSUPPORTED);
  }
  if (std::string wrong = wrong_in_push(raw); !wrong.empty()) return me.broken(wrong);
  if (raw->index >= me.records_) return me.broken("outcome: for a record that is not there");
  if (!me.ended_.insert(raw->index).second) {
    return me.broken("outcome: a second one for record " + std::to_string(raw->index));
  }
  OutcomeOut outcome{
      raw->index,
      raw->verdict > TENON_ISOLATE ? std::uint32_t{TENON_UNRESOLVED} : raw->verdict,
      raw->applied > TENON_APPLIED_YES ? std::uint32_t{TENON_APPLIED_MAYBE} : raw->applied,
      raw->reason,
      raw->retry_after_ms,
      copy(raw->vendor_ref),
      copy(raw->vendor_code),
      copy(raw->detail)};
  if (me.over(outcome.detail.size() + outcome.vendor_ref.size() + outcome.vendor_code.size())) {
    return me.too_large("outcome");
  }
  me.out_.outcomes.push_back(std::move(outcome));
  return TENON_OK;
}

std::string Sink::wrong_in_emit(const EmitOut& emit) {
  const bool telling = emit.kind == TENON_EMIT_FOUND || emit.kind == TENON_EMIT_ABSENT;
  if (op_ == TENON_OP_READBACK && !telling) return "emit: readback tells found or absent only";
  if (op_ != TENON_OP_READBACK && telling) return "emit: only readback tells found or absent";
  if (telling && emit.index >= records_) return "emit: for a record that is not there";
  if (telling && !told_.insert(emit.index).second) {
    return "emit: a second one for record " + std::to_string(emit.index);
  }
  if (!telling && emit.id.empty()) return "emit: without id, so that a repeat would not be known";
  if (!telling && std::find(kTypes.begin(), kTypes.end(), emit.type) == kTypes.end()) {
    return "emit: wanted track, identify, page, screen, group or alias as type, found \"" +
           emit.type + "\"";
  }
  if (emit.kind == TENON_EMIT_ABSENT) return {};
  const auto body = nlohmann::json::parse(emit.body, nullptr, false);
  if (body.is_discarded()) return "emit: the body is not JSON";
  if (!telling && !body.is_object()) return "emit: the body is no object";
  return {};
}

tenon_status Sink::emit(const tenon_sink* sink, const tenon_emit* raw) {
  Sink& me = of(sink);
  if (me.op_ != TENON_OP_PULL && me.op_ != TENON_OP_WEBHOOK && me.op_ != TENON_OP_READBACK) {
    return me.broken("emit: only pull, webhook and readback have them", TENON_E_UNSUPPORTED);
  }
  if (std::string wrong = wrong_in_push(raw); !wrong.empty()) return me.broken(wrong);
  if (me.out_.emits.size() >= TENON_MAX_EMITS) {
    return me.full(at_most("emit", TENON_MAX_EMITS, "of a step"));
  }
  if (me.over(raw->id.len + raw->type.len + raw->body.len)) return me.too_large("emit");
  EmitOut emit{raw->kind,       raw->index,      copy(raw->id),
               copy(raw->type), copy(raw->body), raw->event_ms};
  if (std::string wrong = me.wrong_in_emit(emit); !wrong.empty()) return me.broken(wrong);
  me.out_.emits.push_back(std::move(emit));
  return TENON_OK;
}

tenon_status Sink::checkpoint(const tenon_sink* sink, tenon_str cursor, std::uint32_t more) {
  Sink& me = of(sink);
  if (me.op_ != TENON_OP_PULL) {
    return me.broken("checkpoint: only pull has them", TENON_E_UNSUPPORTED);
  }
  if (std::string wrong = wrong_in_push("checkpoint", "cursor", cursor); !wrong.empty()) {
    return me.broken(wrong);
  }
  if (cursor.len > TENON_MAX_CURSOR_BYTES) {
    return me.full(at_most("checkpoint.cursor", TENON_MAX_CURSOR_BYTES, "bytes"));
  }
  if (me.over(cursor.len)) return me.too_large("checkpoint");
  me.out_.checkpoints.push_back({copy(cursor), more != 0, me.out_.emits.size()});
  return TENON_OK;
}

tenon_status Sink::reply(const tenon_sink* sink, std::uint32_t http_status, tenon_str body) {
  Sink& me = of(sink);
  if (me.op_ != TENON_OP_WEBHOOK) {
    return me.broken("reply: only webhook has one", TENON_E_UNSUPPORTED);
  }
  if (me.out_.reply) return me.broken("reply: a second one");
  if (http_status < TENON_LEAST_REPLY_STATUS || http_status > TENON_MOST_REPLY_STATUS) {
    return me.broken("reply: wanted a status of 200 to 599, found " + std::to_string(http_status));
  }
  if (std::string wrong = wrong_in_push("reply", "body", body); !wrong.empty()) {
    return me.broken(wrong);
  }
  if (body.len > TENON_MAX_REPLY_BYTES) {
    return me.full(at_most("reply.body", TENON_MAX_REPLY_BYTES, "bytes"));
  }
  if (me.over(body.len)) return me.too_large("reply");
  me.out_.reply = WebhookReplyOut{http_status, copy(body)};
  return TENON_OK;
}

tenon_status Sink::hint(const tenon_sink* sink, const tenon_hint* raw) {
  Sink& me = of(sink);
  if (std::string wrong = wrong_in_push(raw); !wrong.empty()) return me.broken(wrong);
  HintOut hint{raw->kind, copy(raw->name), raw->until_ms};
  auto& hints = me.out_.hints;
  const auto same = std::find_if(hints.begin(), hints.end(), [&](const HintOut& other) {
    return other.kind == hint.kind && other.name == hint.name;
  });
  if (same != hints.end()) {
    same->until_ms = std::max(same->until_ms, hint.until_ms);
  } else if (hints.size() >= TENON_MAX_HINTS) {
    return me.broken(at_most("hint", TENON_MAX_HINTS, "of a step"), TENON_E_LIMIT);
  } else {
    hints.push_back(std::move(hint));
  }
  return TENON_OK;
}

tenon_status Sink::suspend(const tenon_sink* sink, tenon_str state, std::uint32_t delay_ms) {
  Sink& me = of(sink);
  if (me.out_.suspended) return me.broken("suspend: a second one");
  if (me.out_.requests.empty()) return me.broken("suspend: without a request");
  if (std::string wrong = wrong_in_push("suspend", "state", state); !wrong.empty()) {
    return me.broken(wrong);
  }
  if (state.len > me.bounds_.state_bytes) {
    return me.full(at_most("suspend.state", me.bounds_.state_bytes, "bytes"));
  }
  if (me.over(state.len)) return me.too_large("suspend");
  me.out_.suspended = true;
  me.out_.state = copy(state);
  me.out_.delay_ms = delay_ms;
  return TENON_OK;
}

void Sink::explain(const tenon_sink* sink, tenon_str message) {
  of(sink).out_.explain = copy(message);
}

}  // namespace tenon::testkit
