// Single values compared, each at its place.
#pragma once

#include <string>
#include <string_view>

#include "shadow/change_kind.hpp"
#include "shadow/difference.hpp"
#include "shadow/shown.hpp"

namespace tenon::shadow {

// Words of a closed list: the kind tells both.
inline void compare_words(Comparison& out, Rank rank, const std::string& place,
                          std::string_view before, std::string_view after) {
  if (before == after) return;
  out.add({rank, place, turn(before, after), std::string(before), std::string(after)});
}

inline void compare_texts(Comparison& out, Rank rank, const std::string& place,
                          const std::string& before, const std::string& after) {
  if (before == after) return;
  out.add({rank, place, kind_of_texts(before, after), shown(before), shown(after)});
}

inline void compare_numbers(Comparison& out, Rank rank, const std::string& place,
                            std::uint64_t before, std::uint64_t after) {
  if (before == after) return;
  out.add({rank, place, "changed", std::to_string(before), std::to_string(after)});
}

}  // namespace tenon::shadow
