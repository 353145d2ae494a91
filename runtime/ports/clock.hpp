// Clock: the only source of time.
#pragma once

#include "async/task.hpp"
#include "base/time.hpp"

namespace tenon {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, UTC. May jump; never use it for a deadline.
  virtual Time now() const = 0;
  // Monotonic. Deadlines and durations.
  virtual Instant instant() const = 0;
  // Ends at `at` or soon after; at once if it has passed. Throws operation_aborted if cancelled.
  virtual Task<void> sleep_until(Instant at) = 0;
};

}  // namespace tenon
