// What processes use: CPU seconds and peak memory, read from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace bench {

struct Use {
  double cpu_s = 0;  // user and system, all threads
  double peak_mb = 0;
};

// Zero for a process that is gone.
Use use_of(pid_t pid);
std::vector<pid_t> children_of(pid_t pid);
// The sum over the children that live now.
Use use_of_children(pid_t pid);

// Monotonic nanoseconds; the same clock for every process of the machine.
std::uint64_t now_ns();

}  // namespace bench
