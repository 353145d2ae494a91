// Table: the committed promise, one fact a line, each with the minor that made it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/layout.hpp"

namespace tenon::abi {

// What can be said of one thing in words: "field tenon_str.len", {offset 8, size 8, type uint64}.
struct Fact {
  std::string kind;  // struct, field, enum, function
  std::string name;
  std::vector<std::pair<std::string, std::string>> says;
  bool operator==(const Fact&) const = default;
  std::string key() const { return kind + " " + name; }
};

// All facts of a layout, in its order: a struct's size, then its fields.
std::vector<Fact> facts_of(const Layout& layout);

struct Line {
  std::uint32_t since = 0;  // minor
  Fact fact;
};

struct Table {
  std::uint32_t major = 1;
  std::map<std::uint32_t, bool> minors;  // is it released? only the last may be open
  std::vector<Line> lines;  // a struct has one line per minor that made it longer, oldest first

  // Nothing may be added to what is released.
  bool is_open(std::uint32_t minor) const {
    const auto found = minors.find(minor);
    return found != minors.end() && !found->second;
  }
};

// Throws std::runtime_error naming the line that cannot be read.
Table read_table(std::string_view text);
std::string write_table(const Table& table);

}  // namespace tenon::abi
