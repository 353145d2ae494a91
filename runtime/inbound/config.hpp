// InboundConfig: the sources that take webhooks, each with what its connector's manifest says.
#pragma once

#include <string_view>
#include <vector>

#include "manifest/workspace.hpp"

namespace tenon::inbound {

struct InboundSource {
  SourceName name;
  NameHash hash;
  std::uint64_t max_body = 0;  // decoded, and on the wire
  WebhookSource settings;
  Webhook webhook;
  std::string release;
  bool synthetic = false;  // a model sends them
};

struct InboundConfig {
  NameHash tenant, workspace;
  ConfigVersion version;
  std::vector<InboundSource> sources;

  const InboundSource* find(std::string_view name) const;
  const InboundSource* find(NameHash hash) const;
};

// Of the sources with [sources.webhook] whose connector is installed; check_workspace has told of
// the others.
InboundConfig inbound_config(const Workspace& workspace, const std::vector<Manifest>& installed);

// "/webhooks/SOURCE" or "/webhooks/SOURCE/SECRET"; false for any other path.
struct InboundPath {
  std::string_view source, secret;
};
bool read_inbound_path(std::string_view path, InboundPath& out);
constexpr std::string_view kInboundPrefix = "/webhooks/";

}  // namespace tenon::inbound
