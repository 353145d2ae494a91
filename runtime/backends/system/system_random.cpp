// libsodium's generator.
#include "backends/system/system_random.hpp"

#include <sodium.h>

namespace tenon {

std::uint64_t SystemRandom::next() {
  std::uint64_t word = 0;
  randombytes_buf(&word, sizeof word);
  return word;
}

}  // namespace tenon
