// What a step's result may be, beyond being decodable.
#include <algorithm>

#include "wire/step_result.hpp"

namespace tenon::wire {
namespace {

Error illegal_result(std::string what) {
  return corrupt("illegal frame: a result with " + std::move(what));
}

Result<void> check_requests(const StepResult& r, const StepBounds& bounds) {
  if (r.requests.size() > max_requests(bounds.records)) {
    return illegal_result(std::to_string(r.requests.size()) + " requests, at most " +
                          std::to_string(max_requests(bounds.records)));
  }
  std::vector<std::uint32_t> tags;
  tags.reserve(r.requests.size());
  for (const auto& request : r.requests) {
    tags.push_back(request.tag);
    if (request.headers.size() > kMaxRequestHeaders || request.query.size() > kMaxRequestQuery ||
        request.secrets.size() > kMaxRequestSecrets || request.covers.size() > bounds.records) {
      return illegal_result("a request of too many parts");
    }
    for (const auto index : request.covers) {
      if (index >= bounds.records) {
        return illegal_result("a request that covers record " + std::to_string(index) + " of " +
                              std::to_string(bounds.records));
      }
    }
  }
  std::sort(tags.begin(), tags.end());
  if (std::adjacent_find(tags.begin(), tags.end()) != tags.end()) {
    return illegal_result("two requests of one tag");
  }
  return {};
}

Result<void> check_outcomes(const StepResult& r, const StepBounds& bounds) {
  std::vector<bool> seen(bounds.records);
  for (const auto& outcome : r.outcomes) {
    if (outcome.index >= bounds.records) {
      return illegal_result("an outcome of record " + std::to_string(outcome.index) + " of " +
                            std::to_string(bounds.records));
    }
    if (seen[outcome.index])
      return illegal_result("two outcomes of record " + std::to_string(outcome.index));
    seen[outcome.index] = true;
  }
  return {};
}

Result<void> check_bytes(const StepResult& r) {
  if (r.logs.size() > kMaxStepLogLines) return illegal_result("too many log lines");
  if (r.hints.size() > kMaxHints) return illegal_result("too many hints");
  if (r.emits.size() > kMaxEmits) return illegal_result("too many emits");
  if (r.state.size() > kMaxStateBytes) return illegal_result("too much state");
  std::size_t bytes = r.state.size() + r.cursor.size() + r.reply_body.size();
  for (const auto& request : r.requests) bytes += size_of(request);
  for (const auto& outcome : r.outcomes) bytes += size_of(outcome);
  for (const auto& emit : r.emits) bytes += size_of(emit);
  for (const auto& hint : r.hints) bytes += size_of(hint);
  if (bytes > kMaxStepOutBytes) return illegal_result("more bytes than a step may push");
  return {};
}

bool knows_outcomes(Op op) { return op == Op::deliver; }

// One step, an answer that HTTP knows.
Result<void> check_webhook(const StepResult& r) {
  if (!r.requests.empty()) return illegal_result("requests in an op without");
  if (!r.replied) return {};
  if (r.reply_status < kLeastReplyStatus || r.reply_status > kMostReplyStatus) {
    return illegal_result("a reply of status " + std::to_string(r.reply_status));
  }
  if (r.reply_body.size() > kMaxReplyBodyBytes) return illegal_result("too long a reply");
  return {};
}

Result<void> check_op(const StepResult& r, Op op) {
  if (!r.outcomes.empty() && !knows_outcomes(op))
    return illegal_result("outcomes in an op without");
  for (const auto& emit : r.emits) {
    if (!may_emit(op, emit.kind))
      return illegal_result("an emit of a kind that the op does not know");
  }
  if (r.checkpointed && op != Op::pull) return illegal_result("a checkpoint in an op without");
  if (r.emits_covered > (r.checkpointed ? r.emits.size() : 0)) {
    return illegal_result("a checkpoint behind emits that are not there");
  }
  if (r.replied && op != Op::webhook) return illegal_result("a reply in an op without");
  return op == Op::webhook ? check_webhook(r) : Result<void>();
}

}  // namespace

Result<void> check_result(const StepResult& r, const StepBounds& bounds) {
  if (r.status != 0) {
    if (!r.requests.empty() || !r.outcomes.empty() || !r.emits.empty() || r.suspended ||
        r.checkpointed || r.replied) {
      return illegal_result("pushes beside a failing status");
    }
  } else if (r.suspended != !r.requests.empty()) {
    return illegal_result(r.suspended ? "suspend without a request" : "requests without suspend");
  }
  if (!r.suspended && (!r.state.empty() || r.delay_ms != 0))
    return illegal_result("state without suspend");
  TENON_TRY(check_op(r, bounds.op));
  TENON_TRY(check_requests(r, bounds));
  TENON_TRY(check_outcomes(r, bounds));
  TENON_TRY(check_bytes(r));
  return {};
}

}  // namespace tenon::wire
