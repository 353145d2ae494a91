// output_of: runs another program of this machine and takes what it prints.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tenon::conformance {

// Standard output, at most 64 KiB of it, of `words[0]` as found in PATH; its standard error is
// dropped. "" where there is no such program; what has not ended in time is killed.
std::string output_of(const std::vector<std::string>& words, std::chrono::milliseconds within);

}  // namespace tenon::conformance
