// Counting tries by the second.
#include "delivery/retry_budget.hpp"

namespace tenon::delivery {

void RetryBudget::tried(std::size_t first, std::size_t again, Instant now) {
  const Instant second = std::chrono::floor<seconds>(now);
  while (!tries_.empty() && tries_.front().second + kBudgetWindow <= second) tries_.pop_front();
  if (tries_.empty() || tries_.back().second != second) tries_.push_back({second, 0, 0});
  tries_.back().first += first;
  tries_.back().again += again;
}

RetryBudget::Tries RetryBudget::within(Instant now) const {
  Tries sum{now, 0, 0};
  for (const auto& one : tries_) {
    if (one.second + kBudgetWindow <= now) continue;
    sum.first += one.first;
    sum.again += one.again;
  }
  return sum;
}

bool RetryBudget::has_room(std::uint32_t percent, Instant now) const {
  const Tries sum = within(now);
  return sum.again < kBudgetFloor || sum.again * 100 < (sum.first + sum.again) * percent;
}

std::uint32_t RetryBudget::share(Instant now) const {
  const Tries sum = within(now);
  const auto all = sum.first + sum.again;
  return all == 0 ? 0 : static_cast<std::uint32_t>(sum.again * 100 / all);
}

}  // namespace tenon::delivery
