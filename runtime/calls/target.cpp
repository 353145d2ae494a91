// Finding the release and the settings of a destination.
#include "calls/target.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "manifest/settings.hpp"

namespace tenon {

Result<CallTarget> target_of(std::shared_ptr<const Workspace> workspace,
                             const Destination& destination,
                             const std::vector<Manifest>& installed) {
  const Manifest* manifest = manifest_of(destination, installed);
  if (manifest == nullptr) {
    return not_found("connector \"" + destination.connector +
                         (destination.release.empty() ? "" : "@" + destination.release) +
                         "\" is not installed",
                     "destination " + destination.name.value);
  }
  CallTarget target;
  target.destination = &destination;
  target.workspace = std::move(workspace);
  target.manifest = *manifest;
  auto settings = nlohmann::json::parse(
      with_defaults(*manifest, destination.settings, SettingsFor::host), nullptr, false);
  if (!settings.is_object()) settings = nlohmann::json::object();
  target.settings = std::make_shared<const nlohmann::json>(std::move(settings));
  return target;
}

bool can(const Manifest& manifest, std::string_view op) {
  return std::find(manifest.ops.begin(), manifest.ops.end(), op) != manifest.ops.end();
}

}  // namespace tenon
