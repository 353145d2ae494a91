// Retry-After: how long a vendor asks us to wait.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "ports/http_client.hpp"

namespace tenon {

constexpr milliseconds kMaxRetryAfter = std::chrono::hours(24);

// Whole seconds or an HTTP date; never negative, at most kMaxRetryAfter; nothing if it is neither.
std::optional<milliseconds> parse_retry_after(std::string_view value, Time now);

// Of a reply's headers (lower-case names); nothing if there is none that can be read.
std::optional<milliseconds> retry_after_of(const HttpHeaders& headers, Time now);

}  // namespace tenon
