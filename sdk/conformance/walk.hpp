// walk: a golden's call, step by step, each step run as the case likes.
#pragma once

#include <functional>
#include <vector>

#include "testkit/golden.hpp"

namespace tenon::conformance {

using StepRunner = std::function<testkit::StepOut(const testkit::CallIn&)>;

// What step `step` of the call gets after a step that pushed `before`: its state, and the scripted
// replies to its requests.
testkit::CallIn next_call(const testkit::Golden& golden, const testkit::CallIn& call,
                          const testkit::StepOut& before);
// From step 0 until one does not suspend, at most TENON_MAX_CALL_STEPS.
std::vector<testkit::StepOut> walk(const testkit::Golden& golden, const StepRunner& run);

}  // namespace tenon::conformance
