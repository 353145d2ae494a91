// The example file of a format, made of the examples of its rows: a good file with every key, and
// the same with one of them wrong.
#pragma once

#include <string>

#include "manifest/format.hpp"

namespace tenon::manifest {

// One line per key. A table whose keys depend on a neighbour (`only_if`) stands once for each value
// of that neighbour; the further ones are named by it.
std::string example_text(const Format& format);

// Each gives the example with the line of the row changed. The row must be there with an example.
std::string example_without(const Format& format, const KeyRow& row);
std::string example_with(const Format& format, const KeyRow& row, std::string_view toml);

}  // namespace tenon::manifest
