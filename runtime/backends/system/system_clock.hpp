// SystemClock: the machine's wall clock and monotonic clock, sleeping on Asio timers.
#pragma once

#include "ports/clock.hpp"

namespace tenon {

// Any thread for now() and instant(); a sleep runs on the executor of the Task that awaits it.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Instant instant() const override;
  Task<void> sleep_until(Instant at) override;
};

}  // namespace tenon
