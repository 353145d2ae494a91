// The parts of a manifest that say where requests may go: settings, endpoints, slots, rate limits.
#include <algorithm>

#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

bool is_printable(std::string_view text) {
  return text.size() <= 256 && std::all_of(text.begin(), text.end(),
                                           [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

// "" or "/..." without a trailing slash, dot segments, query or fragment.
bool is_path(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == '/' && text.back() != '/' && is_printable(text) &&
         text.find_first_of(" ?#\\%") == std::string_view::npos &&
         text.find("//") == std::string_view::npos &&
         (std::string(text) + "/").find("/../") == std::string::npos &&
         (std::string(text) + "/").find("/./") == std::string::npos;
}

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

void read_setting_default(TableReader& table, Setting& setting) {
  const auto* member = table.any("default");
  if (member == nullptr) return;
  if (!value_fits(member->node, setting)) {
    table.fail("default", "wanted a " + setting.type +
                              (setting.pattern.empty() ? "" : " that matches its pattern") +
                              ", found another value (" +
                              std::string(words_for(member->node.kind)) + ")");
    return;
  }
  if (setting.required) {
    table.fail("default",
               "wanted no default beside required = true, found one; remove one of them");
  }
  if (auto json = to_json(member->node)) setting.default_value = *json;
}

// Sorts out which kind of endpoint host and setting make together.
void read_endpoint_host(TableReader& table, const Manifest& manifest, Endpoint& out) {
  const auto host = table.text("host");
  out.setting = table.text("setting").value_or("");
  out.host = host.value_or("");
  const bool has_setting = table.has("setting");
  if (!table.has("host") && !has_setting) {
    table.missing("host",
                  "host = \"api.vendor.com\", or setting = the name of a setting with a URL");
    return;
  }
  const auto* setting = setting_of(manifest, out.setting);
  if (has_setting && setting == nullptr && !out.setting.empty()) {
    table.fail("setting", "wanted a declared setting, found " + shown(out.setting) +
                              hint_for(out.setting, setting_names(manifest)));
  }
  if (!table.has("host")) {
    out.kind = EndpointKind::operator_set;
    if (setting != nullptr && setting->type != "url") {
      table.fail("setting",
                 "wanted a setting of type \"url\" for an endpoint without a host, found"
                 " type \"" +
                     setting->type + "\"");
    }
    return;
  }
  const auto open = out.host.find('{');
  if (open == std::string::npos) {
    out.kind = EndpointKind::fixed;
    if (host && !is_host(out.host)) {
      table.fail("host", "wanted a host name in lower case such as \"api.vendor.com\", found " +
                             shown(out.host) + "; no scheme, port or path");
    }
    if (has_setting) {
      table.fail("setting", "wanted {label} in host for this setting to fill, found none");
    }
    return;
  }
  out.kind = EndpointKind::templated;
  const auto close = out.host.find('}');
  const bool first = open == 0 && close != std::string::npos && close > 1 &&
                     is_name(std::string_view(out.host).substr(1, close - 1));
  const auto suffix = first ? std::string_view(out.host).substr(close + 1) : std::string_view();
  if (suffix.size() < 2 || suffix.front() != '.' || !is_host(suffix.substr(1))) {
    table.fail("host",
               "wanted one {label} in front of a fixed suffix such as"
               " \"{shop}.vendor.com\", found " +
                   shown(out.host));
  }
  if (!has_setting) {
    table.missing("setting", "the name of the setting that fills the label");
  } else if (setting != nullptr && setting->type != "string") {
    table.fail("setting", "wanted a setting of type \"string\" for a label, found type \"" +
                              setting->type + "\"");
  }
}

void read_slot_kind(TableReader& table, Slot& out) {
  const auto kind = table.one_of("kind", {"header", "basic", "query", "signing"});
  if (!table.has("kind")) table.missing("kind", "one of header, basic, query, signing");
  out.header = table.text("header").value_or("");
  out.prefix = table.text("prefix").value_or("");
  out.parameter = table.text("parameter").value_or("");
  if (!kind) return;
  out.kind = *kind == "header"  ? SlotKind::header
             : *kind == "basic" ? SlotKind::basic
             : *kind == "query" ? SlotKind::query
                                : SlotKind::signing;
  const struct {
    const char* key;
    bool allowed, needed, good;
  } kRules[] = {
      {"header", *kind == "header", *kind == "header", is_token(out.header)},
      {"prefix", *kind == "header", false, is_printable(out.prefix)},
      {"parameter", *kind == "query", *kind == "query", is_token(out.parameter)},
  };
  for (const auto& rule : kRules) {
    if (table.has(rule.key) && !rule.allowed) {
      table.fail(rule.key, "wanted no such key in a slot of kind \"" + *kind + "\"; remove it");
    } else if (rule.needed && !table.has(rule.key)) {
      table.missing(rule.key, "the name of the " + *kind + (*kind == "query" ? " parameter" : ""));
    } else if (table.has(rule.key) && !rule.good) {
      table.fail(rule.key, "wanted characters that HTTP allows here, found others");
    }
  }
}

}  // namespace

void read_settings(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("setting", kMaxSettings);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableReader table(root.report(), *tables[i], entry_path("setting", *tables[i], i));
    Setting setting;
    setting.name = read_entry_name(table, taken);
    setting.title = table.text("title").value_or("");
    if (!table.has("title")) table.missing("title", "a title for people");
    setting.type = table.one_of("type", {"string", "integer", "boolean", "url"}).value_or("string");
    setting.required = table.boolean("required").value_or(false);
    setting.pattern = table.text("pattern").value_or("");
    if (table.has("pattern") && (setting.type != "string" || !parse_pattern(setting.pattern))) {
      table.fail("pattern", "wanted a pattern such as \"[a-z0-9-]{1,63}\" for a string, found " +
                                shown(setting.pattern));
    }
    read_setting_default(table, setting);
    table.finish();
    out.settings.push_back(std::move(setting));
  }
}

void read_endpoints(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("endpoint", kMaxEndpoints);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableReader table(root.report(), *tables[i], entry_path("endpoint", *tables[i], i));
    Endpoint endpoint;
    endpoint.name = read_entry_name(table, taken);
    read_endpoint_host(table, out, endpoint);
    endpoint.base_path = table.text("base_path").value_or("");
    if (!is_path(endpoint.base_path)) {
      table.fail("base_path", "wanted a path such as \"/3.0\" without a slash at its end, found " +
                                  shown(endpoint.base_path));
    }
    static const std::vector<std::string> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    endpoint.methods = table.texts("methods", kMethods.size());
    for (const auto& method : endpoint.methods) {
      if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
        table.fail("methods",
                   "wanted HTTP methods, found " + shown(method) + hint_for(method, kMethods));
      }
    }
    table.finish();
    out.endpoints.push_back(std::move(endpoint));
  }
}

void read_slots(TableReader& root, Manifest& out) {
  std::vector<std::string> taken, endpoints;
  for (const auto& endpoint : out.endpoints) endpoints.push_back(endpoint.name);
  const auto tables = root.tables("slot", kMaxSlots);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableReader table(root.report(), *tables[i], entry_path("slot", *tables[i], i));
    Slot slot;
    slot.name = read_entry_name(table, taken);
    read_slot_kind(table, slot);
    slot.required = table.boolean("required").value_or(true);
    slot.endpoints = table.texts("endpoints", kMaxEndpoints);
    for (const auto& name : slot.endpoints) {
      if (out.endpoint(name) == nullptr) {
        table.fail("endpoints",
                   "wanted declared endpoints, found " + shown(name) + hint_for(name, endpoints));
      }
    }
    slot.path_prefix = table.text("path_prefix").value_or("");
    if (!slot.path_prefix.empty() &&
        (slot.path_prefix.front() != '/' || !is_printable(slot.path_prefix))) {
      table.fail("path_prefix",
                 "wanted a path that begins with /, found " + shown(slot.path_prefix));
    }
    table.finish();
    out.slots.push_back(std::move(slot));
  }
}

void read_rate_limits(TableReader& root, Manifest& out) {
  const auto tables = root.tables("rate_limit", kMaxRateLimits);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableReader table(root.report(), *tables[i], "rate_limit[" + std::to_string(i) + "]");
    RateLimit limit;
    limit.bucket = table.text("bucket").value_or(table.has("bucket") ? "" : "default");
    if (!is_name(limit.bucket)) table.fail("bucket", "wanted " + std::string(kNameForm));
    limit.limit = static_cast<std::uint32_t>(table.integer("limit", 1, 10'000'000).value_or(0));
    if (!table.has("limit")) table.missing("limit", "how many per window");
    limit.window = milliseconds{table.integer("window_ms", 1, 86'400'000).value_or(0)};
    if (!table.has("window_ms")) table.missing("window_ms", "the window in milliseconds");
    const bool repeated =
        std::any_of(out.rate_limits.begin(), out.rate_limits.end(), [&](const RateLimit& other) {
          return other.bucket == limit.bucket && other.window == limit.window;
        });
    if (repeated && limit.window.count() > 0) {
      table.fail("window_ms", "wanted one row for each bucket and window, found a second for \"" +
                                  limit.bucket + "\"; remove one");
    }
    table.finish();
    out.rate_limits.push_back(std::move(limit));
  }
}

}  // namespace tenon::manifest
