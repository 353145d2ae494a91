// JSON as text for people: what fits into a line stays in it, so that a golden can be read.
#pragma once

#include <cstddef>
#include <string>

#include "testkit/transcript.hpp"

namespace tenon::testkit {

// On one line, with a space behind each colon and comma. Bytes that are not UTF-8 become U+FFFD.
std::string one_line(const Json& value);
// Over as many lines as 100 columns need; lines after the first begin `indent` deeper.
std::string pretty(const Json& value, std::size_t indent = 0);

}  // namespace tenon::testkit
