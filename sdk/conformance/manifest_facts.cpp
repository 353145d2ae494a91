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
  action.required_fields = texts(table, "required_fields");
  return action;
}

}  // namespace

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
  facts.slots = members(root, "slot", "name");
  facts.buckets = members(root, "rate_limit", "bucket");
  return facts;
}

}  // namespace tenon::conformance
