// Other batches out of a golden's records: chosen, in another order, doubled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace tenon::conformance {

struct Member {
  std::uint32_t of;  // index of the golden's record
  std::string id;    // empty: that of the record
};

// Runs a call with those records. A request gets the scripted reply to the request of the same step
// that covered the same records of the golden, else to one that covered all of them, else none.
testkit::CallOut run_batch(Subject& subject, const testkit::Golden& golden,
                           const testkit::CallOut& whole, const std::vector<Member>& members);

// Goldens of deliver with records, and what they end in.
using VisitBatch = std::function<void(const testkit::Golden&, const testkit::CallOut& whole)>;
void each_batch(Subject& subject, const VisitBatch& visit);

// Fails if record `at` of the batch, which is `of` of the golden, has another verdict there. What
// the larger of the two could not tell (ISOLATE) the smaller one may.
void same_verdict(const testkit::Golden& golden, const testkit::CallOut& whole, std::uint32_t of,
                  const testkit::CallOut& batch, std::uint32_t at, const std::string& when);

}  // namespace tenon::conformance
