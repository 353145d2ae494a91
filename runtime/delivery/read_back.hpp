// Read-back: what the vendor's own word does to deliveries that may or may not have arrived.
#pragma once

#include <string>
#include <string_view>

#include "calls/read_back.hpp"
#include "delivery/attempt.hpp"

namespace tenon::delivery {

// A reading of one delivery.
struct ReadBackFacts {
  Pick pick;
  std::string sent;  // the record as it was sent: a JSON object
  ReadBackFound found;
  std::string failure;  // of the call as a whole: a stable word, or empty
  std::string failure_text;
};

// Where the vendor's record says otherwise than ours: a JSON pointer to the first such member of
// ours, "/" if either is no object; empty: all that we sent stands there. Numbers, booleans and
// their texts are equal, since many vendors answer with texts only.
std::string first_difference(std::string_view ours, std::string_view theirs);

// Found with all that was sent: delivered. Absent: due again at once. A call that failed is made
// again, until the delivery's age is over. Whatever else: by policy, a person or a resend. Never
// counts as an attempt, since nothing was sent.
DeliveryOutcome judge_read_back(const ReadBackFacts& facts, const RetryPolicy& policy,
                                OnAmbiguous otherwise, Time now);

}  // namespace tenon::delivery
