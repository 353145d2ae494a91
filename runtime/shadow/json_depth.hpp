// How deep brackets go in a text, good JSON or not: looked at before a parser that writes by
// recursion gets it.
#pragma once

#include <algorithm>
#include <string_view>

namespace tenon::shadow {

inline constexpr int kMaxBodyDepth = 100;  // of JSON that is looked into

inline int json_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace tenon::shadow
