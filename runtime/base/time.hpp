// Time: UTC in microseconds inside, RFC 3339 at every border; Instant for deadlines.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

// Wall time, UTC, int64 microseconds since 1970. The zero value means "not known".
using Time = std::chrono::sys_time<std::chrono::microseconds>;
// Monotonic time of one process (or one simulation); only differences mean anything.
struct MonotonicClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time time_from_us(std::int64_t us) { return Time{microseconds{us}}; }
constexpr std::int64_t us_of(Time t) { return t.time_since_epoch().count(); }
constexpr std::int64_t ms_of(Time t) { return us_of(t) / 1000; }

// "2026-01-02T03:04:05.678901Z"; always UTC, always six decimals.
std::string to_rfc3339(Time t);
// Accepts RFC 3339 with offset or Z and up to nine decimals (cut to six); invalid otherwise.
Result<Time> parse_rfc3339(std::string_view text);
// The date form of HTTP headers ("Sun, 06 Nov 1994 08:49:37 GMT"); invalid otherwise.
Result<Time> parse_http_date(std::string_view text);

}  // namespace tenon
