// Filling in what a workspace leaves to the manifest.
#include "manifest/settings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tenon {
namespace {

bool is_address(const Manifest& manifest, const std::string& setting) {
  return std::any_of(manifest.endpoints.begin(), manifest.endpoints.end(), [&](const auto& one) {
    return one.kind == EndpointKind::operator_set && one.setting == setting;
  });
}

}  // namespace

std::string with_defaults(const Manifest& manifest, const std::string& settings, SettingsFor whom) {
  auto whole = nlohmann::json::parse(settings.empty() ? "{}" : settings, nullptr, false);
  if (!whole.is_object()) return settings;  // refused where it is used
  bool changed = false;
  for (const auto& setting : manifest.settings) {
    if (setting.default_value.empty() || whole.contains(setting.name)) continue;
    if (whom == SettingsFor::connector && is_address(manifest, setting.name)) continue;
    auto value = nlohmann::json::parse(setting.default_value, nullptr, false);
    if (value.is_discarded()) continue;
    whole[setting.name] = std::move(value);
    changed = true;
  }
  return changed ? whole.dump() : settings;
}

}  // namespace tenon
