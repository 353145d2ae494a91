// SeededRandom: the same numbers from the same seed, for tests and simulation.
#pragma once

#include <cstdint>

#include "ports/random.hpp"

namespace tenon {

// SplitMix64. Not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // A number in [0, n); n > 0. The bias of a modulo does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  // True about once in n.
  bool once_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace tenon
