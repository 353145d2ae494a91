// Skips: what was given up on purpose: by whom, why, and which hours with how many deliveries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "event/attempt.hpp"
#include "event/control.hpp"
#include "event/record.hpp"
#include "ports/state_overlay.hpp"

namespace tenon::delivery {

constexpr std::size_t kMaxSkips = 1'000;      // acts that a list shows, the latest of them
constexpr std::size_t kMaxSkipHours = 2'000;  // hours of one act that a list shows, the earliest

struct Skip {
  Time at{};
  std::string reason, actor;
  std::map<std::int64_t, std::int64_t> hours;  // since 1970 -> deliveries received in it
  std::int64_t count = 0;                      // of all hours

  bool operator==(const Skip&) const = default;
};

// The acts and their counts, in the state of a destination's fold.
class Skips {
 public:
  explicit Skips(StateOverlay& state) : state_(state) {}

  Result<void> load();

  // The act stands in every partition, at this place in `p`.
  Result<void> begin(PartitionId p, const DestinationSkipped& act, const Record& record);
  // A delivery decided at `ref.decided` in `p` is given up (1), or was not after all (-1).
  Result<void> add(PartitionId p, const DeliveryRef& ref, std::int64_t by);
  // Latest first.
  Result<std::vector<Skip>> list();

  struct Act {
    std::string reason, actor;
    std::map<std::uint16_t, Offset> offsets;  // of its record in each partition read so far
  };

 private:
  StateOverlay& state_;
  std::map<std::string, Act> acts_;  // by state key: earliest first
};

}  // namespace tenon::delivery
