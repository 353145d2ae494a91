// ASCII case: of names that machines compare (headers, hosts, codings), whatever the locale says.
#pragma once

#include <string>
#include <string_view>

namespace tenon {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace tenon
