// Strikes: what a release's deaths mean for its next start; decisions of values and `now` alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace tenon {

constexpr milliseconds kFirstBackOff{100};  // after the first death, doubled by each next
constexpr milliseconds kBackOffCeiling{60'000};
constexpr seconds kCleanAfter{300};        // so long without a death: all is forgotten
constexpr std::size_t kBreakerDeaths = 5;  // so many ...
constexpr seconds kBreakerWindow{60};      // ... within this open the breaker ...
constexpr seconds kBreakerHold{60};        // ... for so long; then one call probes

enum class HostedState : std::uint8_t {
  ready,        // calls go through
  backing_off,  // after a death; at `not_before` again
  broken,       // it died too often; at `not_before` one call probes it
  probing,      // that call is running, others wait outside
  quarantined,  // it broke the rules; until cleared or restarted
};
std::string_view name_of(HostedState state);

// All that is remembered of one release.
struct Strikes {
  HostedState state = HostedState::ready;
  std::uint32_t in_a_row = 0;   // deaths since the last clean period
  std::vector<Instant> recent;  // deaths within the window, at most kBreakerDeaths
  Instant last_death{};
  Instant not_before{};
  std::string reason;  // the last cause, in words

  bool operator==(const Strikes&) const = default;
};

// May a call be made now?
struct StepAdmission {
  bool allowed = false;
  bool probe = false;           // allowed as the one probing call
  milliseconds retry_after{0};  // not allowed: when to ask again; 0 = not by itself
};
StepAdmission admit(const Strikes& strikes, Instant now);

// What is remembered after an event. `release` seeds the jitter, which is the same each time.
Strikes after_admission(Strikes strikes, const StepAdmission& admission);
Strikes after_death(Strikes strikes, std::string_view release, std::string reason, Instant now);
Strikes after_violation(Strikes strikes, std::string reason, Instant now);
Strikes after_success(Strikes strikes, Instant now);
// A probe that ended without telling (cancelled, refused before it ran): the next call probes.
Strikes after_lost_probe(Strikes strikes);

// 100 ms, 200 ms ... 60 s, each shortened by up to a fifth.
milliseconds back_off(std::string_view release, std::uint32_t deaths_in_a_row);

}  // namespace tenon
