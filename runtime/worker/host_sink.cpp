// Taking pushes: check, count, copy.
#include "worker/host_sink.hpp"

#include <algorithm>
#include <string>

#include "worker/pushed.hpp"

namespace tenon::worker {
HostSink::HostSink(const wire::StepBounds& bounds) : bounds_(bounds), seen_(bounds.records) {
  sink_.size = sizeof(tenon_sink);
  sink_.ctx = this;
  sink_.request = &HostSink::request;
  sink_.outcome = &HostSink::outcome;
  sink_.emit = &HostSink::emit;
  sink_.checkpoint = &HostSink::checkpoint;
  sink_.reply = &HostSink::reply;
  sink_.hint = &HostSink::hint;
  sink_.suspend = &HostSink::suspend;
  sink_.explain = &HostSink::explain;
}

std::string HostSink::in_op(std::string_view words) const {
  return std::string(name_of(bounds_.op)).append(": ").append(words);
}

tenon_status HostSink::refuse(const Pushed& pushed) {
  if (refused_ == TENON_OK) {
    refused_ = pushed.status();
    refused_what_ = in_op(pushed.fault());
  }
  return pushed.status();
}

tenon_status HostSink::refuse(tenon_status status, std::string_view push, const std::string& wanted,
                              const std::string& found) {
  Pushed pushed(push);
  pushed.refuse(status, wanted, found);
  return refuse(pushed);
}

tenon_status HostSink::refuse_op(std::string_view push, const char* ops) {
  return refuse(TENON_E_UNSUPPORTED, push, "the op " + std::string(ops),
                std::string(name_of(bounds_.op)));
}

tenon_status HostSink::over(std::string_view push) {
  return refuse(TENON_E_LIMIT, push, "at most " + number(kMaxStepOutBytes) + " bytes in one step",
                "more");
}

// An unknown value means the cautious zero; people shall see that it was so.
std::uint32_t HostSink::known(const Place& place, std::uint32_t value, std::uint32_t most,
                              std::string_view push) {
  if (value <= most) return value;
  Pushed pushed(push);
  pushed.within(place, value, 0, most);
  note(pushed.fault() + "; taken as 0");
  return 0;
}

void HostSink::note(const std::string& words) {
  if (notes_.size() >= kMaxNotes) return;
  notes_.push_back({TENON_LOG_WARN, in_op(words)});
}

bool HostSink::spend(std::size_t bytes) {
  if (bytes > kMaxStepOutBytes - spent_) return false;
  spent_ += bytes;
  return true;
}

tenon_status HostSink::request(const tenon_sink* sink, const tenon_request* from) {
  HostSink& me = self(sink);
  Pushed in("request");
  const std::size_t records = me.bounds_.records;
  const std::size_t most = wire::max_requests(records);
  if (!in.readable(from, TENON_LEAST(tenon_request, idempotency_key))) return me.refuse(in);
  auto& requests = me.result_.requests;
  if (me.bounds_.op == Op::webhook)
    return me.refuse_op("request", "deliver, pull, readback, check");
  if (me.result_.suspended) in.refuse(TENON_E_INPUT, "it before suspend", "it after");
  if (requests.size() >= most) {
    in.refuse(TENON_E_LIMIT, "at most " + number(most) + ", 2 per record and 8", "one more");
  }
  const bool repeated = std::any_of(requests.begin(), requests.end(),
                                    [&](const auto& r) { return r.tag == from->tag; });
  if (repeated) in.refuse(TENON_E_INPUT, {"tag"}, "one of its own", number(from->tag) + " again");
  ConnectorRequest to;
  to.tag = from->tag;
  to.effect = static_cast<Effect>(me.known({"effect"}, from->effect, TENON_EFFECT_READ, "request"));
  to.cost = std::max(from->cost, 1u);
  in.text({"endpoint"}, from->endpoint, to.endpoint);
  in.text({"method"}, from->method, to.method);
  in.text({"path"}, from->path, to.path);
  in.pairs("query", from->query, wire::kMaxRequestQuery, to.query);
  in.pairs("headers", from->headers, wire::kMaxRequestHeaders, to.headers);
  in.text({"body"}, from->body, to.body);
  in.secrets(from->secrets, to.secrets);
  in.covers(from->covers, records, to.covers);
  in.text({"bucket"}, from->bucket, to.bucket);
  in.text({"idempotency_key"}, from->idempotency_key, to.idempotency_key);
  if (!in.ok()) return me.refuse(in);
  if (!me.spend(wire::size_of(to))) return me.over("request");
  requests.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::outcome(const tenon_sink* sink, const tenon_outcome* from) {
  HostSink& me = self(sink);
  Pushed in("outcome");
  if (me.bounds_.op != Op::deliver) return me.refuse_op("outcome", "deliver");
  if (!in.readable(from, TENON_LEAST(tenon_outcome, detail))) return me.refuse(in);
  if (from->index >= me.bounds_.records) {
    in.refuse(TENON_E_INPUT, {"index"}, "one below " + number(me.bounds_.records),
              number(from->index));
  } else if (me.seen_[from->index]) {
    in.refuse(TENON_E_INPUT, "one for record " + number(from->index), "a second one");
  }
  RecordOutcome to;
  to.index = from->index;
  to.verdict = static_cast<Verdict>(me.known({"verdict"}, from->verdict, TENON_ISOLATE, "outcome"));
  to.applied =
      static_cast<Applied>(me.known({"applied"}, from->applied, TENON_APPLIED_YES, "outcome"));
  to.reason = from->reason;
  to.retry_after_ms = from->retry_after_ms;
  in.text({"vendor_ref"}, from->vendor_ref, to.vendor_ref);
  in.text({"vendor_code"}, from->vendor_code, to.vendor_code);
  in.text({"detail"}, from->detail, to.detail);
  if (!in.ok()) return me.refuse(in);
  if (from->verdict > TENON_ISOLATE && to.detail.empty()) {
    to.detail = "the connector's verdict: wanted 0 to " + number(TENON_ISOLATE) + ", found " +
                number(from->verdict);
  }
  if (!me.spend(wire::size_of(to))) return me.over("outcome");
  me.seen_[from->index] = true;
  me.result_.outcomes.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::emit(const tenon_sink* sink, const tenon_emit* from) {
  HostSink& me = self(sink);
  const Op op = me.bounds_.op;
  Pushed in("emit");
  if (op != Op::pull && op != Op::webhook && op != Op::readback) {
    return me.refuse_op("emit", "pull, webhook or readback");
  }
  if (!in.readable(from, TENON_LEAST(tenon_emit, event_ms))) return me.refuse(in);
  const bool reads = op == Op::readback;
  in.within({"kind"}, from->kind, reads ? TENON_EMIT_FOUND : TENON_EMIT_RECORD,
            reads ? TENON_EMIT_ABSENT : TENON_EMIT_RECORD);
  if (reads && from->index >= me.bounds_.records) {
    in.refuse(TENON_E_INPUT, {"index"}, "one below " + number(me.bounds_.records),
              number(from->index));
  }
  if (me.result_.emits.size() >= wire::kMaxEmits) {
    in.refuse(TENON_E_LIMIT, "at most " + number(wire::kMaxEmits) + " in one step", "one more");
  }
  Emit to;
  to.kind = static_cast<EmitKind>(from->kind);
  to.index = from->index;
  to.event_ms = from->event_ms;
  in.text({"id"}, from->id, to.id);
  in.text({"type"}, from->type, to.type);
  in.text({"body"}, from->body, to.body);
  if (!in.ok()) return me.refuse(in);
  if (!me.spend(wire::size_of(to))) return me.over("emit");
  me.result_.emits.push_back(std::move(to));
  return TENON_OK;
}

// Hints are news, not duties: a refused one is noted and does not fail the step. A second one of a
// kind and name is the same news, of which the later time counts.
tenon_status HostSink::hint(const tenon_sink* sink, const tenon_hint* from) {
  HostSink& me = self(sink);
  Pushed in("hint");
  Hint to;
  if (in.readable(from, TENON_LEAST(tenon_hint, until_ms))) {
    if (me.known({"kind"}, from->kind, TENON_HINT_VENDOR_DOWN, "hint") == 0) return TENON_OK;
    to.kind = from->kind;
    to.until_ms = from->until_ms;
    in.text({"name"}, from->name, to.name);
  }
  auto& hints = me.result_.hints;
  const auto same = std::find_if(hints.begin(), hints.end(), [&](const Hint& hint) {
    return hint.kind == to.kind && hint.name == to.name;
  });
  if (in.ok() && same != hints.end()) {
    same->until_ms = std::max(same->until_ms, to.until_ms);
    return TENON_OK;
  }
  if (hints.size() >= wire::kMaxHints) {
    in.refuse(TENON_E_LIMIT, "at most " + number(wire::kMaxHints) + " in one step", "one more");
  }
  if (!in.ok()) {
    me.note(in.fault());
    return in.status();
  }
  if (!me.spend(wire::size_of(to))) return TENON_E_LIMIT;
  hints.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::checkpoint(const tenon_sink* sink, tenon_str cursor, std::uint32_t more) {
  HostSink& me = self(sink);
  if (me.bounds_.op != Op::pull) return me.refuse_op("checkpoint", "pull");
  Pushed in("checkpoint");
  std::string text;
  in.text({"cursor"}, cursor, text);
  if (!in.ok()) return me.refuse(in);
  if (!me.spend(text.size())) return me.over("checkpoint");
  me.result_.checkpointed = true;
  me.result_.emits_covered = static_cast<std::uint32_t>(me.result_.emits.size());
  me.result_.cursor = std::move(text);
  me.result_.more = more != 0;
  return TENON_OK;
}

tenon_status HostSink::reply(const tenon_sink* sink, std::uint32_t http_status, tenon_str body) {
  HostSink& me = self(sink);
  if (me.bounds_.op != Op::webhook) return me.refuse_op("reply", "webhook");
  Pushed in("reply");
  if (me.result_.replied) in.refuse(TENON_E_INPUT, "one", "a second one");
  in.within({"http_status"}, http_status, wire::kLeastReplyStatus, wire::kMostReplyStatus);
  if (body.len > wire::kMaxReplyBodyBytes) {
    in.refuse(TENON_E_LIMIT, {"body"}, "at most " + number(wire::kMaxReplyBodyBytes) + " bytes",
              number(body.len));
  }
  std::string text;
  in.text({"body"}, body, text);
  if (!in.ok()) return me.refuse(in);
  if (!me.spend(text.size())) return me.over("reply");
  me.result_.replied = true;
  me.result_.reply_status = http_status;
  me.result_.reply_body = std::move(text);
  return TENON_OK;
}

tenon_status HostSink::suspend(const tenon_sink* sink, tenon_str state, std::uint32_t delay_ms) {
  HostSink& me = self(sink);
  Pushed in("suspend");
  if (me.result_.suspended) in.refuse(TENON_E_INPUT, "one", "a second one");
  if (me.result_.requests.empty()) in.refuse(TENON_E_INPUT, "a request before it", "none");
  if (state.len > wire::kMaxStateBytes) {
    in.refuse(TENON_E_LIMIT, {"state"}, "at most " + number(wire::kMaxStateBytes) + " bytes",
              number(state.len));
  }
  std::string text;
  in.text({"state"}, state, text);
  if (!in.ok()) return me.refuse(in);
  if (!me.spend(text.size())) return me.over("suspend");
  me.result_.suspended = true;
  me.result_.state = std::move(text);
  me.result_.delay_ms = delay_ms;
  return TENON_OK;
}

void HostSink::explain(const tenon_sink* sink, tenon_str message) {
  std::string_view view;
  if (view_of(message, view)) self(sink).result_.explain = view.substr(0, wire::kMaxExplainBytes);
}

StepResult HostSink::finish(tenon_status status) {
  const std::string said = result_.explain.empty() ? "" : "; it says: " + result_.explain;
  if (status > TENON_OK || status < TENON_E_INTERNAL) {
    result_.explain = in_op("status: wanted " + std::to_string(TENON_E_INTERNAL) + " to 0, found " +
                            std::to_string(status)) +
                      said;
    status = TENON_E_INTERNAL;
  } else if (refused_ != TENON_OK) {
    // What was refused is the reason, whatever the connector makes of it.
    result_.explain = refused_what_ + (status == TENON_OK ? ", and went on" : said);
    if (status == TENON_OK) status = refused_;
  } else if (status == TENON_OK && !result_.requests.empty() && !result_.suspended) {
    result_.explain = in_op("suspend: wanted one after " + number(result_.requests.size()) +
                            " requests, found none");
    status = TENON_E_INTERNAL;
  }
  if (status != TENON_OK) {
    StepResult failed;
    failed.explain = std::move(result_.explain);
    failed.hints = std::move(result_.hints);
    result_ = std::move(failed);
  }
  result_.status = status;
  result_.logs = std::move(notes_);
  return std::move(result_);
}

}  // namespace tenon::worker
