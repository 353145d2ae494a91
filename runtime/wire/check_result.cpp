// What a step's result may be, beyond being decodable.
#include <algorithm>

#include "wire/step_result.hpp"

namespace tenon::wire {
namespace {

Error illegal(std::string what) {
  return corrupt("illegal frame: a result with " + std::move(what));
}

std::string number(std::size_t n) { return std::to_string(n); }

Result<void> check_requests(const StepResult& r, const StepBounds& bounds) {
  if (r.requests.size() > max_requests(bounds.records)) {
    return illegal(number(r.requests.size()) + " requests, at most " +
                   number(max_requests(bounds.records)));
  }
  std::vector<std::uint32_t> tags;
  tags.reserve(r.requests.size());
  for (const auto& request : r.requests) {
    tags.push_back(request.tag);
    if (request.headers.size() > kMaxRequestHeaders || request.query.size() > kMaxRequestQuery ||
        request.secrets.size() > kMaxRequestSecrets || request.covers.size() > bounds.records) {
      return illegal("a request of too many parts");
    }
    for (const auto index : request.covers) {
      if (index >= bounds.records) {
        return illegal("a request that covers record " + number(index) + " of " +
                       number(bounds.records));
      }
    }
  }
  std::sort(tags.begin(), tags.end());
  if (std::adjacent_find(tags.begin(), tags.end()) != tags.end()) {
    return illegal("two requests of one tag");
  }
  return {};
}

Result<void> check_outcomes(const StepResult& r, const StepBounds& bounds) {
  std::vector<bool> seen(bounds.records);
  for (const auto& outcome : r.outcomes) {
    if (outcome.index >= bounds.records) {
      return illegal("an outcome of record " + number(outcome.index) + " of " +
                     number(bounds.records));
    }
    if (seen[outcome.index]) return illegal("two outcomes of record " + number(outcome.index));
    seen[outcome.index] = true;
  }
  return {};
}

Result<void> check_bytes(const StepResult& r) {
  if (r.logs.size() > kMaxStepLogLines) return illegal("too many log lines");
  if (r.hints.size() > kMaxHints) return illegal("too many hints");
  if (r.emits.size() > kMaxEmits) return illegal("too many emits");
  if (r.state.size() > kMaxStateBytes) return illegal("too much state");
  std::size_t bytes = r.state.size() + r.cursor.size() + r.reply_body.size();
  for (const auto& request : r.requests) bytes += size_of(request);
  for (const auto& outcome : r.outcomes) bytes += size_of(outcome);
  for (const auto& emit : r.emits) bytes += size_of(emit);
  for (const auto& hint : r.hints) bytes += size_of(hint);
  if (bytes > kMaxStepOutBytes) return illegal("more bytes than a step may push");
  return {};
}

bool knows_outcomes(Op op) { return op == Op::deliver; }

// One step, an answer that HTTP knows.
Result<void> check_webhook(const StepResult& r) {
  if (!r.requests.empty()) return illegal("requests in an op without");
  if (!r.replied) return {};
  if (r.reply_status < kLeastReplyStatus || r.reply_status > kMostReplyStatus) {
    return illegal("a reply of status " + number(r.reply_status));
  }
  if (r.reply_body.size() > kMaxReplyBodyBytes) return illegal("too long a reply");
  return {};
}

Result<void> check_op(const StepResult& r, Op op) {
  if (!r.outcomes.empty() && !knows_outcomes(op)) return illegal("outcomes in an op without");
  for (const auto& emit : r.emits) {
    if (!may_emit(op, emit.kind)) return illegal("an emit of a kind that the op does not know");
  }
  if (r.checkpointed && op != Op::pull) return illegal("a checkpoint in an op without");
  if (r.emits_covered > (r.checkpointed ? r.emits.size() : 0)) {
    return illegal("a checkpoint behind emits that are not there");
  }
  if (r.replied && op != Op::webhook) return illegal("a reply in an op without");
  return op == Op::webhook ? check_webhook(r) : Result<void>();
}

}  // namespace

Result<void> check_result(const StepResult& r, const StepBounds& bounds) {
  if (r.status != 0) {
    if (!r.requests.empty() || !r.outcomes.empty() || !r.emits.empty() || r.suspended ||
        r.checkpointed || r.replied) {
      return illegal("pushes beside a failing status");
    }
  } else if (r.suspended != !r.requests.empty()) {
    return illegal(r.suspended ? "suspend without a request" : "requests without suspend");
  }
  if (!r.suspended && (!r.state.empty() || r.delay_ms != 0))
    return illegal("state without suspend");
  TENON_TRY(check_op(r, bounds.op));
  TENON_TRY(check_requests(r, bounds));
  TENON_TRY(check_outcomes(r, bounds));
  TENON_TRY(check_bytes(r));
  return {};
}

}  // namespace tenon::wire
