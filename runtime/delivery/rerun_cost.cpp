// Adding up calls, and the slowest of the limits.
#include "delivery/rerun_cost.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace tenon::delivery {

namespace {

std::uint64_t records_together(const Action& action, const Destination& destination) {
  std::uint64_t together = action.batch.max_records;
  if (destination.max_batch) together = std::min<std::uint64_t>(together, *destination.max_batch);
  return std::max<std::uint64_t>(together, 1);
}

}  // namespace

RerunCost cost_of(const std::map<std::string, std::uint64_t>& actions, std::uint32_t rate,
                  const Manifest& manifest, const Destination& destination) {
  RerunCost cost;
  std::uint64_t deliveries = 0;
  for (const auto& [name, count] : actions) {
    const Action* action = manifest.action(name);
    const std::uint64_t together = action != nullptr ? records_together(*action, destination) : 1;
    cost.calls += (count + together - 1) / together;
    deliveries += count;
  }
  double seconds = rate == 0 ? 0 : static_cast<double>(deliveries) / rate;
  // A call makes one request at least, and each costs one unit at least.
  for (const auto& row : manifest.rate_limits) {
    if (row.bucket != "default" || row.limit == 0) continue;
    const double per_unit = std::chrono::duration<double>(row.window).count() / row.limit;
    seconds = std::max(seconds, static_cast<double>(cost.calls) * per_unit);
  }
  cost.eta = milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1'000))};
  return cost;
}

std::uint32_t declared_rate(const Manifest& manifest, const Destination& destination) {
  std::uint64_t together = 1;
  for (const auto& action : manifest.actions) {
    together = std::max(together, records_together(action, destination));
  }
  double least = 0;
  for (const auto& row : manifest.rate_limits) {
    if (row.bucket != "default" || row.limit == 0) continue;
    const double rate = row.limit / std::chrono::duration<double>(row.window).count();
    least = least == 0 ? rate : std::min(least, rate);
  }
  return static_cast<std::uint32_t>(
      std::min(std::ceil(least * static_cast<double>(together)), 1e6));
}

std::vector<std::string> unsafe_actions(const Workspace& workspace, const Manifest& manifest,
                                        const std::string& destination) {
  std::set<std::string> unsafe;
  for (const auto& route : workspace.routes) {
    if (route.destination != destination) continue;
    const Action* action = manifest.action(route.action);
    if (action == nullptr || !action->replay_safe) unsafe.insert(route.action);
  }
  return {unsafe.begin(), unsafe.end()};
}

}  // namespace tenon::delivery
