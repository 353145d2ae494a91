// VendorNews: what a reply's headers say of a rate limit, read by the manifest's rules. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "manifest/manifest.hpp"
#include "ports/http_client.hpp"

namespace tenon {

constexpr milliseconds kMaxReset = std::chrono::hours(24);  // what says more counts as so much
constexpr milliseconds kUnsaidReset{1'000};  // nothing remains, and no word until when

struct VendorNews {
  std::optional<std::uint64_t> limit, remaining;
  std::optional<milliseconds> reset;  // from now on, 0 to kMaxReset

  bool operator==(const VendorNews&) const = default;
};

// What cannot be read is as if it were not there: a vendor's mistake must not stop a destination.
// Names of headers are lower-case on both sides.
VendorNews read_news(const RateHeader& rule, const HttpHeaders& headers, Time now);

}  // namespace tenon
