// The actions of a manifest: the fields that a mapping gives and how records may be batched.
#include <algorithm>

#include "base/limits.hpp"
#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::vector<std::string> read_fields(TableReader& table, std::string_view key,
                                     std::vector<std::string>& taken) {
  std::vector<std::string> out;
  for (const auto& text : table.texts(key, kMaxFields)) {
    auto pointer = parse_target(text);
    if (!pointer) {
      table.fail(key, pointer.error().message);
    } else if (pointer->empty()) {
      table.fail(key, "wanted the name of a field or a pointer to it, found an empty one");
    } else if (std::find(taken.begin(), taken.end(), *pointer) != taken.end()) {
      table.fail(key, "wanted each field once, found " + shown(text) + " again; remove one");
    } else {
      taken.push_back(*pointer);
      out.push_back(std::move(*pointer));
    }
  }
  return out;
}

void read_batch(TableReader& action, BatchLimits& out) {
  const auto* node = action.table("batch");
  if (node == nullptr) return;
  TableReader table(action.report(), *node, action.path("batch"));
  if (auto v = table.integer("max_records", 1, kMaxCallRecords)) {
    out.max_records = static_cast<std::uint32_t>(*v);
  }
  if (auto v = table.integer("max_bytes", 1'024, kMaxCallBytes)) {
    out.max_bytes = static_cast<std::uint64_t>(*v);
  }
  out.same_key = table.boolean("same_key").value_or(false);
  if (auto unique = table.text("unique")) {
    auto pointer = parse_target(*unique);
    if (pointer) {
      out.unique = *pointer;
    } else {
      table.fail("unique", pointer.error().message);
    }
  }
  table.finish();
}

}  // namespace

void read_actions(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("action", kMaxActions);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableReader table(root.report(), *tables[i], entry_path("action", *tables[i], i));
    Action action;
    action.name = read_entry_name(table, taken);
    action.title = table.text("title").value_or("");
    if (!table.has("title")) table.missing("title", "a title for people");
    std::vector<std::string> fields;
    action.required_fields = read_fields(table, "required_fields", fields);
    action.optional_fields = read_fields(table, "optional_fields", fields);
    action.open_fields = table.boolean("open_fields").value_or(false);
    read_batch(table, action.batch);
    table.finish();
    out.actions.push_back(std::move(action));
  }
}

}  // namespace tenon::manifest
