// Support: until when a vendor's API and a release are good for; and what that means today.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace tenon {

struct Manifest;

constexpr std::chrono::hours kEndIsNear{30 * 24};  // from here on it is a warning,
constexpr std::chrono::hours kEndIsClose{7 * 24};  // from here on a failure

// [vendor_api]
struct VendorApi {
  std::string version;         // as the vendor calls it
  std::optional<Time> sunset;  // the beginning of the day (UTC) on which it ends; none is announced
  bool operator==(const VendorApi&) const = default;
};

// [support] of a release.
struct ReleaseSupport {
  std::optional<Time> deprecated, ends;  // beginnings of days (UTC)
  std::string use;                       // the version to use instead; "" = not said
  bool operator==(const ReleaseSupport&) const = default;
};

struct Ending {
  bool close = false;  // it fails: within kEndIsClose, or over
  std::string text;    // "the vendor's API v3 ends on 2027-03-01, in 5 days"
  std::string mend;
};
// What ends soon, or has ended, or is deprecated, as of `now`.
std::vector<Ending> endings_of(const Manifest& manifest, Time now);

// "2027-03-01" as the beginning of that day; nothing if it is no day.
std::optional<Time> parse_day(std::string_view text);

}  // namespace tenon
