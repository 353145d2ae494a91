// LooseReader: as TableReader, but without rows: each read says what it wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/reader.hpp"

namespace tenon::manifest {

// Borrows the report and the table. Every accessor makes its key known; `finish` reports the rest.
class LooseReader {
 public:
  LooseReader(Report& report, const TomlNode& table, std::string path, TomlPlace place = {});

  // Absent gives nothing; present with the wrong type is reported and gives nothing.
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  // A string with a unit: "500ms", "4MiB" (manifest/units.hpp). Milliseconds, bytes.
  std::optional<std::int64_t> duration_ms(std::string_view key, std::int64_t least,
                                          std::int64_t most);
  std::optional<std::int64_t> size_bytes(std::string_view key, std::int64_t least,
                                         std::int64_t most);
  // A string, or an array of strings without repeats, of at most `most`.
  std::vector<std::string> texts(std::string_view key, std::size_t most);
  std::optional<std::string> one_of(std::string_view key, std::initializer_list<const char*> known);
  const TomlNode* table(std::string_view key);
  // The tables of [[key]], of at most `most`.
  std::vector<const TomlNode*> tables(std::string_view key, std::size_t most);
  const TomlMember* any(std::string_view key);

  // Reports the key as missing: "wanted <what>, found nothing; <how>".
  void missing(std::string_view key, std::string_view what, std::string_view how = {});
  // True if the key holds an array without entries.
  bool empty_array(std::string_view key) const;
  bool has(std::string_view key) const { return table_.member(key) != nullptr; }
  // Reports at the key's value, or at the table if the key is absent.
  void fail(std::string_view key, std::string message);
  // Reports the keys that nobody asked for, with the nearest known one.
  void finish();

  const std::string& path() const { return path_; }
  std::string path(std::string_view key) const;
  TomlPlace place() const { return place_; }
  Report& report() { return report_; }

 private:
  const TomlNode* want(std::string_view key, TomlNode::Kind kind, std::string_view what);
  Report& report_;
  const TomlNode& table_;
  std::string path_;
  TomlPlace place_;
  std::vector<std::string> known_;
};

std::string read_entry_name(LooseReader& entry, std::vector<std::string>& taken);
std::string entry_path(std::string_view kind, const TomlNode& entry, std::size_t index);

}  // namespace tenon::manifest
