// config_diff: what changes from one workspace to another, in lines for people.
#include <map>

#include "manifest/workspace.hpp"

namespace tenon {
namespace {

// One thing as its fields in words, in the order in which they are shown.
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string list(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ", ") + value;
  return "[" + out + "]";
}

std::string_view word(Predicate::Kind kind) {
  using Kind = Predicate::Kind;
  switch (kind) {
    case Kind::always: return "always";
    case Kind::type: return "type";
    case Kind::event: return "event";
    case Kind::eq: return "eq";
    case Kind::in: return "in";
    case Kind::exists: return "exists";
    case Kind::prefix: return "prefix";
    case Kind::gt: return "gt";
    case Kind::lt: return "lt";
    case Kind::not_: return "not";
    case Kind::any: return "any";
    case Kind::all: return "all";
  }
  return "?";
}

std::string text_of(const Predicate& predicate) {
  std::string out(word(predicate.kind));
  if (!predicate.pointer.empty()) out += " " + predicate.pointer;
  if (!predicate.values.empty()) out += " " + list(predicate.values);
  if (predicate.parts.empty()) return out;
  std::string parts;
  for (const auto& part : predicate.parts) parts += (parts.empty() ? "" : ", ") + text_of(part);
  return out + "(" + parts + ")";
}

std::string_view word(MapStep step) {
  switch (step) {
    case MapStep::trim: return "trim";
    case MapStep::lower: return "lower";
    case MapStep::upper: return "upper";
    case MapStep::to_string: return "to_string";
    case MapStep::to_number: return "to_number";
    case MapStep::e164_digits: return "e164_digits";
    case MapStep::rfc3339: return "rfc3339";
    case MapStep::sha256_hex: return "sha256_hex";
  }
  return "?";
}

std::string text_of(const FieldRule& rule) {
  std::string out = rule.constant ? "constant " + *rule.constant : "from \"" + rule.from + "\"";
  for (const auto step : rule.steps) out += " | " + std::string(word(step));
  if (rule.fallback) out += " default " + *rule.fallback;
  return out;
}

template <typename T>
std::string number_or(const std::optional<T>& value, const char* unit) {
  if (!value) return "as the connector says";
  if constexpr (std::is_integral_v<T>) {
    return std::to_string(*value) + unit;
  } else {
    return std::to_string(value->count()) + unit;
  }
}

Fields fields_of(const Source& source) {
  Fields out{{"write_key", source.write_key.empty() ? "none" : source.write_key},
             {"max_body", std::to_string(source.max_body) + "B"},
             {"strict_limits", source.strict_limits ? "true" : "false"},
             {"synthetic", source.synthetic ? "true" : "false"}};
  if (!source.webhook) return out;
  const auto& webhook = *source.webhook;
  const auto& instance = webhook.instance;
  out.emplace_back("webhook.connector", instance.connector);
  out.emplace_back("webhook.release", instance.release.empty() ? "newest" : instance.release);
  out.emplace_back("webhook.settings", instance.settings);
  out.emplace_back("webhook.public_url", webhook.public_url.empty() ? "none" : webhook.public_url);
  out.emplace_back("webhook.max_per_second", std::to_string(webhook.max_per_second));
  for (const auto& [slot, reference] : instance.credentials) {
    out.emplace_back("webhook.credentials." + slot, reference);
  }
  return out;
}

Fields fields_of(const Destination& destination) {
  Fields out{{"connector", destination.connector},
             {"release", destination.release.empty() ? "newest" : destination.release},
             {"peers", destination.peers},
             {"model", destination.model.empty() ? "none" : destination.model},
             {"ca_file", destination.ca_file.empty() ? "none" : destination.ca_file},
             {"on_ambiguous", destination.on_ambiguous},
             {"linger_ms", number_or(destination.linger, "")},
             {"max_batch", number_or(destination.max_batch, "")},
             {"dead_letters_days", number_or(destination.dead_letters_days, "")},
             {"settings", destination.settings},
             {"retry.first", number_or(destination.retry_first, "ms")},
             {"retry.ceiling", number_or(destination.retry_ceiling, "ms")},
             {"retry.max_age", number_or(destination.retry_max_age, "s")},
             {"retry.max_attempts", number_or(destination.retry_max_attempts, "")}};
  out.emplace_back("retry.share", std::to_string(destination.retry_share));
  out.emplace_back(
      "account", destination.account.empty() ? "by credentials and address" : destination.account);
  out.emplace_back("owner", destination.owner.empty() ? "the workspace's" : destination.owner);
  for (std::size_t i = 0; i < kLanes; ++i) {
    out.emplace_back("lanes." + std::string(name_of(static_cast<Lane>(i))),
                     std::to_string(destination.lanes.values[i]));
  }
  for (const auto& [slot, reference] : destination.credentials) {
    out.emplace_back("credentials." + slot, reference);
  }
  if (const auto& oauth = destination.oauth) {
    out.emplace_back("oauth.grant", oauth->grant);
    out.emplace_back("oauth.client_id", oauth->client_id);
    out.emplace_back("oauth.client_secret", oauth->client_secret);
    out.emplace_back("oauth.refresh_token", oauth->refresh_token);
    out.emplace_back("oauth.signing_key", oauth->signing_key);
    out.emplace_back("oauth.key_id", oauth->key_id);
    out.emplace_back("oauth.subject", oauth->subject);
    out.emplace_back("oauth.scopes", oauth->scopes.empty() ? "all" : list(oauth->scopes));
  }
  return out;
}

Fields fields_of(const Route& route) {
  Fields out{{"sources", route.sources.empty() ? "all" : list(route.sources)},
             {"destination", route.destination},
             {"action", route.action},
             {"when", text_of(route.when)}};
  for (const auto& rule : route.mapping) {
    out.emplace_back("map " + (rule.target.empty() ? "\"\"" : rule.target), text_of(rule));
  }
  return out;
}

Fields fields_of(const Pull& pull) {
  return {{"destination", pull.destination},
          {"stream", pull.stream},
          {"source", pull.source},
          {"interval", number_or(pull.interval, "s")},
          {"start", pull.start.empty() ? "earliest" : pull.start}};
}

std::string text_of(const TrustedKey& key) {
  return key.key + (key.connectors.empty() ? "" : " for " + list(key.connectors));
}

std::string text_of(const std::optional<CaptureRules>& capture) {
  if (!capture) return "off";
  char share[32];
  std::snprintf(share, sizeof share, "%g", capture->sample);
  return std::string("sample ") + share + ", budget_mib " + std::to_string(capture->budget_mib) +
         ", keep_days " + std::to_string(capture->keep_days) + ", redact " +
         (capture->redact.empty() ? "nothing" : list(capture->redact));
}

std::string text_of(ConformanceRule rule) {
  switch (rule) {
    case ConformanceRule::with_goldens: return "where there are goldens";
    case ConformanceRule::required: return "required";
    case ConformanceRule::off: return "off";
  }
  return "";
}

Fields fields_of(const Workspace& workspace) {
  Fields out{{"tenant", workspace.tenant.value},
             {"workspace", workspace.name.value},
             {"owner", workspace.owner.empty() ? "none" : workspace.owner},
             {"consent", workspace.consent_enforced ? "enforced" : "not_enforced"},
             {"dedupe.window", std::to_string(workspace.dedupe_window.count()) + "s"},
             {"dedupe.max_ids", std::to_string(workspace.dedupe_max_ids)},
             {"dead_letters_days", std::to_string(workspace.dead_letters_days)},
             {"trust.require_signature", workspace.trust.require_signature ? "true" : "false"}};
  for (const auto& key : workspace.trust.keys) {
    out.emplace_back("trust.keys." + key.name, text_of(key));
  }
  out.emplace_back("capture", text_of(workspace.capture));
  out.emplace_back("rollout.conformance", text_of(workspace.rollout.conformance));
  return out;
}

const std::string* value_of(const Fields& fields, const std::string& key) {
  for (const auto& [name, value] : fields) {
    if (name == key) return &value;
  }
  return nullptr;
}

void diff_fields(const std::string& what, const Fields& before, const Fields& after,
                 std::vector<std::string>& out) {
  for (const auto& [key, value] : before) {
    const auto* now = value_of(after, key);
    if (now == nullptr) {
      out.push_back(what + ": " + key + " removed (was " + value + ")");
    } else if (*now != value) {
      out.push_back(what + ": " + key + " " + value + " -> " + *now);
    }
  }
  for (const auto& [key, value] : after) {
    if (value_of(before, key) == nullptr) {
      out.push_back(what + ": " + key + " added (" + value + ")");
    }
  }
}

const std::string& name_of(const Source& source) { return source.name.value; }
const std::string& name_of(const Destination& destination) { return destination.name.value; }
const std::string& name_of(const Route& route) { return route.name; }
const std::string& name_of(const Pull& pull) { return pull.name; }

template <typename T>
void diff_things(const std::string& kind, const std::vector<T>& before, const std::vector<T>& after,
                 std::vector<std::string>& out) {
  std::map<std::string_view, const T*> now;
  std::map<std::string_view, const T*> then;
  for (const auto& one : after) now.emplace(name_of(one), &one);
  for (const auto& one : before) {
    then.emplace(name_of(one), &one);
    const auto found = now.find(name_of(one));
    if (found == now.end()) {
      out.push_back(kind + " " + name_of(one) + ": removed");
    } else {
      diff_fields(kind + " " + name_of(one), fields_of(one), fields_of(*found->second), out);
    }
  }
  for (const auto& one : after) {
    if (then.count(name_of(one)) == 0) out.push_back(kind + " " + name_of(one) + ": added");
  }
}

}  // namespace

std::vector<std::string> config_diff(const Workspace& before, const Workspace& after) {
  std::vector<std::string> out;
  diff_fields("workspace", fields_of(before), fields_of(after), out);
  diff_things("source", before.sources, after.sources, out);
  diff_things("destination", before.destinations, after.destinations, out);
  diff_things("route", before.routes, after.routes, out);
  diff_things("pull", before.pulls, after.pulls, out);
  return out;
}

}  // namespace tenon
