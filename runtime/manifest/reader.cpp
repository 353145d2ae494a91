// Report and TableReader: see reader.hpp.
#include "manifest/reader.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

using Kind = TomlNode::Kind;

const TomlNode kEmptyTable;

bool among(const std::string& word, std::string_view spaced) {
  const auto words = words_of(spaced);
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A default as if it stood in the file. Rows are ours, so a bad one is a bug.
TomlNode node_of(std::string_view toml) {
  auto tree = parse_toml("v = " + std::string(toml), "default");
  TENON_ASSERT(tree.has_value() && tree->members.size() == 1);
  return std::move(tree->members.front().node);
}

std::string missing_text(std::string_view what) {
  return "wanted " + std::string(what) + ", found nothing";
}

std::string hint_near(const std::string& word, std::string_view spaced) {
  const auto best = nearest(word, words_of(spaced));
  return best.empty() ? std::string() : "; did you mean \"" + best + "\"?";
}

}  // namespace

void Report::push(std::vector<Error>& list, TomlPlace place, std::string_view path,
                  std::string message) {
  if (list.size() > kMaxErrors) return;
  if (list.size() == kMaxErrors) {
    list.push_back(invalid("more mistakes follow; mend these first", file_));
    return;
  }
  std::string context = place_text(file_, place);
  if (!path.empty()) context += (context.empty() ? "" : ": ") + std::string(path);
  list.push_back(invalid(std::move(message), std::move(context)));
}

void Report::add(TomlPlace place, std::string_view path, std::string message) {
  push(errors_, place, path, std::move(message));
}

void Report::warn(TomlPlace place, std::string_view path, std::string message) {
  push(warnings_, place, path, std::move(message));
}

Error Report::joined() && {
  Error out = errors_.front();
  for (std::size_t i = 1; i < errors_.size(); ++i) out.message += "\n" + errors_[i].text();
  return out;
}

TableReader::TableReader(Report& report, Format format, const TomlNode& root)
    : report_(&report), format_(format), node_(&root), place_{1, 1} {}

TableReader::TableReader(const TableReader& parent, const KeyRow& row, const TomlNode& node,
                         std::string path, bool present)
    : report_(parent.report_),
      format_(parent.format_),
      table_(joined_path(row.table, row.key)),
      node_(&node),
      path_(std::move(path)),
      place_(node.place.line != 0 ? node.place : parent.place_),
      present_(present) {}

std::string TableReader::path(std::string_view key) const { return joined_path(path_, key); }

void TableReader::fail(std::string_view key, std::string message) {
  const auto* member = node_->member(key);
  report_->add(member != nullptr ? member->node.place : place_, path(key), std::move(message));
}

void TableReader::warn(std::string_view key, std::string message) {
  const auto* member = node_->member(key);
  report_->warn(member != nullptr ? member->node.place : place_, path(key), std::move(message));
}

void TableReader::missing(std::string_view key, std::string_view what) {
  fail(key, missing_text(what));
}

const KeyRow& TableReader::row(std::string_view key) {
  const auto* found = format_.row(table_, key);
  TENON_ASSERT(found != nullptr && "a key is read that has no row in the table of keys");
  report_->note_read(*found);
  return *found;
}

std::optional<std::string> TableReader::out_of_place(const KeyRow& row) const {
  if (row.only_if.key.empty()) return std::nullopt;
  const auto* decides = format_.row(row.table, row.only_if.key);
  TENON_ASSERT(decides != nullptr);
  const auto* member = node_->member(row.only_if.key);
  if (member == nullptr && decides->fallback.empty()) return "";
  const auto node = member != nullptr ? member->node : node_of(decides->fallback);
  if (node.kind == Kind::string && among(node.text, row.only_if.values)) return std::nullopt;
  const bool known = node.kind == Kind::string && among(node.text, decides->choices);
  return known ? node.text : "";
}

const TomlMember* TableReader::look(const KeyRow& row) {
  const auto* member = node_->member(row.key);
  const auto other = out_of_place(row);
  if (member == nullptr) {
    if (row.need == Need::required && present_ && !other) {
      auto message = missing_text(row.wanted.empty() ? wanted_text(row) : row.wanted);
      if (!row.example.empty()) {
        message += "; write " + std::string(row.key) + " = " + std::string(row.example);
      }
      fail(row.key, std::move(message));
    }
    return nullptr;
  }
  // With a neighbour that is itself missing or wrong nobody knows, and its error is enough.
  if (other && !other->empty()) {
    fail(row.key, "wanted no such key beside " + std::string(row.only_if.key) + " = \"" + *other +
                      "\"; remove it");
    return nullptr;
  }
  if (!row.deprecated.empty()) warn(row.key, "deprecated: " + std::string(row.deprecated));
  return member;
}

std::optional<TomlNode> TableReader::value(const KeyRow& row, Kind kind) {
  const auto* member = look(row);
  if (member == nullptr) {
    if (has(row.key) || row.fallback.empty()) return std::nullopt;
    return node_of(row.fallback);
  }
  if (member->node.kind == kind) return member->node;
  fail(row.key, "wanted " + (row.type == KeyType::text ? "a string" : wanted_text(row)) +
                    ", found " + std::string(words_for(member->node.kind)));
  return std::nullopt;
}

// The text of a key, or of one entry of it.
bool TableReader::check_text(const KeyRow& row, const TomlNode& node) {
  std::string problem;
  if (row.form != nullptr) problem = problem_with(*row.form, node.text);
  if (!row.choices.empty() && !among(node.text, row.choices)) {
    problem = "wanted " + one_of_text(row.choices) + "; found " + shown(node.text) +
              hint_near(node.text, row.choices);
  }
  if (problem.empty()) return true;
  report_->add(node.place, path(row.key), std::move(problem));
  return false;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::text);
  const auto node = value(row, Kind::string);
  if (!node || !check_text(row, *node)) return std::nullopt;
  return node->text;
}

std::optional<bool> TableReader::boolean(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::boolean);
  const auto node = value(row, Kind::boolean);
  return node ? std::optional(node->boolean) : std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key) {
  const auto& row = this->row(key);
  const bool unit_in_text = row.type == KeyType::duration || row.type == KeyType::size;
  TENON_ASSERT(row.type == KeyType::integer || unit_in_text);
  const auto node = value(row, unit_in_text ? Kind::string : Kind::integer);
  if (!node) return std::nullopt;
  const auto number = row.type == KeyType::duration ? parse_duration(node->text)
                      : row.type == KeyType::size   ? parse_size(node->text)
                                                    : std::optional(node->integer);
  if (number && *number >= row.least && *number <= row.most) return number;
  fail(key, "wanted " + wanted_text(row) + ", found " +
                (unit_in_text ? shown(node->text) : std::to_string(node->integer)));
  return std::nullopt;
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::texts);
  const auto* member = node_->member(key);
  const bool single = member != nullptr && member->node.kind == Kind::string;
  const auto node = value(row, single ? Kind::string : Kind::array);
  if (!node) return {};
  if (single) {
    check_text(row, *node);
    return {node->text};
  }
  const auto count = static_cast<std::int64_t>(node->items.size());
  if (count < row.least) {
    fail(key, "wanted at least one entry, found none; " +
                  (row.need == Need::required
                       ? "write " + std::string(key) + " = " + std::string(row.example)
                       : std::string("name one or leave the key out")));
  }
  if (count > row.most) {
    fail(key,
         "wanted at most " + std::to_string(row.most) + " entries, found " + std::to_string(count));
    return {};
  }
  std::vector<std::string> out;
  for (const auto& item : node->items) {
    if (item.kind != Kind::string) {
      report_->add(item.place, path(key),
                   "wanted an array of strings, found " + std::string(words_for(item.kind)));
    } else if (std::find(out.begin(), out.end(), item.text) != out.end()) {
      report_->add(item.place, path(key),
                   "wanted each entry once, found " + shown(item.text) + " again; remove one");
    } else {
      check_text(row, item);
      out.push_back(item.text);
    }
  }
  return out;
}

const TomlMember* TableReader::any(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::value);
  return look(row);
}

TableReader TableReader::sub(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::table);
  const auto* member = look(row);
  const bool good = member != nullptr && member->node.kind == Kind::table;
  if (member != nullptr && !good) {
    fail(key,
         "wanted " + wanted_text(row) + ", found " + std::string(words_for(member->node.kind)));
  }
  return TableReader(*this, row, good ? member->node : kEmptyTable, path(key), good);
}

std::vector<TableReader> TableReader::entries(std::string_view key) {
  const auto& row = this->row(key);
  TENON_ASSERT(row.type == KeyType::tables);
  std::vector<TableReader> out;
  const auto* member = look(row);
  if (member == nullptr) return out;
  const auto& node = member->node;
  const bool list = node.kind == Kind::array;
  if (!list || (node.items.empty() && row.need == Need::required)) {
    fail(key, "wanted " + wanted_text(row) + ", found " +
                  (list ? "an empty array" : std::string(words_for(node.kind))));
    return out;
  }
  if (static_cast<std::int64_t>(node.items.size()) > row.most) {
    fail(key, "wanted at most " + std::to_string(row.most) + " of them, found " +
                  std::to_string(node.items.size()));
    return out;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto& item = node.items[i];
    if (item.kind != Kind::table) {
      report_->add(item.place, path(key),
                   "wanted a table, found " + std::string(words_for(item.kind)));
      continue;
    }
    const auto* name = item.member("name");
    const bool named = name != nullptr && is_name(name->node.text);
    out.push_back(TableReader(*this, row, item,
                              path(key) + "[" + (named ? name->node.text : std::to_string(i)) + "]",
                              true));
  }
  return out;
}

void TableReader::finish() {
  const auto rows = format_.rows_of(table_);
  std::vector<std::string> known;
  for (const auto* row : rows) {
    known.emplace_back(row->key);
    if (present_ && !row->advised.empty() && !has(row->key) && !out_of_place(*row)) {
      warn(row->key, "found nothing; " + std::string(row->advised));
    }
  }
  for (const auto& member : node_->members) {
    if (std::find(known.begin(), known.end(), member.name) != known.end()) continue;
    report_->add(member.place, path(member.name.size() <= 80 ? member.name : "?"),
                 "wanted a known key, found " + shown(member.name) + hint_for(member.name, known));
  }
}

}  // namespace tenon::manifest
