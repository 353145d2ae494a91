// Rates on the command line: "50/s", or 50.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::cli {

// Per second; 0 for an empty text. invalid: anything else than a whole number of 1 to 1000000.
inline Result<std::uint32_t> parse_rate(std::string_view text) {
  if (text.empty()) return std::uint32_t{0};
  std::string_view number = text;
  if (number.ends_with("/s")) number.remove_suffix(2);
  std::uint32_t rate = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (whole && rate >= 1 && rate <= 1'000'000) return rate;
  return invalid("wanted a number from 1 to 1000000 and /s, like 50/s; found \"" +
                 std::string(text.substr(0, 40)) + "\"");
}

}  // namespace tenon::cli
