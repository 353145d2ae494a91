// What a rerun costs: calls and time, from what the manifest declares. Plain functions of values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"

namespace tenon::delivery {

struct RerunCost {
  std::uint64_t calls = 0;  // of the connector, with full batches
  milliseconds eta{0};      // at least: by the rate asked for, and by the rows of its rate limits
};
// `actions`: deliveries by action. `rate`: per second, 0 = none asked for.
RerunCost cost_of(const std::map<std::string, std::uint64_t>& actions, std::uint32_t rate,
                  const Manifest& manifest, const Destination& destination);

// Deliveries per second that the rows of the rate limits allow at most, with full batches; 0: there
// is no row.
std::uint32_t declared_rate(const Manifest& manifest, const Destination& destination);

// Those of the destination's routes that its release does not declare safe to replay.
std::vector<std::string> unsafe_actions(const Workspace& workspace, const Manifest& manifest,
                                        const std::string& destination);

}  // namespace tenon::delivery
