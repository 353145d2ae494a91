// check_workspace: a workspace against the manifests of the connectors that it uses.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "manifest/reader.hpp"
#include "manifest/route_overlap.hpp"
#include "manifest/url_shape.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace manifest {
namespace {

using nlohmann::json;

// Finds the lines of the file again, so that these errors point at them as those of parsing do.
class Places {
 public:
  explicit Places(const Workspace& workspace) {
    if (auto tree = parse_toml(workspace.content, workspace.place)) tree_ = std::move(*tree);
  }
  // Of keys inside the entry `name` of [[kind]]; of the deepest one that is there.
  TomlPlace of(std::string_view kind, std::string_view name,
               const std::vector<std::string_view>& keys) const {
    const auto* list = tree_.member(kind);
    if (list == nullptr) return {};
    for (const auto& entry : list->node.items) {
      const auto* own = entry.member("name");
      if (own == nullptr || own->node.text != name) continue;
      auto place = entry.place;
      const TomlNode* node = &entry;
      for (const auto key : keys) {
        const auto* member = node->member(key);
        if (member == nullptr) break;
        place = member->place;
        node = &member->node;
      }
      return place;
    }
    return {};
  }

 private:
  TomlNode tree_;
};

class Checker {
 public:
  Checker(const Workspace& workspace, const std::vector<Manifest>& installed)
      : workspace_(workspace),
        installed_(installed),
        places_(workspace),
        report_(workspace.place) {}

  std::vector<Error> run() && {
    for (const auto& destination : workspace_.destinations) check(destination);
    for (const auto& source : workspace_.sources) {
      if (source.webhook) check(source);
    }
    for (const auto& route : workspace_.routes) check(route);
    for (const auto& pull : workspace_.pulls) check(pull);
    check_pairs();
    return std::move(report_).take();
  }

 private:
  void fail(const Destination& at, std::vector<std::string_view> keys, std::string message) {
    const auto* source = source_of(at);
    if (source == nullptr) return fail("destinations", at.name.value, keys, std::move(message));
    keys.insert(keys.begin(), "webhook");
    fail("sources", source->name.value, keys, std::move(message));
  }
  void fail(std::string_view kind, std::string_view name, const std::vector<std::string_view>& keys,
            std::string message) {
    std::string path = std::string(kind) + "[" + std::string(name) + "]";
    for (const auto key : keys) path += "." + (key.empty() ? "\"\"" : std::string(key));
    report_.add(places_.of(kind, name, keys), path, std::move(message));
  }

  // The source whose webhooks this instance parses, or null: then it is a destination.
  const Source* source_of(const Destination& instance) const {
    for (const auto& source : workspace_.sources) {
      if (source.webhook && &source.webhook->instance == &instance) return &source;
    }
    return nullptr;
  }

  void check(const Destination& destination) {
    const auto* manifest = manifest_of(destination, installed_);
    if (manifest == nullptr) return no_manifest(destination);
    check_settings(destination, *manifest);
    check_credentials(destination, *manifest);
    check_oauth(destination, *manifest);
  }

  void check(const Source& source) {
    const auto& instance = source.webhook->instance;
    const auto* manifest = manifest_of(instance, installed_);
    if (manifest != nullptr && !manifest->webhook) {
      return fail(instance, {"connector"},
                  "wanted a connector with the op \"webhook\", found " + manifest->release() +
                      ", which takes none");
    }
    check(instance);
    if (manifest != nullptr && manifest->webhook->scheme.signs_url() &&
        source.webhook->public_url.empty()) {
      fail(instance, {"public_url"},
           "wanted the address before /webhooks that the vendor calls, found nothing; " +
               manifest->webhook->scheme.name +
               " signs it: add public_url = \"https://hooks.example.com\"");
    }
  }

  void no_manifest(const Destination& destination) {
    std::vector<std::string> ids, versions;
    for (const auto& one : installed_) {
      if (std::find(ids.begin(), ids.end(), one.id) == ids.end()) ids.push_back(one.id);
      if (one.id == destination.connector) versions.push_back(one.version);
    }
    if (versions.empty()) {
      fail(destination, {"connector"},
           "wanted an installed connector, found " + shown(destination.connector) +
               hint_for(destination.connector, ids));
    } else {
      fail(destination, {"connector"},
           "wanted an installed release of " + destination.connector + ", found " +
               shown(destination.release) + hint_for("", versions));
    }
  }

  void check_settings(const Destination& destination, const Manifest& manifest) {
    const auto values = json::parse(destination.settings, nullptr, false);
    std::vector<std::string> names;
    for (const auto& setting : manifest.settings) {
      names.push_back(setting.name);
      const auto found = values.find(setting.name);
      if (found != values.end()) {
        check_setting(destination, manifest, setting, *found);
      } else if (setting.required) {
        fail(destination, {"settings", setting.name},
             "wanted a " + setting.type + " (" + setting.title +
                 "), found nothing; add it to"
                 " [" +
                 (source_of(destination) != nullptr ? "sources.webhook" : "destinations") +
                 ".settings]");
      } else if (!setting.default_value.empty() && source_of(destination) == nullptr) {
        // These peers may not reach it. A source sends nothing.
        check_setting(destination, manifest, setting,
                      json::parse(setting.default_value, nullptr, false));
      }
    }
    if (!values.is_object()) return;
    for (const auto& [key, value] : values.items()) {
      if (std::find(names.begin(), names.end(), key) == names.end()) {
        fail(destination, {"settings", key},
             "wanted a setting of " + manifest.release() + ", found " + shown(key) +
                 hint_for(key, names));
      }
    }
  }

  void check_setting(const Destination& destination, const Manifest& manifest,
                     const Setting& setting, const json& value) {
    const bool fits = setting.type == "integer"   ? value.is_number_integer()
                      : setting.type == "boolean" ? value.is_boolean()
                                                  : value.is_string();
    if (!fits) {
      return fail(destination, {"settings", setting.name},
                  "wanted a " + setting.type + ", found " + value.type_name());
    }
    if (!value.is_string()) return;
    const auto& text = value.get_ref<const std::string&>();
    const auto pattern = parse_pattern(setting.pattern);
    if (pattern && !pattern->matches(text)) {
      return fail(destination, {"settings", setting.name},
                  "wanted a text of the form " + setting.pattern + ", found " + shown(text));
    }
    if (setting.type == "url") return check_url(destination, setting, text);
    for (const auto& endpoint : manifest.endpoints) {
      if (endpoint.kind == EndpointKind::templated && endpoint.setting == setting.name &&
          !is_host_label(text)) {
        fail(destination, {"settings", setting.name},
             "wanted one label of a host name (a-z, 0-9, -) for " + endpoint.host + ", found " +
                 shown(text));
      }
    }
  }

  void check_url(const Destination& destination, const Setting& setting, const std::string& url) {
    const auto shape = shape_of_url(url);
    const auto bad = [&](const std::string& message) {
      fail(destination, {"settings", setting.name}, message);
    };
    if (!shape.mistake.empty()) {
      return bad("wanted http or https, a host and perhaps a port and a path, found " +
                 shape.mistake);
    }
    const bool closed_only = destination.peers == "public_only";
    if (shape.reach == Reach::loopback && closed_only) {
      bad("wanted a public address, found one of this machine; if that is meant, write peers ="
          " \"allow_loopback\"");
    } else if (shape.reach == Reach::private_address && destination.peers != "allow_private") {
      bad("wanted a public address, found a private one; if that is meant, write peers ="
          " \"allow_private\"");
    } else if (!shape.secure && closed_only) {
      bad("wanted https, found http; plain http needs peers = \"allow_loopback\" or"
          " \"allow_private\"");
    } else if (!shape.secure && shape.reach == Reach::public_address) {
      bad("wanted https for a public address, found http");
    }
  }

  void check_credentials(const Destination& destination, const Manifest& manifest) {
    const bool inbound = source_of(destination) != nullptr;
    std::vector<std::string> slots;
    for (const auto& slot : manifest.slots) {
      if (inbound && !manifest.is_inbound_slot(slot.name)) continue;
      slots.push_back(slot.name);
      const bool wanted = inbound || manifest.is_needed_to_send(slot);
      if (destination.oauth && manifest.oauth && manifest.oauth->slot == slot.name) continue;
      if (wanted && destination.credentials.count(slot.name) == 0) {
        const bool by_oauth = manifest.oauth && manifest.oauth->slot == slot.name;
        fail(destination, {"credentials", slot.name},
             "wanted a reference to a secret, found nothing; add " + slot.name +
                 " = \"env:NAME\" to " +
                 (inbound ? "[sources.webhook.credentials]" : "[destinations.credentials]") +
                 (by_oauth && !inbound ? ", or [destinations.oauth]" : ""));
      }
    }
    for (const auto& [slot, reference] : destination.credentials) {
      if (std::find(slots.begin(), slots.end(), slot) == slots.end()) {
        fail(destination, {"credentials", slot},
             "wanted a slot of " + manifest.release() + ", found " + shown(slot) +
                 hint_for(slot, slots));
      }
    }
  }

  void check_oauth(const Destination& destination, const Manifest& manifest) {
    if (!destination.oauth) return;
    const auto& oauth = *destination.oauth;
    if (!manifest.oauth) {
      return fail(destination, {"oauth"},
                  "wanted a connector with an [oauth] table, found " + manifest.release() +
                      ", which has none; remove this, and set [destinations.credentials]");
    }
    const auto& slot = manifest.oauth->slot;
    if (destination.credentials.count(slot) > 0) {
      fail(destination, {"credentials", slot},
           "wanted either this or [destinations.oauth], which fills the same slot, found both");
    }
    if (!oauth.grant.empty() && !manifest.oauth->knows(oauth.grant)) {
      fail(destination, {"oauth", "grant"},
           "wanted a grant that " + manifest.release() + " knows, found " + shown(oauth.grant) +
               hint_for(oauth.grant, manifest.oauth->grants));
    }
    for (const auto& scope : oauth.scopes) {
      const auto& known = manifest.oauth->scopes;
      if (known.empty() || std::find(known.begin(), known.end(), scope) != known.end()) continue;
      fail(destination, {"oauth", "scopes"},
           "wanted scopes of " + manifest.release() + ", found " + shown(scope) +
               hint_for(scope, known));
    }
    for (const auto& name : {manifest.oauth->endpoint, manifest.oauth->authorize_endpoint}) {
      const auto* endpoint = manifest.endpoint(name);
      const bool used = name == manifest.oauth->endpoint || oauth.grant == "authorization_code";
      if (endpoint == nullptr || !endpoint->optional || !used) continue;
      const auto values = json::parse(destination.settings, nullptr, false);
      if (values.contains(endpoint->setting)) continue;
      fail(destination, {"settings", endpoint->setting},
           "wanted the address that [destinations.oauth] needs, found nothing; add it to "
           "[destinations.settings]");
    }
  }

  void check(const Route& route) {
    const auto* destination = workspace_.destination(route.destination);
    const auto* manifest = destination == nullptr ? nullptr : manifest_of(*destination, installed_);
    if (manifest == nullptr) return;  // reported at the destination
    const auto* action = manifest->action(route.action);
    if (action == nullptr) {
      std::vector<std::string> actions;
      for (const auto& one : manifest->actions) actions.push_back(one.name);
      return fail("routes", route.name, {"action"},
                  "wanted an action of " + manifest->release() + ", found " + shown(route.action) +
                      hint_for(route.action, actions));
    }
    check_fields(route, *action);
  }

  void check_fields(const Route& route, const Action& action) {
    std::vector<std::string> known = action.required_fields;
    known.insert(known.end(), action.optional_fields.begin(), action.optional_fields.end());
    const auto covers = [](const std::string& outer, const std::string& inner) {
      return inner == outer || inner.compare(0, outer.size() + 1, outer + "/") == 0;
    };
    if (route.mapping.empty()) {
      if (!action.required_fields.empty()) {
        fail("routes", route.name, {"map"},
             "wanted a mapping that gives " + action.required_fields.front() +
                 " and the other required fields of " + action.name + ", found none");
      }
      return;
    }
    const bool whole = std::any_of(route.mapping.begin(), route.mapping.end(),
                                   [](const FieldRule& rule) { return rule.target.empty(); });
    for (const auto& field : action.required_fields) {
      const bool given =
          whole ||
          std::any_of(route.mapping.begin(), route.mapping.end(), [&](const FieldRule& rule) {
            return covers(rule.target, field) || covers(field, rule.target);
          });
      if (!given) {
        fail("routes", route.name, {"map"},
             "wanted the field " + field + ", which " + action.name +
                 " requires, found no rule"
                 " for it");
      }
    }
    if (action.open_fields) return;
    for (const auto& rule : route.mapping) {
      const bool fits = std::any_of(known.begin(), known.end(), [&](const std::string& field) {
        return covers(field, rule.target) || covers(rule.target, field);
      });
      if (!fits) unknown_field(route, action, rule, known);
    }
  }

  void unknown_field(const Route& route, const Action& action, const FieldRule& rule,
                     const std::vector<std::string>& known) {
    const auto plain = rule.target.substr(std::min<std::size_t>(1, rule.target.size()));
    const auto path = places_.of("routes", route.name, {"map", plain});
    const bool by_plain = path.line != places_.of("routes", route.name, {"map"}).line;
    fail("routes", route.name, {"map", by_plain ? std::string_view(plain) : rule.target},
         "wanted a field of " + action.name + ", found " + shown(rule.target) +
             hint_for(rule.target, known));
  }

  void check(const Pull& pull) {
    const auto* destination = workspace_.destination(pull.destination);
    const auto* manifest = destination == nullptr ? nullptr : manifest_of(*destination, installed_);
    if (manifest == nullptr) return;  // reported at the destination
    const auto* stream = manifest->stream(pull.stream);
    if (stream == nullptr) {
      std::vector<std::string> streams;
      for (const auto& one : manifest->streams) streams.push_back(one.name);
      return fail("pulls", pull.name, {"stream"},
                  streams.empty() ? "wanted a destination that can be pulled, found that " +
                                        manifest->release() + " has no streams"
                                  : "wanted a stream of " + manifest->release() + ", found " +
                                        shown(pull.stream) + hint_for(pull.stream, streams));
    }
    if (!pull.start.empty() && !stream->starts_by_time) {
      fail("pulls", pull.name, {"start"},
           "wanted none or \"earliest\", found a time; the stream " + stream->name +
               " cannot begin at one");
    }
    check_circle(pull);
  }

  // What is read from a vendor and written back to it comes again as a change, for ever.
  void check_circle(const Pull& pull) {
    for (const auto& route : workspace_.routes) {
      const auto& sources = route.sources;
      const bool takes = sources.empty() ||
                         std::find(sources.begin(), sources.end(), pull.source) != sources.end();
      if (!takes || route.destination != pull.destination) continue;
      fail("pulls", pull.name, {"source"},
           "wanted a source that no route sends back to " + pull.destination + ", found that \"" +
               route.name + "\" does; name in its `sources` those that it is meant for");
    }
  }

  void check_pairs() {
    const auto& routes = workspace_.routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      for (std::size_t j = i + 1; j < routes.size(); ++j) {
        if (routes[i].destination != routes[j].destination ||
            routes[i].action != routes[j].action || apart(routes[i], routes[j])) {
          continue;
        }
        fail("routes", routes[j].name, {},
             "wanted at most one route to " + routes[j].destination + " with " + routes[j].action +
                 " for any event, found that \"" + routes[i].name +
                 "\" may take the same event; give them different sources, or in `when` a type,"
                 " event, eq or in that shares no value");
      }
    }
  }

  const Workspace& workspace_;
  const std::vector<Manifest>& installed_;
  Places places_;
  Report report_;
};

}  // namespace
}  // namespace manifest

std::vector<Error> check_workspace(const Workspace& workspace,
                                   const std::vector<Manifest>& installed) {
  return manifest::Checker(workspace, installed).run();
}

const Manifest* manifest_of(const Destination& destination,
                            const std::vector<Manifest>& installed) {
  const Manifest* best = nullptr;
  std::optional<manifest::Version> best_version;
  for (const auto& one : installed) {
    if (one.id != destination.connector) continue;
    if (!destination.release.empty()) {
      if (one.version == destination.release) return &one;
      continue;
    }
    const auto version = manifest::parse_version(one.version);
    if (version && (!best_version || *best_version < *version)) {
      best = &one;
      best_version = version;
    }
  }
  return best;
}

}  // namespace tenon
