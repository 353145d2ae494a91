// Policy: what an attempt means for each of its deliveries. Plain functions of values and `now`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calls/holds.hpp"
#include "event/attempt.hpp"
#include "manifest/workspace.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::delivery {

// The reason of a delivery whose batch a worker died under: it comes back in smaller ones, until
// the one that kills is alone.
constexpr std::string_view kSplitAfterCrash = "split_after_crash";
// How many may go in one batch with it after that; `at_most` is what held before (0: no bound),
// `together` how many of its batch are known to have gone with it. A sixteenth and not a half: one
// killer among up to 16 then costs four workers, and the fifth death would open the breaker.
std::uint16_t split(std::uint16_t at_most, std::size_t together);

// What is known about one delivery when its attempt has ended.
struct AttemptFacts {
  DeliveryRef ref;
  std::uint32_t number = 1;       // this attempt included
  std::uint8_t deaths = 0;        // workers that died before under it alone, in a row
  Time age_from{};                // what max_age counts from
  RecordOutcome said;             // the connector's word; unresolved where it gave none
  bool sent = false;              // a request that covers it left, and may have arrived
  bool answered = false;          // a request that covers it got a whole HTTP answer
  bool succeeded = false;         // ... with a status below 400
  bool repeatable = true;         // every request that covers it was READ or IDEMPOTENT
  std::uint32_t http_status = 0;  // of the last answer that covers it
  std::string failure;  // of the attempt as a whole (worker_died, worker_timeout, step_failed ...),
                        // or empty
  std::string failure_text;
  // News of the call about the vendor as a whole: then it is not the delivery that fails, and no
  // number of such tries makes a dead letter, unless the worker died.
  HintKind hinted = HintKind::none;
};

enum class OnAmbiguous : std::uint8_t { park, resend };

// What is done about a delivery that may or may not have arrived and is not safe to repeat: the
// vendor is asked where the action can be read back; the policy decides where that tells nothing.
struct Ambiguity {
  OnAmbiguous otherwise = OnAmbiguous::park;
  bool readable = false;
  milliseconds settle{10'000};  // the vendor's reads show a write after so long
};
Ambiguity ambiguity_of(const Action* action, OnAmbiguous otherwise);

// The reason of a delivery that waits to be read back before anything else is done about it.
constexpr std::string_view kReadBack = "read_back";
// ... and of one of which the vendor said that it has nothing.
constexpr std::string_view kNotApplied = "not_applied";
// ... of a delivered one whose own record a crash took; that of another of its batch tells.
constexpr std::string_view kToldByBatch = "told_by_batch";

// The retry policy in force for one destination: the manifest's, with the destination's overrides.
RetryPolicy retry_policy_of(const Manifest& manifest, const Destination& destination);

// When the attempt after `number` may begin: exponential from `first` to `ceiling`, with jitter
// that is a hash of delivery and number (so a fold gives the same), never before `retry_after`.
Time next_attempt_at(const RetryPolicy& policy, const DeliveryId& id, std::uint32_t number,
                     milliseconds retry_after, Time now);

// The fate of one delivery. Never `delivered` without an answer that supports it.
DeliveryOutcome judge(const AttemptFacts& facts, const RetryPolicy& policy,
                      const Ambiguity& ambiguity, std::size_t batch_size, Time now);

// Fate for deliveries whose attempt was cut short by a crash of the host. Those safe to repeat are
// due at once as the same batch; the others are read back, else resent or ambiguous by policy.
DeliveryOutcome judge_cut_short(const DeliveryRef& ref, std::uint32_t number, bool safe_to_repeat,
                                const Ambiguity& ambiguity, Time now);

}  // namespace tenon::delivery
