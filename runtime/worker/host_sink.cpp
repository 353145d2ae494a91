// Taking pushes: check, count, copy.
#include "worker/host_sink.hpp"

#include <algorithm>
#include <string>

namespace tenon::worker {
namespace {

bool copy(const tenon_str& text, std::string& out) {
  std::string_view view;
  if (!view_of(text, view)) return false;
  out.assign(view);
  return true;
}

// Can `array` hold elements of `size` bytes and this alignment?
bool well_formed(const tenon_array& array, std::size_t size, std::size_t alignment) {
  if (array.count == 0) return true;
  return array.data != nullptr && array.stride >= size && array.stride % alignment == 0 &&
         reinterpret_cast<std::uintptr_t>(array.data) % alignment == 0;
}

bool copy_pairs(const tenon_array& array, HttpHeaders& out) {
  if (!well_formed(array, sizeof(tenon_kv), alignof(tenon_kv))) return false;
  out.resize(array.count);
  for (std::uint32_t i = 0; i < array.count; ++i) {
    const tenon_kv& pair = *TENON_AT(array, tenon_kv, i);
    if (!copy(pair.key, out[i].first) || !copy(pair.value, out[i].second)) return false;
  }
  return true;
}

template <typename E>
E known(std::uint32_t value, std::uint32_t greatest) {
  return static_cast<E>(value <= greatest ? value : 0);
}

bool copy_secrets(const tenon_array& array, std::vector<SecretRef>& out) {
  // By its size in minor 0: sizeof grows with the header, and an older connector's stride does not.
  constexpr std::size_t kLeast = offsetof(tenon_secret_ref, message) + sizeof(tenon_str);
  if (!well_formed(array, kLeast, alignof(tenon_secret_ref))) return false;
  out.resize(array.count);
  for (std::uint32_t i = 0; i < array.count; ++i) {
    const tenon_secret_ref& from = *TENON_AT(array, tenon_secret_ref, i);
    if (!TENON_HAS(&from, tenon_secret_ref, message)) return false;
    out[i].place = known<SecretPlace>(from.place, TENON_PLACE_QUERY);
    out[i].index = from.index;
    out[i].transform = known<SecretTransform>(from.transform, TENON_SECRET_HMAC_SHA256_HEX);
    out[i].offset = from.offset;
    if (!copy(from.slot, out[i].slot) || !copy(from.message, out[i].message)) return false;
  }
  return true;
}

bool copy_covers(const tenon_array& array, std::size_t records, std::vector<std::uint32_t>& out) {
  if (!well_formed(array, sizeof(std::uint32_t), alignof(std::uint32_t))) return false;
  out.resize(array.count);
  for (std::uint32_t i = 0; i < array.count; ++i) {
    out[i] = *TENON_AT(array, std::uint32_t, i);
    if (out[i] >= records) return false;
  }
  return true;
}

}  // namespace

bool view_of(const tenon_str& text, std::string_view& out) {
  if (text.len != 0 && text.ptr == nullptr) return false;
  if (text.len > kMaxStepOutBytes) return false;
  out = text.len == 0 ? std::string_view{} : std::string_view(text.ptr, text.len);
  return true;
}

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

tenon_status HostSink::refuse(tenon_status status, std::string_view what) {
  if (refused_ == TENON_OK) {
    refused_ = status;
    refused_what_ = what;
  }
  return status;
}

bool HostSink::spend(std::size_t bytes) {
  if (bytes > kMaxStepOutBytes - spent_) return false;
  spent_ += bytes;
  return true;
}

tenon_status HostSink::take(const tenon_request& from) {
  if (!TENON_HAS(&from, tenon_request, idempotency_key)) {
    return refuse(TENON_E_INPUT, "request: size is that of no known minor");
  }
  if (result_.suspended) return refuse(TENON_E_INPUT, "request: after suspend");
  if (result_.requests.size() >= wire::max_requests(bounds_.records)) {
    return refuse(TENON_E_LIMIT, "request: more than 2 per record and 8");
  }
  if (from.headers.count > wire::kMaxRequestHeaders || from.query.count > wire::kMaxRequestQuery ||
      from.secrets.count > wire::kMaxRequestSecrets || from.covers.count > bounds_.records) {
    return refuse(TENON_E_LIMIT, "request: too many headers, query pairs, secrets or covers");
  }
  const bool repeated = std::any_of(result_.requests.begin(), result_.requests.end(),
                                    [&](const auto& r) { return r.tag == from.tag; });
  if (repeated) return refuse(TENON_E_INPUT, "request: tag is not unique in the step");
  ConnectorRequest to;
  to.tag = from.tag;
  to.effect = known<Effect>(from.effect, TENON_EFFECT_READ);
  to.cost = std::max(from.cost, 1u);
  const bool copied = copy(from.endpoint, to.endpoint) && copy(from.method, to.method) &&
                      copy(from.path, to.path) && copy_pairs(from.query, to.query) &&
                      copy_pairs(from.headers, to.headers) && copy(from.body, to.body) &&
                      copy_secrets(from.secrets, to.secrets) &&
                      copy_covers(from.covers, bounds_.records, to.covers) &&
                      copy(from.bucket, to.bucket) &&
                      copy(from.idempotency_key, to.idempotency_key);
  if (!copied) {
    return refuse(TENON_E_INPUT, "request: a text, an array or an index in covers is malformed");
  }
  if (!spend(wire::size_of(to))) return refuse(TENON_E_LIMIT, "request: over 8 MiB in one step");
  result_.requests.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::take(const tenon_outcome& from) {
  if (bounds_.op != Op::deliver) return refuse(TENON_E_UNSUPPORTED, "outcome: not in this op");
  if (!TENON_HAS(&from, tenon_outcome, detail)) {
    return refuse(TENON_E_INPUT, "outcome: size is that of no known minor");
  }
  if (from.index >= bounds_.records)
    return refuse(TENON_E_INPUT, "outcome: no record of that index");
  if (seen_[from.index]) return refuse(TENON_E_INPUT, "outcome: the record has one already");
  RecordOutcome to;
  to.index = from.index;
  to.verdict = known<Verdict>(from.verdict, TENON_ISOLATE);
  to.applied = known<Applied>(from.applied, TENON_APPLIED_YES);
  to.reason = from.reason;
  to.retry_after_ms = from.retry_after_ms;
  if (!copy(from.vendor_ref, to.vendor_ref) || !copy(from.vendor_code, to.vendor_code) ||
      !copy(from.detail, to.detail)) {
    return refuse(TENON_E_INPUT, "outcome: a text is malformed");
  }
  if (!spend(wire::size_of(to))) return refuse(TENON_E_LIMIT, "outcome: over 8 MiB in one step");
  seen_[from.index] = true;
  result_.outcomes.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::take(const tenon_emit& from) {
  if (bounds_.op != Op::pull && bounds_.op != Op::webhook && bounds_.op != Op::readback) {
    return refuse(TENON_E_UNSUPPORTED, "emit: not in this op");
  }
  if (!TENON_HAS(&from, tenon_emit, event_ms)) {
    return refuse(TENON_E_INPUT, "emit: size is that of no known minor");
  }
  if (from.kind < TENON_EMIT_RECORD || from.kind > TENON_EMIT_ABSENT) {
    return refuse(TENON_E_INPUT, "emit: unknown kind");
  }
  if (bounds_.op == Op::readback && from.index >= bounds_.records) {
    return refuse(TENON_E_INPUT, "emit: no record of that index");
  }
  if (result_.emits.size() >= wire::kMaxEmits) return refuse(TENON_E_LIMIT, "emit: too many");
  Emit to;
  to.kind = from.kind;
  to.index = from.index;
  to.event_ms = from.event_ms;
  if (!copy(from.id, to.id) || !copy(from.type, to.type) || !copy(from.body, to.body)) {
    return refuse(TENON_E_INPUT, "emit: a text is malformed");
  }
  if (!spend(wire::size_of(to))) return refuse(TENON_E_LIMIT, "emit: over 8 MiB in one step");
  result_.emits.push_back(std::move(to));
  return TENON_OK;
}

// Hints are news, not duties: a refused one does not fail the step.
tenon_status HostSink::take_hint(const tenon_hint& from) {
  if (!TENON_HAS(&from, tenon_hint, until_ms)) return TENON_E_INPUT;
  if (from.kind < TENON_HINT_THROTTLED || from.kind > TENON_HINT_VENDOR_DOWN) return TENON_OK;
  if (result_.hints.size() >= wire::kMaxHints) return TENON_E_LIMIT;
  Hint to;
  to.kind = from.kind;
  to.until_ms = from.until_ms;
  if (!copy(from.name, to.name)) return TENON_E_INPUT;
  if (!spend(wire::size_of(to))) return TENON_E_LIMIT;
  result_.hints.push_back(std::move(to));
  return TENON_OK;
}

tenon_status HostSink::request(const tenon_sink* sink, const tenon_request* request) {
  if (request == nullptr) return self(sink).refuse(TENON_E_INPUT, "request: null");
  return self(sink).take(*request);
}

tenon_status HostSink::outcome(const tenon_sink* sink, const tenon_outcome* outcome) {
  if (outcome == nullptr) return self(sink).refuse(TENON_E_INPUT, "outcome: null");
  return self(sink).take(*outcome);
}

tenon_status HostSink::emit(const tenon_sink* sink, const tenon_emit* emit) {
  if (emit == nullptr) return self(sink).refuse(TENON_E_INPUT, "emit: null");
  return self(sink).take(*emit);
}

tenon_status HostSink::hint(const tenon_sink* sink, const tenon_hint* hint) {
  if (hint == nullptr) return TENON_E_INPUT;
  return self(sink).take_hint(*hint);
}

tenon_status HostSink::checkpoint(const tenon_sink* sink, tenon_str cursor, std::uint32_t more) {
  HostSink& me = self(sink);
  if (me.bounds_.op != Op::pull)
    return me.refuse(TENON_E_UNSUPPORTED, "checkpoint: not in this op");
  std::string_view view;
  if (!view_of(cursor, view)) return me.refuse(TENON_E_INPUT, "checkpoint: malformed cursor");
  if (!me.spend(view.size())) return me.refuse(TENON_E_LIMIT, "checkpoint: over 8 MiB in one step");
  me.result_.checkpointed = true;
  me.result_.cursor.assign(view);
  me.result_.more = more != 0;
  return TENON_OK;
}

tenon_status HostSink::reply(const tenon_sink* sink, std::uint32_t http_status, tenon_str body) {
  HostSink& me = self(sink);
  if (me.bounds_.op != Op::webhook) return me.refuse(TENON_E_UNSUPPORTED, "reply: not in this op");
  if (me.result_.replied) return me.refuse(TENON_E_INPUT, "reply: a second one");
  std::string_view view;
  if (!view_of(body, view)) return me.refuse(TENON_E_INPUT, "reply: malformed body");
  if (!me.spend(view.size())) return me.refuse(TENON_E_LIMIT, "reply: over 8 MiB in one step");
  me.result_.replied = true;
  me.result_.reply_status = http_status;
  me.result_.reply_body.assign(view);
  return TENON_OK;
}

tenon_status HostSink::suspend(const tenon_sink* sink, tenon_str state, std::uint32_t delay_ms) {
  HostSink& me = self(sink);
  if (me.result_.suspended) return me.refuse(TENON_E_INPUT, "suspend: a second one");
  if (me.result_.requests.empty()) return me.refuse(TENON_E_INPUT, "suspend: before any request");
  std::string_view view;
  if (!view_of(state, view)) return me.refuse(TENON_E_INPUT, "suspend: malformed state");
  if (view.size() > wire::kMaxStateBytes || !me.spend(view.size())) {
    return me.refuse(TENON_E_LIMIT, "suspend: over 1 MiB of state");
  }
  me.result_.suspended = true;
  me.result_.state.assign(view);
  me.result_.delay_ms = delay_ms;
  return TENON_OK;
}

void HostSink::explain(const tenon_sink* sink, tenon_str message) {
  std::string_view view;
  if (view_of(message, view)) self(sink).result_.explain = view.substr(0, wire::kMaxExplainBytes);
}

StepResult HostSink::finish(tenon_status status) {
  if (status > TENON_OK || status < TENON_E_INTERNAL) status = TENON_E_INTERNAL;
  if (status == TENON_OK && refused_ != TENON_OK) {
    status = refused_;
    result_.explain = "went on after a refused push: " + refused_what_;
  } else if (status == TENON_OK && !result_.requests.empty() && !result_.suspended) {
    status = TENON_E_INTERNAL;
    result_.explain = "pushed requests and did not suspend";
  } else if (status != TENON_OK && result_.explain.empty()) {
    result_.explain = refused_what_;
  }
  if (status != TENON_OK) {
    StepResult failed;
    failed.explain = std::move(result_.explain);
    failed.hints = std::move(result_.hints);
    result_ = std::move(failed);
  }
  result_.status = status;
  return std::move(result_);
}

}  // namespace tenon::worker
