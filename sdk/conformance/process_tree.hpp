// Processes below one: counted, and ended.
#pragma once

#include <sys/types.h>

#include <vector>

namespace tenon::conformance {

// All that descend from `root`, without it. A process whose parent has ended is found only if
// `root` is the subreaper that it fell to.
std::vector<pid_t> descendants_of(pid_t root);

// Kills and reaps everything below this process, which must be a subreaper; how many were found at
// first. Goes on while new ones turn up, for at most a second.
std::size_t end_all_below_this();

}  // namespace tenon::conformance
