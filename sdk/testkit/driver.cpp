// Driver: C structs out of values, a sink that copies and judges, and the loop over steps.
#include "testkit/driver.hpp"

#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>
#include <vector>

namespace tenon::testkit {
namespace {

// Holds each input in an allocation of its own, so that reading past an end or after the step is
// seen by AddressSanitizer.
class Arena {
 public:
  tenon_str text(const std::string& value) {
    if (value.empty()) return {nullptr, 0};
    auto bytes = std::make_unique<char[]>(value.size());
    std::memcpy(bytes.get(), value.data(), value.size());
    texts_.push_back(std::move(bytes));
    return {texts_.back().get(), value.size()};
  }

  // Elements lie further apart than they are long, and what is between them is not zero: code that
  // indexes without the stride fails at once.
  template <typename T>
  tenon_array array(const std::vector<T>& items) {
    if (items.empty()) return {nullptr, 0, sizeof(T)};
    constexpr std::size_t kStride = sizeof(T) + 16;
    auto bytes = std::make_unique<std::uint64_t[]>(items.size() * kStride / sizeof(std::uint64_t));
    auto* begin = reinterpret_cast<char*>(bytes.get());
    std::memset(begin, 0xA5, items.size() * kStride);
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::memcpy(begin + i * kStride, &items[i], sizeof(T));
    }
    arrays_.push_back(std::move(bytes));
    return {begin, static_cast<std::uint32_t>(items.size()), static_cast<std::uint32_t>(kStride)};
  }

  tenon_array pairs(const Pairs& pairs) {
    std::vector<tenon_kv> raw;
    for (const auto& [key, value] : pairs) raw.push_back({text(key), text(value)});
    return array(raw);
  }

 private:
  std::vector<std::unique_ptr<char[]>> texts_;
  std::vector<std::unique_ptr<std::uint64_t[]>> arrays_;
};

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

// What the sink remembers of one step.
struct Sink {
  StepOut* out;
  Bounds bounds;
  std::uint32_t records = 0;
  std::uint64_t bytes = 0;
  std::set<std::uint32_t> ended, tags;

  static Sink& of(const tenon_sink* sink) { return *static_cast<Sink*>(sink->ctx); }
  tenon_status broken(std::string what) {
    out->violations.push_back(std::move(what));
    return TENON_E_INPUT;
  }
  bool over(std::uint64_t more) {
    bytes += more;
    return bytes > bounds.bytes;
  }
};

std::string check_request(const Sink& sink, const RequestOut& request) {
  if (sink.out->suspended) return "request: pushed after suspend";
  if (sink.tags.count(request.tag) != 0) return "request: its tag is used twice in the step";
  if (request.endpoint.empty()) return "request: no endpoint";
  if (request.method.empty()) return "request: no method";
  if (!request.path.empty() && request.path[0] != '/') return "request: path does not begin with /";
  if (request.path.find_first_of("?# \r\n") != std::string::npos) {
    return "request: path holds a query, a fragment or a space";
  }
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || value.find_first_of("\r\n") != std::string::npos) {
      return "request: a header without name or with a line break";
    }
  }
  for (const std::uint32_t index : request.covers) {
    if (index >= sink.records) return "request: covers a record that is not there";
  }
  for (const SecretOut& secret : request.secrets) {
    if (secret.slot.empty()) return "request: a secret without slot";
    const auto inside = [&](const Pairs& pairs) {
      return secret.index < pairs.size() && secret.offset <= pairs[secret.index].second.size();
    };
    const bool fits = (secret.place == TENON_PLACE_HEADER && inside(request.headers)) ||
                      (secret.place == TENON_PLACE_QUERY && inside(request.query)) ||
                      (secret.place == TENON_PLACE_PATH && secret.offset <= request.path.size()) ||
                      (secret.place == TENON_PLACE_BODY && secret.offset <= request.body.size());
    if (!fits) return "request: a secret for a place that is not there";
  }
  return {};
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

tenon_status push_request(const tenon_sink* raw_sink, const tenon_request* raw) {
  Sink& sink = Sink::of(raw_sink);
  if (raw->size < sizeof(tenon_request)) return sink.broken("request: wrong size");
  RequestOut request = copy_request(*raw);
  const std::uint64_t most =
      std::uint64_t{sink.bounds.requests_per_record} * sink.records + sink.bounds.requests_extra;
  if (sink.out->requests.size() >= most || sink.over(request.body.size() + request.path.size())) {
    return TENON_E_LIMIT;
  }
  if (std::string wrong = check_request(sink, request); !wrong.empty()) return sink.broken(wrong);
  sink.tags.insert(request.tag);
  sink.out->requests.push_back(std::move(request));
  return TENON_OK;
}

tenon_status push_outcome(const tenon_sink* raw_sink, const tenon_outcome* raw) {
  Sink& sink = Sink::of(raw_sink);
  if (raw->size < sizeof(tenon_outcome)) return sink.broken("outcome: wrong size");
  if (raw->index >= sink.records) return sink.broken("outcome: for a record that is not there");
  if (!sink.ended.insert(raw->index).second) {
    return sink.broken("outcome: a second one for record " + std::to_string(raw->index));
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
  if (sink.over(outcome.detail.size() + outcome.vendor_ref.size() + outcome.vendor_code.size())) {
    return TENON_E_LIMIT;
  }
  sink.out->outcomes.push_back(std::move(outcome));
  return TENON_OK;
}

tenon_status push_emit(const tenon_sink* raw_sink, const tenon_emit* raw) {
  Sink& sink = Sink::of(raw_sink);
  if (sink.over(raw->body.len)) return TENON_E_LIMIT;
  EmitOut emit{raw->kind,       raw->index,      copy(raw->id),
               copy(raw->type), copy(raw->body), raw->event_ms};
  sink.out->emits.push_back(std::move(emit));
  return TENON_OK;
}

tenon_status push_checkpoint(const tenon_sink*, tenon_str, std::uint32_t) {
  return TENON_E_UNSUPPORTED;
}
tenon_status push_reply(const tenon_sink*, std::uint32_t, tenon_str) { return TENON_E_UNSUPPORTED; }

tenon_status push_hint(const tenon_sink* raw_sink, const tenon_hint* raw) {
  HintOut hint{raw->kind, copy(raw->name), raw->until_ms};
  Sink::of(raw_sink).out->hints.push_back(std::move(hint));
  return TENON_OK;
}

tenon_status push_suspend(const tenon_sink* raw_sink, tenon_str state, std::uint32_t delay_ms) {
  Sink& sink = Sink::of(raw_sink);
  if (sink.out->suspended) return sink.broken("suspend: a second one");
  if (sink.out->requests.empty()) return sink.broken("suspend: without a request");
  if (sink.over(state.len)) return TENON_E_LIMIT;
  sink.out->suspended = true;
  sink.out->state = copy(state);
  sink.out->delay_ms = delay_ms;
  return TENON_OK;
}

void push_explain(const tenon_sink* raw_sink, tenon_str message) {
  Sink::of(raw_sink).out->explain = copy(message);
}

tenon_sink sink_over(Sink& sink) {
  tenon_sink raw{};
  raw.size = sizeof raw;
  raw.ctx = &sink;
  raw.request = push_request;
  raw.outcome = push_outcome;
  raw.emit = push_emit;
  raw.checkpoint = push_checkpoint;
  raw.reply = push_reply;
  raw.hint = push_hint;
  raw.suspend = push_suspend;
  raw.explain = push_explain;
  return raw;
}

void quiet_log(const tenon_host*, std::uint32_t, tenon_str) {}
const void* no_extension(const tenon_host*, tenon_str) { return nullptr; }
const tenon_host kHost{sizeof(tenon_host), TENON_ABI_MINOR, nullptr, quiet_log, no_extension};

std::vector<tenon_record> raw_records(const CallIn& call, Arena& arena) {
  std::vector<tenon_record> records;
  for (const RecordIn& record : call.records) {
    records.push_back({sizeof(tenon_record), record.flags, record.attempt, 0, arena.text(record.id),
                       arena.text(record.type), arena.text(record.body),
                       arena.text(record.vendor_ref)});
  }
  return records;
}

std::vector<tenon_response> raw_responses(const CallIn& call, Arena& arena) {
  std::vector<tenon_response> responses;
  for (const ReplyIn& reply : call.replies) {
    responses.push_back({sizeof(tenon_response), reply.tag, reply.got, reply.status,
                         arena.pairs(reply.headers), arena.text(reply.body),
                         reply.body.size() + reply.cut_bytes});
  }
  return responses;
}

}  // namespace

std::unique_ptr<Instance> Instance::create(const tenon_connector& table,
                                           const std::string& settings, tenon_status& status,
                                           std::string& explain) {
  Arena arena;
  StepOut out;
  Sink sink{&out, {}, 0, 0, {}, {}};
  const tenon_sink raw = sink_over(sink);
  tenon_instance* instance = nullptr;
  status = table.create(&kHost, arena.text(settings), &raw, &instance);
  explain = out.explain;
  if (status != TENON_OK) return nullptr;
  if (instance == nullptr) {
    status = TENON_E_INTERNAL;
    explain = "create said OK and gave no instance";
    return nullptr;
  }
  return std::unique_ptr<Instance>(new Instance(table, instance));
}

Instance::~Instance() { table_.destroy(raw_); }

StepOut Instance::step(const CallIn& call, const Bounds& bounds) const {
  Arena arena;
  tenon_call raw{};
  raw.size = sizeof raw;
  raw.op = call.op;
  raw.step = call.step;
  raw.now_ms = call.now_ms;
  raw.seed = call.seed;
  raw.action = arena.text(call.action);
  raw.idempotency = arena.text(call.idempotency);
  raw.records = arena.array(raw_records(call, arena));
  raw.responses = arena.array(raw_responses(call, arena));
  raw.state = arena.text(call.state);
  raw.stream = arena.text(call.stream);
  raw.cursor = arena.text(call.cursor);

  StepOut out;
  Sink sink{&out, bounds, static_cast<std::uint32_t>(call.records.size()), 0, {}, {}};
  const tenon_sink raw_sink = sink_over(sink);
  out.status = table_.step(raw_, &raw, &raw_sink);
  if (out.status > TENON_OK || out.status < TENON_E_INTERNAL) {
    out.violations.push_back("status: " + std::to_string(out.status) + " is none of the ABI");
  }
  if (out.status != TENON_OK && out.explain.empty()) {
    out.violations.push_back("status: " + std::to_string(out.status) + " without explain");
  }
  if (out.status == TENON_OK && !out.suspended && !out.requests.empty()) {
    out.violations.push_back("request: pushed without a suspend");
  }
  return out;
}

CallOut run_call(const Instance& instance, CallIn call, const Answer& answer,
                 const Bounds& bounds) {
  CallOut out;
  out.outcomes.resize(call.records.size());
  for (std::uint32_t i = 0; i < out.outcomes.size(); ++i) out.outcomes[i].index = i;
  std::set<std::uint32_t> ended;
  while (true) {
    StepOut step = instance.step(call, bounds);
    if (step.status == TENON_OK) {
      for (const OutcomeOut& outcome : step.outcomes) {
        if (!ended.insert(outcome.index).second) {
          step.violations.push_back("outcome: a second one in a later step for record " +
                                    std::to_string(outcome.index));
        } else {
          out.outcomes[outcome.index] = outcome;
        }
      }
    }
    const bool more = step.status == TENON_OK && step.suspended;
    if (more && call.step + 1 >= bounds.steps) {
      step.violations.push_back("suspend: more than " + std::to_string(bounds.steps) + " steps");
      out.steps.push_back(std::move(step));
      return out;
    }
    call.replies.clear();
    for (const RequestOut& request : step.requests) {
      if (!more) break;
      ReplyIn reply = answer(request, call.step);
      reply.tag = request.tag;
      call.replies.push_back(std::move(reply));
    }
    call.state = step.state;
    ++call.step;
    out.steps.push_back(std::move(step));
    if (!more) return out;
  }
}

}  // namespace tenon::testkit
