// Bytes made harmless, code point by code point.
#include "shadow/shown.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tenon::shadow {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the sequence at `at`, or 0 where there is none that is valid. `point`: what it is.
std::size_t sequence_at(std::string_view text, std::size_t at, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xC2 && first <= 0xDF ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || at + length > text.size()) return 0;
  point = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool none = overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF;
  return none ? 0 : length;
}

// Control characters, what turns text around, and the two that no XML may hold.
bool is_unwanted(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
         point == 0xFEFF || point == 0xFFFE || point == 0xFFFF;
}

std::string escape_of(char32_t point) {
  if (point == '\n') return "\\n";
  if (point == '\r') return "\\r";
  if (point == '\t') return "\\t";
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(point >> shift) & 0xF];
  return out;
}

void add_pairs(std::string& out, const char* what, const HttpHeaders& pairs) {
  for (const auto& [name, value] : pairs) {
    out += std::string(what) + shown(name, 200) + ": " + shown(value) + "\n";
  }
}

}  // namespace

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= most) return out + "…";
    char32_t point = 0;
    const std::size_t length = sequence_at(text, at, point);
    if (length == 0) {
      out += kReplacement;
      ++at;
      continue;
    }
    out += is_unwanted(point) ? escape_of(point) : std::string(text.substr(at, length));
    at += length;
  }
  return out;
}

std::string shown_json(const nlohmann::json& value, std::size_t most) {
  return shown(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), most);
}

std::string line_of(const ConnectorRequest& request) {
  return shown(request.method, 40) + " " + shown(request.endpoint, 80) + " " +
         shown(request.path, 300);
}

std::string text_of(const ConnectorRequest& request) {
  std::string out = line_of(request) + "\n";
  add_pairs(out, "? ", request.query);
  add_pairs(out, "", request.headers);
  if (!request.covers.empty()) {
    out += "covers records";
    const std::size_t most = std::min<std::size_t>(request.covers.size(), 20);
    for (std::size_t i = 0; i < most; ++i) {
      out += (i == 0 ? " " : ", ") + std::to_string(request.covers[i]);
    }
    out += (most < request.covers.size() ? ", …\n" : "\n");
  }
  if (!request.body.empty()) out += "\n" + shown(request.body, kMaxShownBody) + "\n";
  return out;
}

}  // namespace tenon::shadow
