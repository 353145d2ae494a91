// Both forms of Retry-After.
#include "egress/retry_after.hpp"

#include <algorithm>
#include <charconv>

namespace tenon {

std::optional<milliseconds> parse_retry_after(std::string_view value, Time now) {
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  value = value.substr(first, value.find_last_not_of(" \t") - first + 1);
  const bool digits =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error == std::errc::result_out_of_range) return kMaxRetryAfter;
    if (error != std::errc{}) return std::nullopt;
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(kMaxRetryAfter).count();
    return std::chrono::seconds(std::min<std::int64_t>(count, most));
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::ceil<milliseconds>(*date - now);
  return std::clamp(wait, milliseconds{0}, kMaxRetryAfter);
}

std::optional<milliseconds> retry_after_of(const HttpHeaders& headers, Time now) {
  for (const auto& [name, value] : headers) {
    if (name == "retry-after") return parse_retry_after(value, now);
  }
  return std::nullopt;
}

}  // namespace tenon
