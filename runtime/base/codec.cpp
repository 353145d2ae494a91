// Numbers as sortable keys.
#include "base/codec.hpp"

namespace tenon {

std::string key_u64(std::uint64_t v) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<char>(v >> (56 - 8 * i));
  return out;
}

std::string key_u16(std::uint16_t v) {
  return {static_cast<char>(v >> 8), static_cast<char>(v & 0xff)};
}

std::uint64_t u64_of_key(std::string_view eight_bytes) {
  std::uint64_t v = 0;
  for (const char c : eight_bytes.substr(0, 8)) v = (v << 8) | static_cast<unsigned char>(c);
  return v;
}

}  // namespace tenon
