// CPU time of this thread, and the median of what was measured by it.
#pragma once

#include <time.h>

#include <algorithm>
#include <vector>

namespace bench {

// What else runs on the machine does not count.
inline double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace bench
