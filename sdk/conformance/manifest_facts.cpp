// ManifestFacts: read with toml++ from the section's text.
#include "conformance/manifest_facts.hpp"

#include <toml++/toml.h>

#include <charconv>

#include "tenon/tenon.h"

namespace tenon::conformance {
namespace {

template <typename View>
std::string text(const View& node) {
  return node.value_or(std::string());
}

std::uint32_t op_of(std::string_view name) {
  if (name == "deliver") return TENON_OP_DELIVER;
  if (name == "pull") return TENON_OP_PULL;
  if (name == "webhook") return TENON_OP_WEBHOOK;
  if (name == "readback") return TENON_OP_READBACK;
  if (name == "check") return TENON_OP_CHECK;
  return 0;
}

bool read_version(const std::string& abi, ManifestFacts& facts) {
  const char* end = abi.data() + abi.size();
  const auto major = std::from_chars(abi.data(), end, facts.abi_major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return false;
  const auto minor = std::from_chars(major.ptr + 1, end, facts.abi_minor);
  return minor.ec == std::errc() && minor.ptr == end;
}

std::vector<std::string> members(const toml::table& root, const char* list, const char* name) {
  std::vector<std::string> values;
  if (const toml::array* items = root[list].as_array()) {
    for (const toml::node& item : *items) {
      if (const toml::table* table = item.as_table()) values.push_back(text((*table)[name]));
    }
  }
  return values;
}

std::vector<std::string> texts(const toml::table& table, const char* name) {
  std::vector<std::string> values;
  if (const toml::array* items = table[name].as_array()) {
    for (const toml::node& item : *items) values.push_back(item.value_or(std::string()));
  }
  return values;
}

std::vector<ManifestFacts::Endpoint> read_endpoints(const toml::table& root) {
  std::vector<ManifestFacts::Endpoint> endpoints;
  const toml::array* items = root["endpoint"].as_array();
  if (items == nullptr) return endpoints;
  for (const toml::node& item : *items) {
    const toml::table* table = item.as_table();
    if (table == nullptr) continue;
    endpoints.push_back({text((*table)["name"]), texts(*table, "methods")});
    if (endpoints.back().methods.empty()) endpoints.back().methods = {"GET", "POST"};
  }
  return endpoints;
}

ManifestFacts::Action read_action(const toml::table& table) {
  ManifestFacts::Action action;
  action.name = text(table["name"]);
  action.max_records = table["batch"]["max_records"].value_or(1u);
  action.max_bytes = table["batch"]["max_bytes"].value_or(std::uint64_t{0});
  action.unique = text(table["batch"]["unique"]);
  action.required_fields = texts(table, "required_fields");
  action.optional_fields = texts(table, "optional_fields");
  action.open_fields = table["open_fields"].value_or(false);
  action.readback = table["readback"].value_or(false);
  return action;
}

// Calls `read` for each table of a list.
template <typename Read>
void each_table(const toml::table& root, const char* list, const Read& read) {
  const toml::array* items = root[list].as_array();
  if (items == nullptr) return;
  for (const toml::node& item : *items) {
    if (const toml::table* table = item.as_table()) read(*table);
  }
}

void read_settings(const toml::table& root, ManifestFacts& facts) {
  each_table(root, "setting", [&](const toml::table& table) {
    facts.settings.push_back({text(table["name"]), text(table["title"]), text(table["type"]),
                              table["required"].value_or(false)});
  });
  each_table(root, "slot", [&](const toml::table& table) {
    facts.credentials.push_back({text(table["name"]), text(table["kind"]), text(table["header"]),
                                 text(table["prefix"]), text(table["query"]),
                                 table["required"].value_or(false), texts(table, "endpoints")});
  });
}

}  // namespace

std::string member_of(const std::string& field) {
  const std::string name = field.substr(field.rfind('/', 0) == 0 ? 1 : 0);
  return name.find_first_of("/~") == std::string::npos ? name : "";
}

std::optional<ManifestFacts> read_facts(std::string_view source, std::string& error) {
  toml::table root;
  try {
    root = toml::parse(source);
  } catch (const toml::parse_error& wrong) {
    error = "manifest: line " + std::to_string(wrong.source().begin.line) + ": " +
            std::string(wrong.description());
    return std::nullopt;
  }
  ManifestFacts facts;
  facts.id = text(root["connector"]["id"]);
  facts.version = text(root["connector"]["version"]);
  const std::string abi = text(root["connector"]["abi"]);
  if (!read_version(abi, facts)) {
    error = "manifest: connector.abi: wanted MAJOR.MINOR, found \"" + abi + "\"";
    return std::nullopt;
  }
  if (const toml::array* ops = root["connector"]["ops"].as_array()) {
    for (const toml::node& op : *ops) {
      const std::string name = op.value_or(std::string());
      if (op_of(name) == 0) {
        error = "manifest: connector.ops: no such op: \"" + name + "\"";
        return std::nullopt;
      }
      facts.ops |= op_of(name);
    }
  }
  if (const toml::array* actions = root["action"].as_array()) {
    for (const toml::node& action : *actions) {
      if (const toml::table* table = action.as_table())
        facts.actions.push_back(read_action(*table));
    }
  }
  facts.endpoints = read_endpoints(root);
  read_settings(root, facts);
  facts.streams = members(root, "stream", "name");
  facts.slots = members(root, "slot", "name");
  facts.buckets = members(root, "rate_limit", "bucket");
  return facts;
}

}  // namespace tenon::conformance
