// What many vendors' replies have in common: Retry-After, and verdicts for answers that never came.
#pragma once

#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tenon/outcome.hpp"

namespace tenon::sdk {

// No vendor makes us wait longer than a day by one header.
inline constexpr std::int64_t kMaxRetryAfterMs = 86'400'000;

// An HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") as Unix milliseconds.
inline std::optional<std::int64_t> http_date_ms(std::string_view value) {
  const std::string copy(value);
  tm parts{};
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year{parts.tm_year + 1900},
                            month{static_cast<unsigned>(parts.tm_mon + 1)},
                            day{static_cast<unsigned>(parts.tm_mday)}};
  if (!date.ok()) return std::nullopt;
  const auto at =
      sys_days{date} + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

// Retry-After in milliseconds from `now_ms`: whole seconds or an HTTP date, at most a day, a date
// in the past is 0. Nothing: no such header, or not readable.
inline std::optional<std::uint32_t> retry_after_ms(const Response& response, std::int64_t now_ms) {
  const auto value = response.header("retry-after");
  if (!value || value->empty()) return std::nullopt;
  std::int64_t wait = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), wait);
  if (end == value->data() + value->size() && (error == std::errc() || wait > 0)) {
    wait = std::clamp<std::int64_t>(wait, 0, kMaxRetryAfterMs / 1000) * 1000;
  } else if (error == std::errc::result_out_of_range) {
    wait = kMaxRetryAfterMs;
  } else if (const auto date = http_date_ms(*value)) {
    wait = std::clamp<std::int64_t>(*date - now_ms, 0, kMaxRetryAfterMs);
  } else {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(wait);
}

// The outcome for a record whose request got no HTTP answer at all; `response` is not answered().
inline Outcome unanswered(const Response& response) {
  switch (response.got()) {
    case TENON_GOT_NO_CONNECTION:
      return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_NO_CONNECTION,
                            "no connection to the vendor; nothing was sent");
    case TENON_GOT_BLOCKED_BY_POLICY:
      return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_BLOCKED,
                            "the host's policy refused the request; see its endpoint");
    case TENON_GOT_TIMEOUT:
      return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_TIMEOUT,
                            "no answer from the vendor in time");
    default:
      return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_LOST,
                            "the connection broke before a whole answer came");
  }
}

}  // namespace tenon::sdk
