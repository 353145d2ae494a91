// Report and LooseReader: see reader.hpp.
#include "manifest/loose_reader.hpp"

#include <algorithm>

#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::string range_text(std::int64_t least, std::int64_t most) {
  return std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

std::string read_entry_name(LooseReader& entry, std::vector<std::string>& taken) {
  const auto name = entry.text("name");
  if (!name) {
    if (!entry.has("name")) entry.missing("name", kNameForm);
    return {};
  }
  if (!is_name(*name)) {
    entry.fail("name", "wanted " + std::string(kNameForm) + ", found " + shown(*name));
    return {};
  }
  if (std::find(taken.begin(), taken.end(), *name) != taken.end()) {
    entry.fail("name",
               "wanted a name not used above, found " + shown(*name) + " again; rename one");
  }
  taken.push_back(*name);
  return *name;
}

std::string entry_path(std::string_view kind, const TomlNode& entry, std::size_t index) {
  const auto* name = entry.member("name");
  const bool named = name != nullptr && is_name(name->node.text);
  return std::string(kind) + "[" + (named ? name->node.text : std::to_string(index)) + "]";
}

LooseReader::LooseReader(Report& report, const TomlNode& table, std::string path, TomlPlace place)
    : report_(report),
      table_(table),
      path_(std::move(path)),
      place_(place.line != 0 ? place : table.place) {}

std::string LooseReader::path(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void LooseReader::fail(std::string_view key, std::string message) {
  const auto* member = table_.member(key);
  report_.add(member != nullptr ? member->node.place : place_, path(key), std::move(message));
}

bool LooseReader::empty_array(std::string_view key) const {
  const auto* member = table_.member(key);
  return member != nullptr && member->node.kind == TomlNode::Kind::array &&
         member->node.items.empty();
}

void LooseReader::missing(std::string_view key, std::string_view what, std::string_view how) {
  std::string message = "wanted " + std::string(what) + ", found nothing";
  if (!how.empty()) message += "; " + std::string(how);
  fail(key, std::move(message));
}

const TomlMember* LooseReader::any(std::string_view key) {
  known_.emplace_back(key);
  return table_.member(key);
}

const TomlNode* LooseReader::want(std::string_view key, TomlNode::Kind kind,
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

std::optional<std::string> LooseReader::text(std::string_view key) {
  const auto* node = want(key, TomlNode::Kind::string, "a string");
  return node != nullptr ? std::optional(node->text) : std::nullopt;
}

std::optional<bool> LooseReader::boolean(std::string_view key) {
  const auto* node = want(key, TomlNode::Kind::boolean, "true or false");
  return node != nullptr ? std::optional(node->boolean) : std::nullopt;
}

std::optional<std::int64_t> LooseReader::integer(std::string_view key, std::int64_t least,
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

std::optional<std::int64_t> LooseReader::duration_ms(std::string_view key, std::int64_t least,
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

std::optional<std::int64_t> LooseReader::size_bytes(std::string_view key, std::int64_t least,
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

std::vector<std::string> LooseReader::texts(std::string_view key, std::size_t most) {
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

std::optional<std::string> LooseReader::one_of(std::string_view key,
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

const TomlNode* LooseReader::table(std::string_view key) {
  return want(key, TomlNode::Kind::table, "a table");
}

std::vector<const TomlNode*> LooseReader::tables(std::string_view key, std::size_t most) {
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

void LooseReader::finish() {
  for (const auto& member : table_.members) {
    if (std::find(known_.begin(), known_.end(), member.name) != known_.end()) continue;
    report_.add(member.place, path(member.name.size() <= 80 ? member.name : "?"),
                "wanted a known key, found " + shown(member.name) + hint_for(member.name, known_));
  }
}

}  // namespace tenon::manifest
