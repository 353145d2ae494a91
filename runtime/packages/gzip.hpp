// Gzip: bytes squeezed the same way each time, and back within limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::packages {

// A megabyte that came out of almost nothing is a bomb, not a connector.
constexpr std::uint64_t kMaxRatio = 200;
constexpr std::uint64_t kRatioFrom = 1u << 20;  // below that the ratio is not looked at

// Level 9, no name, no time. The same bytes give the same bytes with one version of zlib; what must
// not depend on that is digested before it is squeezed.
Result<std::string> squeeze(std::string_view bytes);

// One whole member and nothing behind it. corrupt: not gzip, damaged, cut short, bytes behind it,
// or a ratio over kMaxRatio. invalid: more than `most` bytes.
Result<std::string> inflate(std::string_view bytes, std::uint64_t most);

}  // namespace tenon::packages
