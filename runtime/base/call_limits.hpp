// Limits of one call of a connector: kept where it is sent (calls) and where it is only run again
// (shadow).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tenon {

constexpr std::uint32_t kMaxCallSteps = 64;
// Of all steps together, where they are gathered.
constexpr std::size_t kMaxCallEmits = 10'000, kMaxCallEmitBytes = 16u << 20;

}  // namespace tenon
