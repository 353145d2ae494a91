// Latencies: collects durations and gives percentiles in milliseconds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

class Latencies {
 public:
  void add(std::uint64_t ns) { ns_.push_back(ns); }
  std::size_t size() const { return ns_.size(); }
  // 0 where nothing was collected.
  double ms(double percentile) {
    if (ns_.empty()) return 0;
    const auto at = std::min(
        ns_.size() - 1, static_cast<std::size_t>(percentile * static_cast<double>(ns_.size())));
    const auto nth = ns_.begin() + static_cast<std::ptrdiff_t>(at);
    std::nth_element(ns_.begin(), nth, ns_.end());
    return static_cast<double>(*nth) / 1e6;
  }

 private:
  std::vector<std::uint64_t> ns_;
};

}  // namespace bench
