// ReleaseHealth: what calls of each release came to, minute by minute; and when one is worse than
// another. Plain values and functions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "event/attempt.hpp"

namespace tenon {

constexpr std::size_t kHealthMinutes = 24 * 60;  // so many are remembered of each release
constexpr std::size_t kHealthReleases =
    1'000;  // beyond them the one that was not seen longest goes

// What calls came to, in tries: a delivery that is tried twice counts twice.
struct HealthCounts {
  std::uint64_t calls = 0, failed_calls = 0;  // failed: as a whole (worker died, step refused ...)
  std::uint64_t took_ms = 0;                  // of all calls together
  std::uint64_t records = 0;
  std::uint64_t delivered = 0, skipped = 0, retry = 0, dead = 0, unclear = 0;
  // Of a sample of what was called accepted, later: it was looked for, and the vendor said whether
  // it has it; it has not; it has, with other values, as somebody else may have written.
  std::uint64_t looked_for = 0, did_nothing = 0, unlike = 0;

  void add(const HealthCounts& other);
  bool operator==(const HealthCounts&) const = default;
};
void count(HealthCounts& counts, OutcomeFate fate);

// One thread.
class ReleaseHealth {
 public:
  void saw(const std::string& release, Time ended, const HealthCounts& call);
  // All since then, to the minute.
  HealthCounts since(const std::string& release, Time from) const;

 private:
  struct Minute {
    std::int64_t number = 0;
    HealthCounts counts;
  };
  std::map<std::string, std::deque<Minute>> minutes_;
};

// What else speaks against a release.
struct HealthStrikes {
  bool quarantined = false;
  std::uint32_t in_a_row = 0;  // deaths of its workers
  std::string reason;
};

// Why the candidate is worse than the stable release was in the same time, in words that name both
// figures; nothing if that cannot be said. Few records prove nothing but a quarantine, deaths, and
// that what was called accepted is not there.
std::optional<std::string> worse_than(const HealthCounts& stable, const HealthCounts& candidate,
                                      const HealthStrikes& stable_strikes,
                                      const HealthStrikes& candidate_strikes);

}  // namespace tenon
