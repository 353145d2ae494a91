// From verdicts to fates.
#include "delivery/policy.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon::delivery {
namespace {

// A delivery whose worker dies under it alone so often is a dead letter, not a reason to go on.
constexpr std::uint32_t kMaxDeathsAlone = 3;
constexpr std::size_t kSplitInto = 16;

bool ends_worker(const std::string& failure) {
  return failure == "worker_died" || failure == "worker_timeout";
}

DeliveryOutcome outcome_of(const AttemptFacts& facts) {
  DeliveryOutcome out;
  out.delivery = facts.ref;
  out.verdict = facts.said.verdict;
  out.number = facts.number;
  out.http_status = facts.http_status;
  out.vendor_code = facts.said.vendor_code;
  out.vendor_ref = facts.said.vendor_ref;
  out.detail = facts.said.detail.empty() ? facts.failure_text : facts.said.detail;
  return out;
}

void retry_or_die(DeliveryOutcome& out, const AttemptFacts& facts, const RetryPolicy& policy,
                  Time now, std::string reason) {
  const milliseconds wait{facts.said.retry_after_ms};
  // A worker that died counts whatever the connector hinted before: else a hint would let it kill
  // workers for ever.
  const bool not_run = facts.failure == "worker_backing_off" && !facts.sent;
  const bool counts = !not_run && (facts.hinted == HintKind::none || ends_worker(facts.failure));
  if (not_run) --out.number;                               // it was no try at all
  const std::uint32_t number = counts ? facts.number : 1;  // the hold is what grows
  out.next_at = next_attempt_at(policy, facts.ref.id, number, wait, now);
  out.fate = OutcomeFate::retry;
  out.reason = std::move(reason);
  if (counts && facts.number >= policy.max_attempts) {
    out.fate = OutcomeFate::dead;
    out.reason = "attempts_exhausted";
  } else if (facts.age_from != Time{} && out.next_at - facts.age_from > policy.max_age) {
    out.fate = OutcomeFate::dead;
    out.reason = "age_exceeded";
  }
  if (out.fate == OutcomeFate::dead) out.next_at = Time{};
}

}  // namespace

RetryPolicy retry_policy_of(const Manifest& manifest, const Destination& destination) {
  RetryPolicy policy = manifest.retry;
  if (destination.retry_first) policy.first = *destination.retry_first;
  if (destination.retry_ceiling) policy.ceiling = *destination.retry_ceiling;
  if (destination.retry_max_age) policy.max_age = *destination.retry_max_age;
  if (destination.retry_max_attempts) policy.max_attempts = *destination.retry_max_attempts;
  return policy;
}

Time next_attempt_at(const RetryPolicy& policy, const DeliveryId& id, std::uint32_t number,
                     milliseconds retry_after, Time now) {
  milliseconds wait = policy.first;
  for (std::uint32_t i = 1; i < number && wait < policy.ceiling; ++i) wait *= 2;
  wait = std::min(wait, policy.ceiling);
  // Between half of the wait and all of it: spread, and never longer than stated.
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  const std::uint64_t dice = hash64(bytes, number) % 1'000;
  const milliseconds jittered = wait / 2 + wait * static_cast<std::int64_t>(dice) / 2'000;
  return now + std::max(jittered, retry_after);
}

std::uint16_t split(std::uint16_t at_most, std::size_t together) {
  const std::size_t most = at_most > 0 ? std::min<std::size_t>(at_most, together) : together;
  return static_cast<std::uint16_t>(std::clamp<std::size_t>(most / kSplitInto, 1, kMaxCallRecords));
}

DeliveryOutcome judge(const AttemptFacts& facts, const RetryPolicy& policy,
                      const Ambiguity& ambiguity, std::size_t batch_size, Time now) {
  DeliveryOutcome out = outcome_of(facts);
  Verdict verdict = facts.said.verdict;
  // A connector may be wrong or lie: no success without an answer that bears it out.
  const bool unproven = (verdict == Verdict::accepted && !facts.succeeded) ||
                        (verdict == Verdict::duplicate && !facts.answered);
  if (unproven) {
    verdict = Verdict::unresolved;
    out.detail = "the connector said " + std::string(name_of(facts.said.verdict)) +
                 ", but no answer of the vendor supports it";
  }
  switch (verdict) {
    case Verdict::accepted:
    case Verdict::duplicate: out.fate = OutcomeFate::delivered; return out;
    case Verdict::skipped:
      out.fate = OutcomeFate::skipped;
      out.reason = "connector_skipped";
      return out;
    case Verdict::rejected:
      out.fate = OutcomeFate::dead;
      out.reason = "vendor_rejected";
      return out;
    case Verdict::isolate:
      if (batch_size > 1) {
        out.fate = OutcomeFate::retry;
        out.reason = "isolate";
        out.next_at = now;
      } else {
        out.fate = OutcomeFate::dead;
        out.reason = "vendor_rejected";
      }
      return out;
    case Verdict::retry:
    case Verdict::unresolved: break;
  }
  out.maybe_applied = facts.sent && facts.said.applied != Applied::no;
  const bool uncertain = out.maybe_applied && !facts.repeatable;
  if (uncertain && ambiguity.readable) {
    out.fate = OutcomeFate::retry;
    out.reason = kReadBack;
    out.next_at = now + ambiguity.settle;
    return out;
  }
  if (uncertain && ambiguity.otherwise == OnAmbiguous::park) {
    out.fate = OutcomeFate::ambiguous;
    out.reason = "maybe_applied";
    return out;
  }
  const bool worker_died = ends_worker(facts.failure);
  if (worker_died && batch_size > 1) {
    out.fate = OutcomeFate::retry;
    out.reason = kSplitAfterCrash;
    out.next_at = now + policy.first;  // without jitter: they go on together
    return out;
  }
  if (worker_died && facts.deaths + 1u >= kMaxDeathsAlone) {
    out.fate = OutcomeFate::dead;
    out.reason = "kills_worker";
    return out;
  }
  std::string reason = worker_died                      ? facts.failure
                       : facts.hinted != HintKind::none ? std::string(name_of(facts.hinted))
                       : !facts.failure.empty()         ? facts.failure
                       : verdict == Verdict::retry      ? "vendor_retry"
                                                        : "unresolved";
  retry_or_die(out, facts, policy, now, std::move(reason));
  return out;
}

Ambiguity ambiguity_of(const Action* action, OnAmbiguous otherwise) {
  Ambiguity out;
  out.otherwise = otherwise;
  out.readable = action != nullptr && action->readback;
  if (action != nullptr) out.settle = action->readback_after;
  return out;
}

DeliveryOutcome judge_cut_short(const DeliveryRef& ref, std::uint32_t number, bool safe_to_repeat,
                                const Ambiguity& ambiguity, Time now) {
  DeliveryOutcome out;
  out.delivery = ref;
  out.number = number;
  out.detail = "the host stopped between sending and recording the answer";
  out.maybe_applied = true;
  out.reason = "cut_short";
  out.fate = OutcomeFate::retry;
  out.next_at = now;
  if (safe_to_repeat) return out;
  if (ambiguity.readable) {
    out.reason = kReadBack;
    out.next_at = now + ambiguity.settle;
  } else if (ambiguity.otherwise == OnAmbiguous::park) {
    out.fate = OutcomeFate::ambiguous;
    out.next_at = Time{};
  }
  return out;
}

}  // namespace tenon::delivery
