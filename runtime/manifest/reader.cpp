// Report and TableReader: see reader.hpp.
#include "manifest/reader.hpp"

#include <algorithm>

#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::string range_text(std::int64_t least, std::int64_t most) {
  return std::to_string(least) + " to " + std::to_string(most);
}

std::string duration_text(std::int64_t ms) {
  constexpr struct {
    std::int64_t ms;
    const char* unit;
  } kUnits[] = {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
  for (const auto& unit : kUnits) {
    if (ms >= unit.ms && ms % unit.ms == 0) return std::to_string(ms / unit.ms) + unit.unit;
  }
  return std::to_string(ms) + "ms";
}

std::string size_text(std::int64_t bytes) {
  if (bytes >= (1 << 20) && bytes % (1 << 20) == 0) return std::to_string(bytes >> 20) + "MiB";
  if (bytes >= 1024 && bytes % 1024 == 0) return std::to_string(bytes >> 10) + "KiB";
  return std::to_string(bytes) + "B";
}

}  // namespace

std::string shown(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (!plain || text.size() > 80) return "a string of " + std::to_string(text.size()) + " bytes";
  return "\"" + std::string(text) + "\"";
}

void Report::add(TomlPlace place, std::string_view path, std::string message) {
  if (errors_.size() > kMaxErrors) return;
  if (errors_.size() == kMaxErrors) {
    errors_.push_back(invalid("more mistakes follow; mend these first", file_));
    return;
  }
  std::string context = place_text(file_, place);
  if (!path.empty()) context += (context.empty() ? "" : ": ") + std::string(path);
  errors_.push_back(invalid(std::move(message), std::move(context)));
}

Error Report::joined() && {
  Error out = errors_.front();
  for (std::size_t i = 1; i < errors_.size(); ++i) out.message += "\n" + errors_[i].text();
  return out;
}

TableReader::TableReader(Report& report, const TomlNode& table, std::string path, TomlPlace place)
    : report_(report),
      table_(table),
      path_(std::move(path)),
      place_(place.line != 0 ? place : table.place) {}

std::string TableReader::path(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void TableReader::fail(std::string_view key, std::string message) {
  const auto* member = table_.member(key);
  report_.add(member != nullptr ? member->node.place : place_, path(key), std::move(message));
}

bool TableReader::empty_array(std::string_view key) const {
  const auto* member = table_.member(key);
  return member != nullptr && member->node.kind == TomlNode::Kind::array &&
         member->node.items.empty();
}

void TableReader::missing(std::string_view key, std::string_view what, std::string_view how) {
  std::string message = "wanted " + std::string(what) + ", found nothing";
  if (!how.empty()) message += "; " + std::string(how);
  fail(key, std::move(message));
}

const TomlMember* TableReader::any(std::string_view key) {
  known_.emplace_back(key);
  return table_.member(key);
}

const TomlNode* TableReader::want(std::string_view key, TomlNode::Kind kind,
                                  std::string_view what) {
  const auto* member = any(key);
  if (member == nullptr) return nullptr;
  if (member->node.kind != kind) {
    fail(key,
         "wanted " + std::string(what) + ", found " + std::string(words_for(member->node.kind)));
    return nullptr;
  }
  return &member->node;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const auto* node = want(key, TomlNode::Kind::string, "a string");
  return node != nullptr ? std::optional(node->text) : std::nullopt;
}

std::optional<bool> TableReader::boolean(std::string_view key) {
  const auto* node = want(key, TomlNode::Kind::boolean, "true or false");
  return node != nullptr ? std::optional(node->boolean) : std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
  const auto what = "an integer from " + range_text(least, most);
  const auto* node = want(key, TomlNode::Kind::integer, what);
  if (node == nullptr) return std::nullopt;
  if (node->integer < least || node->integer > most) {
    fail(key, "wanted " + what + ", found " + std::to_string(node->integer));
    return std::nullopt;
  }
  return node->integer;
}

std::optional<std::int64_t> TableReader::duration_ms(std::string_view key, std::int64_t least,
                                                     std::int64_t most) {
  const auto what = "a time from \"" + duration_text(least) + "\" to \"" + duration_text(most) +
                    "\" (a string with ms, s, m, h or d)";
  const auto* node = want(key, TomlNode::Kind::string, what);
  if (node == nullptr) return std::nullopt;
  const auto value = parse_duration(node->text);
  if (!value || *value < least || *value > most) {
    fail(key, "wanted " + what + ", found " + shown(node->text));
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> TableReader::size_bytes(std::string_view key, std::int64_t least,
                                                    std::int64_t most) {
  const auto what = "a size from \"" + size_text(least) + "\" to \"" + size_text(most) +
                    "\" (a string with B, KiB, MiB or GiB)";
  const auto* node = want(key, TomlNode::Kind::string, what);
  if (node == nullptr) return std::nullopt;
  const auto value = parse_size(node->text);
  if (!value || *value < least || *value > most) {
    fail(key, "wanted " + what + ", found " + shown(node->text));
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> TableReader::texts(std::string_view key, std::size_t most) {
  const auto* member = any(key);
  if (member == nullptr) return {};
  std::vector<std::string> out;
  if (member->node.kind == TomlNode::Kind::string) return {member->node.text};
  if (member->node.kind != TomlNode::Kind::array) {
    fail(key, "wanted a string or an array of strings, found " +
                  std::string(words_for(member->node.kind)));
    return {};
  }
  if (member->node.items.size() > most) {
    fail(key, "wanted at most " + std::to_string(most) + " entries, found " +
                  std::to_string(member->node.items.size()));
    return {};
  }
  for (const auto& item : member->node.items) {
    if (item.kind != TomlNode::Kind::string) {
      report_.add(item.place, path(key),
                  "wanted an array of strings, found " + std::string(words_for(item.kind)));
    } else if (std::find(out.begin(), out.end(), item.text) != out.end()) {
      report_.add(item.place, path(key),
                  "wanted each entry once, found " + shown(item.text) + " again; remove one");
    } else {
      out.push_back(item.text);
    }
  }
  return out;
}

std::optional<std::string> TableReader::one_of(std::string_view key,
                                               std::initializer_list<const char*> known) {
  auto value = text(key);
  if (!value) return std::nullopt;
  const std::vector<std::string> words(known.begin(), known.end());
  if (std::find(words.begin(), words.end(), *value) != words.end()) return value;
  std::string what;
  for (const auto& word : words) what += (what.empty() ? "" : ", ") + word;
  fail(key, "wanted one of " + what + "; found " + shown(*value));
  return std::nullopt;
}

const TomlNode* TableReader::table(std::string_view key) {
  return want(key, TomlNode::Kind::table, "a table");
}

std::vector<const TomlNode*> TableReader::tables(std::string_view key, std::size_t most) {
  const auto* node = want(key, TomlNode::Kind::array, "tables written as [[" + path(key) + "]]");
  std::vector<const TomlNode*> out;
  if (node == nullptr) return out;
  if (node->items.size() > most) {
    fail(key, "wanted at most " + std::to_string(most) + " of them, found " +
                  std::to_string(node->items.size()));
    return out;
  }
  for (const auto& item : node->items) {
    if (item.kind == TomlNode::Kind::table) {
      out.push_back(&item);
    } else {
      report_.add(item.place, path(key),
                  "wanted a table, found " + std::string(words_for(item.kind)));
    }
  }
  return out;
}

void TableReader::finish() {
  for (const auto& member : table_.members) {
    if (std::find(known_.begin(), known_.end(), member.name) != known_.end()) continue;
    report_.add(member.place, path(member.name.size() <= 80 ? member.name : "?"),
                "wanted a known key, found " + shown(member.name) + hint_for(member.name, known_));
  }
}

}  // namespace tenon::manifest
