// Intervals and back-off of pulls.
#include "sync/schedule.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace tenon::sync {

Time next_run(Time began, seconds interval, Time now) { return std::max(began + interval, now); }

Time next_try(const RetryPolicy& policy, std::string_view pull, std::uint32_t failures,
              seconds interval, milliseconds retry_after, Time now) {
  const milliseconds most =
      std::max(policy.first, std::min<milliseconds>(policy.ceiling, interval));
  milliseconds wait = policy.first;
  for (std::uint32_t i = 1; i < failures && wait < most; ++i) wait *= 2;
  wait = std::min(wait, most);
  // Between half of the wait and all of it, so that pulls that failed together do not come back so.
  const std::uint64_t dice = hash64(pull, failures) % 1'000;
  const milliseconds jittered = wait / 2 + wait * static_cast<std::int64_t>(dice) / 2'000;
  return now + std::max(jittered, retry_after);
}

}  // namespace tenon::sync
