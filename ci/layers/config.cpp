// Reads ci/layers.toml; an unknown key or a row that names an unknown folder is an error.
#include "layers/config.hpp"

#include <toml++/toml.h>
#include <stdexcept>

namespace tenon::layers {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("layers.toml: " + what);
}

std::vector<std::string> strings(const toml::table& table, std::string_view key) {
  std::vector<std::string> out;
  const auto* array = table[key].as_array();
  if (array == nullptr) fail("wanted an array of strings in `" + std::string(key) + "`");
  for (const auto& item : *array) {
    const auto text = item.value<std::string>();
    if (!text) fail("wanted only strings in `" + std::string(key) + "`");
    out.push_back(*text);
  }
  return out;
}

void only_keys(const toml::table& table, const std::set<std::string_view>& keys) {
  for (const auto& [key, value] : table) {
    if (!keys.contains(key.str())) fail("unknown key `" + std::string(key.str()) + "`");
  }
}

const toml::table& table_of(const toml::node& node) {
  if (!node.is_table()) fail("wanted a table");
  return *node.as_table();
}

void read_folders(const toml::table& folders, Config& config) {
  for (const auto& [key, value] : folders) {
    config.folders[std::string(key.str())] = strings(folders, key.str());
  }
  for (const auto& [folder, allowed] : config.folders) {
    for (const auto& other : allowed) {
      if (!config.folders.contains(other)) fail(folder + " may include unknown folder " + other);
    }
  }
}

HeaderRule read_header_rule(const toml::table& row) {
  only_keys(row, {"prefix", "only", "instead"});
  return {strings(row, "prefix"), strings(row, "only"), row["instead"].value_or(std::string())};
}

CallRule read_call_rule(const toml::table& row) {
  only_keys(row, {"calls", "in", "except", "instead"});
  CallRule rule{
      {}, strings(row, "in"), strings(row, "except"), row["instead"].value_or(std::string())};
  for (const auto& call : strings(row, "calls")) {
    rule.patterns.push_back(read_source("pattern", call).tokens);
  }
  return rule;
}

}  // namespace

Config read_config(std::string_view text) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail("line " + std::to_string(error.source().begin.line) + ": " +
         std::string(error.description()));
  }
  only_keys(root, {"roots", "safe_types", "vendor_tables", "folders", "headers", "calls"});
  Config config;
  config.roots = strings(root, "roots");
  for (auto& name : strings(root, "safe_types")) config.safe_types.insert(name);
  if (root.contains("vendor_tables")) config.vendor_tables = strings(root, "vendor_tables");
  if (root["folders"].is_table()) read_folders(*root["folders"].as_table(), config);
  if (const auto* rows = root["headers"].as_array()) {
    for (const auto& row : *rows) config.headers.push_back(read_header_rule(table_of(row)));
  }
  if (const auto* rows = root["calls"].as_array()) {
    for (const auto& row : *rows) config.calls.push_back(read_call_rule(table_of(row)));
  }
  return config;
}

bool is_below(std::string_view path, std::string_view place) {
  return path == place || (path.starts_with(place) && path.size() > place.size() &&
                           (place.empty() || path[place.size()] == '/'));
}

bool is_below_any(std::string_view path, const std::vector<std::string>& places) {
  for (const auto& place : places) {
    if (is_below(path, place)) return true;
  }
  return false;
}

std::string folder_of(const Config& config, std::string_view path) {
  std::string best;
  for (const auto& [folder, allowed] : config.folders) {
    if (is_below(path, folder) && folder.size() > best.size()) best = folder;
  }
  return best;
}

}  // namespace tenon::layers
