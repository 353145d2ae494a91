// Report and TableReader: read a TOML table key by key, as the rows of its format say, and collect
// every mistake with its place.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/format.hpp"
#include "manifest/toml_tree.hpp"

namespace tenon::manifest {

constexpr std::size_t kMaxErrors = 50;  // further ones are dropped; the last entry says so

// The mistakes found in one file, and what is good but could be better.
class Report {
 public:
  explicit Report(std::string_view file) : file_(file) {}
  // Context becomes "file:line:column: path".
  void add(TomlPlace place, std::string_view path, std::string message);
  void warn(TomlPlace place, std::string_view path, std::string message);
  bool ok() const { return errors_.empty(); }
  const std::string& file() const { return file_; }
  const std::vector<Error>& errors() const { return errors_; }
  const std::vector<Error>& warnings() const { return warnings_; }
  std::vector<Error> take() && { return std::move(errors_); }
  // All of them as one error: the first one's context, every text in the message.
  Error joined() &&;

  // Which rows a reader asked for: a row that no code reads is a promise that nobody keeps.
  void note_read(const KeyRow& row) { read_.insert(&row); }
  const std::set<const KeyRow*>& rows_read() const { return read_; }

 private:
  void push(std::vector<Error>& list, TomlPlace place, std::string_view path, std::string message);
  std::string file_;
  std::vector<Error> errors_, warnings_;
  std::set<const KeyRow*> read_;
};

// Borrows the report and the table. Type, range, choices, form, default and need come from the row
// of the key, without which an accessor ends the process. `finish` reports keys without a row.
class TableReader {
 public:
  TableReader(Report& report, Format format, const TomlNode& root);

  // Absent gives the row's default, without one nothing; what is wrong is reported and gives
  // nothing.
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  const TomlMember* any(std::string_view key);

  // The table [key]: not `present` and without keys if it is not there.
  TableReader sub(std::string_view key);
  // The tables of [[key]]; an entry's path is "slot[token]", or "slot[2]" if it has no name.
  std::vector<TableReader> entries(std::string_view key);
  bool present() const { return present_; }

  bool has(std::string_view key) const { return node_->member(key) != nullptr; }
  // Reports at the key's value, or at the table if the key is absent.
  void fail(std::string_view key, std::string message);
  void warn(std::string_view key, std::string message);
  // Reports the key as missing, where code rather than the row says that it must be there.
  void missing(std::string_view key, std::string_view what);
  // Reports the keys without a row, with the nearest known one; warns of what is advised.
  void finish();

  const std::string& path() const { return path_; }
  std::string path(std::string_view key) const;
  TomlPlace place() const { return place_; }
  Report& report() { return *report_; }

 private:
  TableReader(const TableReader& parent, const KeyRow& row, const TomlNode& node, std::string path,
              bool present);
  const KeyRow& row(std::string_view key);
  // The key's value if it is there and may be; reports it as missing or out of place.
  const TomlMember* look(const KeyRow& row);
  // The same, of the wanted kind, or the row's default.
  std::optional<TomlNode> value(const KeyRow& row, TomlNode::Kind kind);
  // What the neighbour that decides has, if it is not one of the row's values; else nothing.
  std::optional<std::string> out_of_place(const KeyRow& row) const;
  bool check_text(const KeyRow& row, const TomlNode& node);

  Report* report_;
  Format format_;
  std::string table_;  // as in the rows
  const TomlNode* node_;
  std::string path_;  // as in error texts
  TomlPlace place_;
  bool present_ = true;
};

}  // namespace tenon::manifest
