// Putting workspace and manifests together; taking paths apart.
#include "inbound/config.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace tenon::inbound {

const InboundSource* InboundConfig::find(std::string_view name) const {
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const InboundSource& source) {
    return source.name.value == name;
  });
  return found == sources.end() ? nullptr : &*found;
}

const InboundSource* InboundConfig::find(NameHash hash) const {
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const InboundSource& source) { return source.hash == hash; });
  return found == sources.end() ? nullptr : &*found;
}

InboundConfig inbound_config(const Workspace& workspace, const std::vector<Manifest>& installed) {
  InboundConfig config;
  config.tenant = hash_of_name(workspace.tenant.value);
  config.workspace = hash_of_name(workspace.name.value);
  config.version = workspace.version;
  for (const auto& source : workspace.sources) {
    if (!source.webhook) continue;
    const auto* manifest = manifest_of(source.webhook->instance, installed);
    if (manifest == nullptr || !manifest->webhook) continue;
    InboundSource entry;
    entry.name = source.name;
    entry.hash = hash_of_name(source.name.value);
    entry.max_body = source.max_body;
    entry.synthetic = source.synthetic;
    entry.settings = *source.webhook;
    entry.webhook = *manifest->webhook;
    entry.release = manifest->release();
    config.sources.push_back(std::move(entry));
  }
  return config;
}

bool read_inbound_path(std::string_view path, InboundPath& out) {
  if (!path.starts_with(kInboundPrefix)) return false;
  path.remove_prefix(kInboundPrefix.size());
  const auto slash = path.find('/');
  out.source = path.substr(0, slash);
  out.secret = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  if (slash != std::string_view::npos && out.secret.empty()) return false;
  return !out.source.empty() && out.secret.find('/') == std::string_view::npos;
}

}  // namespace tenon::inbound
