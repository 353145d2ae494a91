// TomlNode: a parsed TOML file as plain values with places, so that one file alone knows the
// parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon::manifest {

constexpr std::size_t kMaxTomlBytes = 1u << 20;
constexpr std::size_t kMaxTomlDepth = 32;        // tables and arrays inside one another
constexpr std::size_t kMaxTomlDotsPerLine = 64;  // bounds what one dotted key can nest

// Place in the file, from 1; 0 = not known.
struct TomlPlace {
  std::uint32_t line = 0, column = 0;
};

struct TomlMember;

struct TomlNode {
  enum class Kind : std::uint8_t { string, integer, real, boolean, date, array, table };
  Kind kind = Kind::table;
  TomlPlace place;
  std::string text;  // string
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<TomlNode> items;      // array
  std::vector<TomlMember> members;  // table, in the order of the file

  const TomlMember* member(std::string_view name) const;
};

struct TomlMember {
  std::string name;
  TomlPlace place;  // of the key
  TomlNode node;
};

// "a string", "an integer" ...: for "found ...". Never the value, which may be a secret.
std::string_view words_for(TomlNode::Kind kind);

// invalid: not TOML, too large or too deep; context is "place:line:column".
Result<TomlNode> parse_toml(std::string_view text, std::string_view place);

// The value as JSON text, members sorted by name. invalid: a date or a number that JSON lacks.
Result<std::string> to_json(const TomlNode& node);

// "place:line:column", without what is not known.
std::string place_text(std::string_view file, TomlPlace place);

}  // namespace tenon::manifest
