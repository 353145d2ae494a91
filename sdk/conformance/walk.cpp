// walk: the loop over steps, with the golden's replies.
#include "conformance/walk.hpp"

namespace tenon::conformance {

using testkit::CallIn;
using testkit::StepOut;

CallIn next_call(const testkit::Golden& golden, const CallIn& call, const StepOut& before) {
  CallIn next = call;
  next.replies.clear();
  for (std::size_t i = 0; i < before.requests.size(); ++i) {
    next.replies.push_back(golden.reply_to(call.step, i));
    next.replies.back().tag = before.requests[i].tag;
  }
  next.state = before.state;
  ++next.step;
  return next;
}

std::vector<StepOut> walk(const testkit::Golden& golden, const StepRunner& run) {
  std::vector<StepOut> steps;
  CallIn call = golden.call;
  while (steps.size() < TENON_MAX_CALL_STEPS) {
    steps.push_back(run(call));
    if (steps.back().status != TENON_OK || !steps.back().suspended) break;
    call = next_call(golden, call, steps.back());
  }
  return steps;
}

}  // namespace tenon::conformance
