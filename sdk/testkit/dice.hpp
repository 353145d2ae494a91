// mixed, below: randomness of vendors' models as plain functions of a number.
#pragma once

#include <cstdint>

namespace tenon::testkit {

// Spreads any number, also 0, 1, 2 ..., over all of them (splitmix64). The same in each run.
constexpr std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

// The randomness of request `count` of a server with `seed`.
constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t count) {
  return mixed(mixed(seed) ^ count);
}

// 0 to limit - 1; 0 if limit is 0. `purpose` keeps two choices about one request apart.
constexpr std::uint64_t below(std::uint64_t limit, std::uint64_t random, std::uint64_t purpose) {
  return limit == 0 ? 0 : mixed(random ^ mixed(purpose)) % limit;
}

}  // namespace tenon::testkit
