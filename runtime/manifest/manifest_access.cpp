// The parts of a manifest that say where requests may go: settings, endpoints, slots.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "manifest/manifest_sections.hpp"
#include "manifest/url_shape.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

const Setting* setting_of(const Manifest& manifest, std::string_view name) {
  for (const auto& setting : manifest.settings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::vector<std::string> setting_names(const Manifest& manifest) {
  std::vector<std::string> out;
  for (const auto& setting : manifest.settings) out.push_back(setting.name);
  return out;
}

bool value_fits(const TomlNode& node, const Setting& setting) {
  if (setting.type == "integer") return node.kind == TomlNode::Kind::integer;
  if (setting.type == "boolean") return node.kind == TomlNode::Kind::boolean;
  if (node.kind != TomlNode::Kind::string) return false;
  const auto pattern = parse_pattern(setting.pattern);
  return !pattern || pattern->matches(node.text);
}

std::string value_text(const Setting& setting) {
  if (setting.type == "integer") return "an integer";
  if (setting.type == "boolean") return "true or false";
  return setting.pattern.empty() ? "a string" : "a string that matches its pattern";
}

// A default must do for every destination that sets nothing.
void check_url_default(TableReader& table, const std::string& url) {
  const auto shape = shape_of_url(url);
  if (!shape.mistake.empty()) {
    table.fail("default", "wanted http or https, a host and perhaps a port and a path, found " +
                              shape.mistake);
  } else if (!shape.secure && shape.reach == Reach::public_address) {
    table.fail("default", "wanted https for a public address, found http; write https");
  }
}

void read_setting_default(TableReader& table, Setting& setting) {
  const auto* member = table.any("default");
  if (member == nullptr) return;
  if (!value_fits(member->node, setting)) {
    const bool text = member->node.kind == TomlNode::Kind::string;
    table.fail("default",
               "wanted " + value_text(setting) + ", found " +
                   (text && !setting.pattern.empty() ? shown(member->node.text)
                                                     : std::string(words_for(member->node.kind))));
    return;
  }
  if (setting.required) {
    table.fail("default",
               "wanted no default beside required = true, found one; remove one of them");
  }
  if (setting.type == "url") check_url_default(table, member->node.text);
  if (auto json = to_json(member->node)) setting.default_value = *json;
}

// Nothing could be sent where its setting has no value, or a default that fits no host name.
void check_setting_value(TableReader& table, const Setting& setting, const Endpoint& endpoint) {
  if (setting.default_value.empty()) {
    if (setting.required || endpoint.optional) return;
    table.fail("setting", "wanted a setting that always has a value, found " + shown(setting.name) +
                              " without one; give it a default or required = true, or say "
                              "optional = true here");
    return;
  }
  if (endpoint.kind != EndpointKind::templated) return;
  const auto value = nlohmann::json::parse(setting.default_value, nullptr, false);
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || is_host_label(*text)) return;
  table.fail("setting",
             "wanted a setting whose default is one label of a host name (a-z, 0-9, -), "
             "found " +
                 shown(*text) + " as that of " + shown(setting.name));
}

// Sorts out which kind of endpoint host and setting make together.
void read_endpoint_host(TableReader& table, const Manifest& manifest, Endpoint& out) {
  out.host = table.text("host").value_or("");
  out.setting = table.text("setting").value_or("");
  const bool has_setting = table.has("setting");
  if (!table.has("host") && !has_setting) {
    table.missing("host",
                  "host = \"api.vendor.com\", or setting = the name of a setting with a URL");
    return;
  }
  const auto* setting = setting_of(manifest, out.setting);
  if (setting == nullptr && !out.setting.empty()) {
    table.fail("setting", "wanted a declared setting, found " + shown(out.setting) +
                              hint_for(out.setting, setting_names(manifest)));
  }
  const auto want_type = [&](const char* type, const char* where) {
    if (setting == nullptr) return;
    if (setting->type == type) return check_setting_value(table, *setting, out);
    table.fail("setting", std::string("wanted a setting of type \"") + type + "\" for " + where +
                              ", found type \"" + setting->type + "\"");
  };
  if (!table.has("host")) {
    out.kind = EndpointKind::operator_set;
    want_type("url", "an endpoint without a host");
  } else if (out.host.find('{') == std::string::npos) {
    out.kind = EndpointKind::fixed;
    if (has_setting && !out.host.empty()) {
      table.fail("setting", "wanted {label} in host for this setting to fill, found none");
    }
  } else {
    out.kind = EndpointKind::templated;
    if (!has_setting) table.missing("setting", "the name of the setting that fills the label");
    want_type("string", "a label");
  }
}

SlotKind kind_of(std::string_view word) {
  return word == "basic"     ? SlotKind::basic
         : word == "query"   ? SlotKind::query
         : word == "signing" ? SlotKind::signing
                             : SlotKind::header;
}

}  // namespace

void read_settings(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  for (auto& table : root.entries("setting")) {
    Setting setting;
    setting.name = read_entry_name(table, taken);
    setting.title = table.text("title").value_or("");
    setting.type = table.text("type").value_or("string");
    setting.required = table.boolean("required").value_or(false);
    setting.pattern = table.text("pattern").value_or("");
    read_setting_default(table, setting);
    table.finish();
    out.settings.push_back(std::move(setting));
  }
}

void read_endpoints(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  for (auto& table : root.entries("endpoint")) {
    Endpoint endpoint;
    endpoint.name = read_entry_name(table, taken);
    endpoint.optional = table.boolean("optional").value_or(false);
    read_endpoint_host(table, out, endpoint);
    endpoint.base_path = table.text("base_path").value_or("");
    endpoint.methods = table.texts("methods");
    table.finish();
    out.endpoints.push_back(std::move(endpoint));
  }
}

void read_slots(TableReader& root, Manifest& out) {
  std::vector<std::string> taken, endpoints;
  for (const auto& endpoint : out.endpoints) endpoints.push_back(endpoint.name);
  for (auto& table : root.entries("slot")) {
    Slot slot;
    slot.name = read_entry_name(table, taken);
    slot.kind = kind_of(table.text("kind").value_or(""));
    slot.header = table.text("header").value_or("");
    slot.prefix = table.text("prefix").value_or("");
    slot.parameter = table.text("parameter").value_or("");
    slot.required = table.boolean("required").value_or(true);
    slot.endpoints = table.texts("endpoints");
    for (const auto& name : slot.endpoints) {
      if (out.endpoint(name) == nullptr) {
        table.fail("endpoints",
                   "wanted declared endpoints, found " + shown(name) + hint_for(name, endpoints));
      }
    }
    slot.path_prefix = table.text("path_prefix").value_or("");
    table.finish();
    out.slots.push_back(std::move(slot));
  }
}

}  // namespace tenon::manifest
