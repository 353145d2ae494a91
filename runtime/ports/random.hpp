// Random: nonces, log ids and attempt ids; never jitter or canary, which are hashes.
#pragma once

#include <cstdint>
#include <string>

namespace tenon {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  std::string bytes(std::size_t count) {
    std::string out;
    while (out.size() < count) {
      const std::uint64_t word = next();
      for (int i = 0; i < 8 && out.size() < count; ++i) {
        out.push_back(static_cast<char>((word >> (8 * i)) & 0xff));
      }
    }
    return out;
  }
};

}  // namespace tenon
