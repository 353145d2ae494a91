// RetryBudget: how much of a destination's tries may be second and later ones while fresh work
// waits. Pure: values and `now`.
#pragma once

#include <cstdint>
#include <deque>

#include "base/time.hpp"

namespace tenon::delivery {

constexpr seconds kBudgetWindow{60};
// So many go in each window whatever their share: else a quiet destination could try nothing again.
constexpr std::uint64_t kBudgetFloor = 10;

class RetryBudget {
 public:
  // Deliveries of one attempt: tried for the first time, and again.
  void tried(std::size_t first, std::size_t again, Instant now);
  // May retries go before fresh work, if they are to be at most `percent` of all tries?
  bool has_room(std::uint32_t percent, Instant now) const;
  // Of a hundred tries within the window.
  std::uint32_t share(Instant now) const;

 private:
  struct Tries {
    Instant second;
    std::uint64_t first = 0, again = 0;
  };
  Tries within(Instant now) const;
  std::deque<Tries> tries_;  // by the second; at most as many as the window has
};

}  // namespace tenon::delivery
