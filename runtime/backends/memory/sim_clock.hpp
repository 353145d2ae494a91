// SimClock: virtual time that moves only when told to, for tests and simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ports/clock.hpp"

namespace tenon {

// One thread. Sleepers are woken in time order, those of one instant in the order in which they
// came.
class SimClock final : public Clock {
 public:
  // 2026-01-01T00:00:00Z, unless told otherwise. The monotonic side starts at one second.
  explicit SimClock(Time start = time_from_us(1'767'225'600'000'000));
  ~SimClock() override;

  Time now() const override;
  Instant instant() const override;
  Task<void> sleep_until(Instant at) override;

  // When the next sleeper is due; nothing if nobody sleeps.
  std::optional<Instant> next() const;
  // Moves to the next sleeper and wakes all that are due then. False if nobody sleeps.
  bool advance_to_next();
  // Moves to `at` in one go, waking all that are due by then; they see `at` as the time. Never
  // moves back.
  void advance_to(Instant at);
  void advance_by(MonotonicClock::duration by) { advance_to(instant() + by); }
  // Wall time jumps, as when an operator or NTP sets it; sleepers do not notice.
  void jump_wall(microseconds by);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with sleeping frames, which an io_context may end last
};

}  // namespace tenon
