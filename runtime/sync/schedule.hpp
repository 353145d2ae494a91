// Schedule: when a pull runs next. Plain functions of values and `now`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "manifest/manifest.hpp"

namespace tenon::sync {

// After a run that ended well: the interval from its beginning, never sooner than now.
Time next_run(Time began, seconds interval, Time now);
// After `failures` failed runs in a row (at least 1): doubled from the policy's first wait to its
// ceiling, but not beyond the interval unless the first wait is, with jitter by the pull's name.
Time next_try(const RetryPolicy& policy, std::string_view pull, std::uint32_t failures,
              seconds interval, milliseconds retry_after, Time now);

}  // namespace tenon::sync
