// A limit of one window, for tests of its counting.
#pragma once

#include "manifest/manifest.hpp"

namespace tenon {

inline RateLimit row(std::uint32_t limit, std::int64_t window_ms) {
  RateLimit out;
  out.bucket = "default";
  out.limit = limit;
  out.window = std::chrono::milliseconds(window_ms);
  return out;
}

}  // namespace tenon
