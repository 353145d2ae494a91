// The actions of a manifest: the fields that a mapping gives and how records may be batched.
#include <algorithm>

#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::vector<std::string> read_fields(TableReader& table, std::string_view key,
                                     std::vector<std::string>& taken) {
  std::vector<std::string> out;
  for (const auto& text : table.texts(key)) {
    auto pointer = parse_target(text);
    if (!pointer || pointer->empty()) continue;  // the reader has told it
    if (std::find(taken.begin(), taken.end(), *pointer) != taken.end()) {
      table.fail(key, "wanted each field once, found " + shown(text) + " again; remove one");
      continue;
    }
    taken.push_back(*pointer);
    out.push_back(std::move(*pointer));
  }
  return out;
}

void read_batch(TableReader table, BatchLimits& out) {
  if (auto v = table.integer("max_records")) out.max_records = static_cast<std::uint32_t>(*v);
  if (auto v = table.integer("max_bytes")) out.max_bytes = static_cast<std::uint64_t>(*v);
  out.same_key = table.boolean("same_key").value_or(false);
  if (auto unique = table.text("unique")) out.unique = *parse_target(*unique);
  table.finish();
}

}  // namespace

void read_actions(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  for (auto& table : root.entries("action")) {
    Action action;
    action.name = read_entry_name(table, taken);
    action.title = table.text("title").value_or("");
    std::vector<std::string> fields;
    action.required_fields = read_fields(table, "required_fields", fields);
    action.optional_fields = read_fields(table, "optional_fields", fields);
    action.open_fields = table.boolean("open_fields").value_or(false);
    action.readback = table.boolean("readback").value_or(false);
    if (auto v = table.integer("readback_after_ms")) action.readback_after = milliseconds(*v);
    action.replay_safe = table.text("replay").value_or("unsafe") == "safe";
    read_batch(table.sub("batch"), action.batch);
    table.finish();
    out.actions.push_back(std::move(action));
  }
}

}  // namespace tenon::manifest
