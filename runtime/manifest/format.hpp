// Format: the keys that a TOML file may hold, one row each. The parser, the reference, the JSON
// Schema and lint all read these rows, so none of them can say something else than the others.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/forms.hpp"

namespace tenon::manifest {

enum class KeyType : std::uint8_t {
  text,      // a string; `form` or `choices` narrow it
  texts,     // a string or an array of strings, each once; `least` to `most` entries
  integer,   // `least` to `most`
  boolean,   // true or false
  duration,  // a string with a unit, `least` to `most` milliseconds
  size,      // a string with a unit, `least` to `most` bytes
  value,     // whatever the code that reads it takes
  table,     // [key]
  tables,    // [[key]], at most `most`
};

enum class Need : std::uint8_t { optional, required };

// The key makes sense only where its neighbour `key` has one of `values`; elsewhere it is an error.
struct OnlyIf {
  std::string_view key;
  std::string_view values;  // words with a space between
};

struct KeyRow {
  std::string_view table;  // "action.batch"; "" = the top of the file
  std::string_view key;
  KeyType type = KeyType::text;
  Need need = Need::optional;  // with `only_if`: needed only there
  const Form* form = nullptr;
  std::string_view choices = {};  // words with a space between
  std::int64_t least = 0, most = 0;
  std::string_view unit = {};  // ms, s, bytes, records
  OnlyIf only_if = {};
  std::string_view fallback = {};    // the default, as TOML; what the reader gives if absent
  std::string_view example = {};     // as TOML; all examples together are a good file
  std::string_view wrong = {};       // as TOML; a value that is refused, for the reference
  std::string_view wanted = {};      // what a message asks for if the key is missing
  std::string_view meaning = {};     // for the reference and the editor, in a few words
  std::string_view advised = {};     // optional, but lint says this where it is left out
  std::string_view deprecated = {};  // still read; lint says what to write instead
  std::string_view since = "1.0";    // the ABI minor whose hosts read it first

  bool is_table() const { return type == KeyType::table || type == KeyType::tables; }
};

// All rows of one kind of file, in the order in which the reference tells them.
struct Format {
  std::string_view what;  // "manifest"
  std::span<const KeyRow> rows;

  const KeyRow* row(std::string_view table, std::string_view key) const;
  std::vector<const KeyRow*> rows_of(std::string_view table) const;
};

const Format& manifest_format();

std::vector<std::string> words_of(std::string_view spaced);
// "one of a, b, c"
std::string one_of_text(std::string_view spaced);
// What a value of this row must be, as it stands after "wanted".
std::string wanted_text(const KeyRow& row);
// The name of a table as a path: "action" and "batch" give "action.batch".
std::string joined_path(std::string_view table, std::string_view key);

}  // namespace tenon::manifest
