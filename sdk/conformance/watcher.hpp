// watch: runs one case in a child of this process and judges how that ended.
#pragma once

#include "conformance/case_process.hpp"
#include "conformance/runner.hpp"

namespace tenon::conformance {

// Of a case and all that it starts.
constexpr std::size_t kMaxProcesses = 64;
constexpr std::size_t kMaxOutput = std::size_t{1} << 20;

// For a process that does nothing else: it becomes the subreaper of what the case leaves behind,
// and ends all of that.
Finding watch(const Case& test, const Subject& subject, const RunOptions& options,
              const Protected& others);

}  // namespace tenon::conformance
