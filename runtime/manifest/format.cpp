// Format: looking up rows, and what their values must be in words.
#include "manifest/format.hpp"

#include <algorithm>

#include "manifest/words.hpp"

namespace tenon::manifest {

const KeyRow* Format::row(std::string_view table, std::string_view key) const {
  for (const auto& one : rows) {
    if (one.table == table && one.key == key) return &one;
  }
  return nullptr;
}

std::vector<const KeyRow*> Format::rows_of(std::string_view table) const {
  std::vector<const KeyRow*> out;
  for (const auto& one : rows) {
    if (one.table == table) out.push_back(&one);
  }
  return out;
}

std::vector<std::string> words_of(std::string_view spaced) {
  std::vector<std::string> out;
  while (!spaced.empty()) {
    const auto end = std::min(spaced.find(' '), spaced.size());
    out.emplace_back(spaced.substr(0, end));
    spaced.remove_prefix(std::min(end + 1, spaced.size()));
  }
  return out;
}

std::string one_of_text(std::string_view spaced) {
  std::string out;
  for (const auto& word : words_of(spaced)) out += (out.empty() ? "one of " : ", ") + word;
  return out;
}

std::string joined_path(std::string_view table, std::string_view key) {
  if (table.empty()) return std::string(key);
  return key.empty() ? std::string(table) : std::string(table) + "." + std::string(key);
}

std::string wanted_text(const KeyRow& row) {
  switch (row.type) {
    case KeyType::text:
      if (row.form != nullptr) return std::string(row.form->words);
      return row.choices.empty() ? "a string" : one_of_text(row.choices);
    case KeyType::texts: return "a string or an array of strings";
    case KeyType::integer:
      return "an integer from " + std::to_string(row.least) + " to " + std::to_string(row.most);
    case KeyType::boolean: return "true or false";
    case KeyType::duration:
      return "a time from \"" + duration_text(row.least) + "\" to \"" + duration_text(row.most) +
             "\" (a string with ms, s, m, h or d)";
    case KeyType::size:
      return "a size from \"" + size_text(row.least) + "\" to \"" + size_text(row.most) +
             "\" (a string with B, KiB, MiB or GiB)";
    case KeyType::value: return "a value";
    case KeyType::table: return "a table [" + joined_path(row.table, row.key) + "]";
    case KeyType::tables: return "tables written as [[" + joined_path(row.table, row.key) + "]]";
  }
  return "a value";
}

}  // namespace tenon::manifest
