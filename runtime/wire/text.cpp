// Escaping and the UTF-8 check behind it.
#include "wire/text.hpp"

#include <cstdint>

namespace tenon::wire {
namespace {

// Length of the well-formed sequence at the front of `in`; 0 if there is none.
std::size_t sequence_length(std::string_view in) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
  const auto tail = [&](std::size_t i) { return i < in.size() && (at(i) & 0xc0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xe0 && at(1) < 0xa0) return 0;
    if (lead == 0xed && at(1) > 0x9f) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xf0 && at(1) < 0x90) return 0;
    if (lead == 0xf4 && at(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

void append_hex(std::string& out, std::string_view lead, unsigned value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += lead;
  for (int i = digits - 1; i >= 0; --i) out += kDigits[(value >> (4 * i)) & 0xf];
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\\': out += "\\\\"; return;
    default: append_hex(out, "\\x", c, 2);
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string escape_text(std::string_view text, std::size_t most) {
  std::string out;
  const std::string_view kept = text.substr(0, most);
  out.reserve(kept.size());
  for (std::size_t i = 0; i < kept.size();) {
    const auto c = static_cast<unsigned char>(kept[i]);
    const std::size_t length = sequence_length(kept.substr(i));
    if (length == 0 || c < 0x20 || c == 0x7f || c == '\\') {
      append_escaped(out, c);
      ++i;
    } else if (length == 2 && c == 0xc2 && static_cast<unsigned char>(kept[i + 1]) < 0xa0) {
      append_hex(out, "\\u", static_cast<unsigned char>(kept[i + 1]), 4);
      i += 2;
    } else {
      out.append(kept.substr(i, length));
      i += length;
    }
  }
  if (kept.size() < text.size()) {
    out += " [" + std::to_string(text.size() - kept.size()) + " bytes cut]";
  }
  return out;
}

}  // namespace tenon::wire
