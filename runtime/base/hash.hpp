// Hashes: fast ones for keys, a cryptographic one for names that must not collide, CRC32C for
// frames.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"

namespace tenon {

// XXH3, 64 bits: stable over versions and machines, so it may be stored.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

// BLAKE2b cut to 16 bytes.
using Digest128 = std::array<std::uint8_t, 16>;
Digest128 digest128(std::string_view bytes);
// BLAKE2b, 32 bytes, in lower-case hex: names of configurations, artefacts, requests.
std::string digest_hex(std::string_view bytes);

// CRC-32C (Castagnoli); `crc` continues an earlier run.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

// The hash under which a name stands in record headers and state keys; never 0.
NameHash hash_of_name(std::string_view name);

// Lower-case Crockford base32 without padding, five bits a character.
std::string to_base32(std::string_view bytes);
// False if a character is not of the alphabet or the length cannot be right; `out` then undefined.
bool from_base32(std::string_view text, std::string& out);
std::string to_hex(std::string_view bytes);

}  // namespace tenon
