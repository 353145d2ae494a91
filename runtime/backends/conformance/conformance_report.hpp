// ConformanceReport: what tenon-check says of a connector, out of its JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon {

struct FailedCase {
  std::string name, why;  // why: its first line, cut

  bool operator==(const FailedCase&) const = default;
};

struct ConformanceReport {
  std::uint32_t passed = 0, failed = 0, skipped = 0;
  std::vector<FailedCase> failures;  // the first kMaxFailuresTold of them, in the suite's order

  bool operator==(const ConformanceReport&) const = default;
};

constexpr std::size_t kMaxFailuresTold = 20;
constexpr std::size_t kMaxCheckOutput = 1u << 20;  // bytes that tenon-check may print

// corrupt: no such JSON, or counts that its cases do not bear out.
Result<ConformanceReport> read_conformance(std::string_view json);

}  // namespace tenon
