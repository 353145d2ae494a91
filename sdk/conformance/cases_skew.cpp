// Cases about hosts of other minors: what this header does not know must not matter.
#include "conformance/case.hpp"

namespace tenon::conformance {
namespace {

using testkit::Bounds;
using testkit::CallOut;

CallOut run_with(const testkit::Instance& instance, const testkit::Golden& golden, bool newer) {
  Bounds bounds;
  bounds.newer_host = newer;
  std::uint32_t at = 0;
  std::size_t index = 0;
  return testkit::run_call(
      instance, golden.call,
      [&](const testkit::RequestOut&, std::uint32_t step) {
        if (step != at) index = 0;
        at = step;
        return golden.reply_to(step, index++);
      },
      bounds);
}

void newer_host(Subject& subject) {
  for (const testkit::Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    if (run_with(*instance, golden, true) != run_with(*instance, golden, false)) {
      fail(golden.name + ": structs that are longer than the header knows gave other pushes; ask " +
           "TENON_HAS, and never for an exact size");
    }
  }
}

}  // namespace

std::vector<Case> skew_cases() {
  return {
      {"skew.newer_host", "longer structs and strides of a newer host change nothing", newer_host}};
}

}  // namespace tenon::conformance
