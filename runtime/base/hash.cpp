// Hashes through xxHash and libsodium; CRC32C through the CPU, or Boost.CRC where it lacks it.
#include "base/hash.hpp"

#include <sodium.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <boost/crc.hpp>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tenon {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_cpu(std::string_view bytes,
                                                           std::uint32_t crc) {
  std::uint64_t state = ~crc;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto tail = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++at) tail = _mm_crc32_u8(tail, static_cast<unsigned char>(*at));
  return ~tail;
}
#endif

std::uint32_t crc32c_table(std::string_view bytes, std::uint32_t crc) {
  using Engine = boost::crc_optimal<32, 0x1EDC6F41, 0, 0, true, true>;
  // The library takes and gives the plain register; the stored form is its complement.
  std::uint32_t reflected = ~crc, state = 0;
  for (int i = 0; i < 32; ++i) state |= ((reflected >> i) & 1u) << (31 - i);
  Engine engine(state);
  engine.process_bytes(bytes.data(), bytes.size());
  return ~engine.checksum();
}

}  // namespace

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Digest128 digest128(std::string_view bytes) {
  Digest128 out{};
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  return out;
}

std::string digest_hex(std::string_view bytes) {
  std::string out(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                     0);
  return to_hex(out);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool kHasCpu = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasCpu) return crc32c_cpu(bytes, crc);
#endif
  return crc32c_table(bytes, crc);
}

NameHash hash_of_name(std::string_view name) {
  const std::uint64_t hash = hash64(name);
  return NameHash{hash == 0 ? 1 : hash};
}

std::string to_base32(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kAlphabet[(buffer >> bits) & 31u]);
    }
  }
  if (bits > 0) out.push_back(kAlphabet[(buffer << (5 - bits)) & 31u]);
  return out;
}

bool from_base32(std::string_view text, std::string& out) {
  out.clear();
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto at = kAlphabet.find(c);
    if (at == std::string_view::npos) return false;
    buffer = (buffer << 5) | static_cast<std::uint32_t>(at);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>((buffer >> bits) & 255u));
    }
  }
  // Left-over bits are padding: fewer than five, and zero, so that each value has one text.
  return bits < 5 && (buffer & ((1u << bits) - 1)) == 0;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

}  // namespace tenon
