// SystemRandom: unpredictable numbers from the operating system, through libsodium.
#pragma once

#include "ports/random.hpp"

namespace tenon {

// Any thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

}  // namespace tenon
