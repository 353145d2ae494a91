// Lane: what a request is for, where several kinds of work share one rate limit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tenon {

// Stored: never renumber.
enum class Lane : std::uint8_t {
  live = 0,       // events as they come
  pull = 1,       // reading a vendor's changes
  reconcile = 2,  // looking whether all is as it should be: check, read-back
  replay = 3,     // old events again
};
constexpr std::size_t kLanes = 4;

constexpr std::string_view name_of(Lane lane) {
  constexpr std::array<std::string_view, kLanes> kNames{"live", "pull", "reconcile", "replay"};
  return kNames[static_cast<std::size_t>(lane)];
}

// Of a limit that all lanes want more of than there is, each gets its weight's part; a lane that
// wants less leaves the rest to the others.
struct LaneWeights {
  std::array<std::uint32_t, kLanes> values{8, 2, 1, 1};

  std::uint32_t of(Lane lane) const { return values[static_cast<std::size_t>(lane)]; }
  bool operator==(const LaneWeights&) const = default;
};
constexpr std::uint32_t kMaxLaneWeight = 100;

}  // namespace tenon
