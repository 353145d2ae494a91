// Driver: C structs out of values, and the loop over steps.
#include "testkit/driver.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <vector>

#include "testkit/sink.hpp"

namespace tenon::testkit {
namespace {

// Holds each input in an allocation of its own, so that reading past an end or after the step is
// seen by AddressSanitizer.
class Arena {
 public:
  explicit Arena(const Bounds& bounds = {})
      : more_(bounds.newer_host ? bounds.longer_by : 0),
        poison_(bounds.poison),
        odd_(bounds.odd_texts ? 1 : 0) {}

  tenon_str text(const std::string& value) {
    if (value.empty() && odd_ == 0) return {nullptr, 0};
    auto bytes = std::make_unique<char[]>(value.size() + odd_);
    char* begin = bytes.get() + odd_;
    std::memcpy(begin, value.data(), value.size());
    texts_.push_back(std::move(bytes));
    return {begin, value.size()};
  }

  // Elements lie further apart than they are long, and what is between them is not zero: code that
  // indexes without the stride fails at once.
  template <typename T>
  tenon_array array(const std::vector<T>& items) {
    if (items.empty()) return {nullptr, 0, sizeof(T)};
    const std::size_t stride = sizeof(T) + more_;
    char* begin = poison(items.size() * stride);
    for (std::size_t i = 0; i < items.size(); ++i) put(items[i], begin + i * stride);
    return {begin, static_cast<std::uint32_t>(items.size()), static_cast<std::uint32_t>(stride)};
  }

  // A copy of a struct, as the host that is played has it.
  template <typename T>
  const T* one(const T& value) {
    return put(value, poison(sizeof(T) + more_));
  }

  tenon_array pairs(const Pairs& pairs) {
    std::vector<tenon_kv> raw;
    for (const auto& [key, value] : pairs) raw.push_back({text(key), text(value)});
    return array(raw);
  }

 private:
  char* poison(std::size_t bytes) {
    auto words = std::make_unique<std::uint64_t[]>((bytes + 7) / sizeof(std::uint64_t));
    auto* begin = reinterpret_cast<char*>(words.get());
    std::memset(begin, poison_, bytes);
    structs_.push_back(std::move(words));
    return begin;
  }

  template <typename T>
  const T* put(T value, char* at) const {
    if constexpr (requires { value.size; }) value.size += static_cast<std::uint32_t>(more_);
    std::memcpy(at, &value, sizeof value);
    return reinterpret_cast<const T*>(at);
  }

  const std::size_t more_;
  const unsigned char poison_;
  const std::size_t odd_;
  std::vector<std::unique_ptr<char[]>> texts_;
  std::vector<std::unique_ptr<std::uint64_t[]>> structs_;
};

const void* no_extension(const tenon_host*, tenon_str) { return nullptr; }

// Runs `call`, which enters the connector; an exception ends here, and in words.
template <typename Call>
tenon_status guarded(std::string& thrown, const Call& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    thrown = std::string("wanted a status, found an exception: ") + error.what();
  } catch (...) {
    thrown = "wanted a status, found an exception of unknown type";
  }
  return TENON_E_INTERNAL;
}

std::vector<tenon_record> raw_records(const CallIn& call, Arena& arena) {
  std::vector<tenon_record> records;
  for (const RecordIn& record : call.records) {
    records.push_back({sizeof(tenon_record), record.flags, record.attempt, 0, arena.text(record.id),
                       arena.text(record.type), arena.text(record.body),
                       arena.text(record.vendor_ref)});
  }
  return records;
}

// What was over a limit is why the step failed, and it must fail.
void judge_refused(const std::string& refused, StepOut& out) {
  if (out.status == TENON_OK) {
    out.violations.push_back(refused + ", and the step went on");
  } else {
    out.explain = refused + (out.explain.empty() ? "" : "; it says: " + out.explain);
  }
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

// Of a newer minor as well, as the structs of a step are.
struct Instance::Host {
  static constexpr std::size_t kMaxLines = 1000, kMaxBytes = 4096;

  struct Raw {
    tenon_host host;
    std::uint64_t poison[2];
  } raw{{sizeof(Raw), TENON_ABI_MINOR, this, &Host::log, no_extension},
        {0xA5A5A5A5A5A5A5A5u, 0xA5A5A5A5A5A5A5A5u}};
  std::mutex mutex;  // log is [any-thread]
  std::vector<std::string> lines;

  static void log(const tenon_host* host, std::uint32_t, tenon_str message) {
    Host& me = *static_cast<Host*>(host->ctx);
    const std::lock_guard lock(me.mutex);
    if (me.lines.size() == kMaxLines || message.ptr == nullptr) return;
    me.lines.emplace_back(message.ptr, std::min<std::size_t>(message.len, kMaxBytes));
  }
};

Instance::Instance(const tenon_connector& table, std::unique_ptr<Host> host)
    : table_(table), host_(std::move(host)) {}

std::vector<std::string> Instance::log() const {
  const std::lock_guard lock(host_->mutex);
  return host_->lines;
}

std::unique_ptr<Instance> Instance::create(const tenon_connector& table,
                                           const std::string& settings, tenon_status& status,
                                           std::string& explain) {
  Arena arena;
  StepOut out;
  Sink sink(out, {}, 0, 0);
  auto host = std::make_unique<Host>();
  tenon_instance* raw = nullptr;
  std::string thrown;
  status = guarded(thrown, [&] {
    return table.create(&host->raw.host, arena.text(settings), arena.one(*sink.raw()), &raw);
  });
  explain = thrown.empty() ? out.explain : "create: " + thrown;
  if (status != TENON_OK) return nullptr;
  if (raw == nullptr) {
    status = TENON_E_INTERNAL;
    explain = "create said OK and gave no instance";
    return nullptr;
  }
  auto instance = std::unique_ptr<Instance>(new Instance(table, std::move(host)));
  instance->raw_ = raw;
  return instance;
}

Instance::~Instance() { table_.destroy(raw_); }

StepOut Instance::step(const CallIn& call, const Bounds& bounds) const {
  Arena arena(bounds);
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
  tenon_inbound inbound{};
  if (call.inbound) {
    inbound.size = sizeof inbound;
    inbound.method = arena.text(call.inbound->method);
    inbound.path = arena.text(call.inbound->path);
    inbound.headers = arena.pairs(call.inbound->headers);
    inbound.body = arena.text(call.inbound->body);
    raw.inbound = arena.one(inbound);
  }

  StepOut out;
  Sink sink(out, bounds, call.op, call.records.size());
  std::string thrown;
  out.status =
      guarded(thrown, [&] { return table_.step(raw_, arena.one(raw), arena.one(*sink.raw())); });
  if (!thrown.empty()) out.violations.push_back("step: " + thrown);
  if (!sink.refused().empty()) judge_refused(sink.refused(), out);
  if (out.status > TENON_OK || out.status < TENON_E_INTERNAL) {
    out.violations.push_back("status: wanted -6 to 0, found " + std::to_string(out.status));
  }
  if (out.status != TENON_OK && out.explain.empty()) {
    out.violations.push_back("status: " + std::to_string(out.status) + " without explain");
  }
  if (out.status == TENON_OK && !out.suspended && !out.requests.empty()) {
    out.violations.push_back("request: pushed without a suspend");
  }
  return out;
}

namespace {

// PULL: what comes behind the last checkpoint of a call is not kept, and a page has its limits.
void judge_page(CallOut& out) {
  std::size_t emits = 0, kept = 0, bytes = 0;
  for (const StepOut& step : out.steps) {
    for (const CheckpointOut& checkpoint : step.checkpoints) kept = emits + checkpoint.emits;
    emits += step.emits.size();
    for (const EmitOut& emit : step.emits) {
      bytes += emit.id.size() + emit.type.size() + emit.body.size();
    }
  }
  auto& violations = out.steps.back().violations;
  if (emits > kept) {
    violations.push_back("emit: " + std::to_string(emits - kept) +
                         " behind the last checkpoint, so they are not kept");
  }
  if (emits > TENON_MAX_PAGE_RECORDS || bytes > TENON_MAX_PAGE_BYTES) {
    violations.push_back("emit: wanted at most " + std::to_string(TENON_MAX_PAGE_RECORDS) +
                         " records and " + std::to_string(TENON_MAX_PAGE_BYTES) +
                         " bytes in one call of pull, found " + std::to_string(emits) + " and " +
                         std::to_string(bytes));
  }
}

}  // namespace

CallOut run_call(const Instance& instance, CallIn call, const Answer& answer,
                 const Bounds& bounds) {
  CallOut out;
  if (call.op == TENON_OP_DELIVER) out.outcomes.resize(call.records.size());
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
    if (more) continue;
    if (call.op == TENON_OP_PULL && out.status() == TENON_OK) judge_page(out);
    return out;
  }
}

}  // namespace tenon::testkit
