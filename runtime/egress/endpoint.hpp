// resolve_endpoint: from an endpoint's name to the origin that requests go to (decision 16).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "ports/http_client.hpp"

namespace tenon {

struct Origin {
  bool tls = true;
  std::string host;  // lower-case name or address; an IPv6 address without brackets
  std::uint16_t port = 443;
  std::string base_path;  // "" or "/x", put in front of every path
  bool operator==(const Origin&) const = default;
};

// `settings`: the destination's, with the manifest's defaults.
//   invalid: a setting is missing or not what the endpoint needs; the context names it.
Result<Origin> resolve_endpoint(const Endpoint& endpoint, const nlohmann::json& settings,
                                PeerPolicy peers);

// The same for a destination: where a model stands in for the vendor, its address with the path
// that the vendor's would have; else resolve_endpoint under the destination's peers.
Result<Origin> origin_for(const Destination& destination, const Endpoint& endpoint,
                          const nlohmann::json& settings);
// Which addresses its requests may reach: those of this machine, if it has a model.
Result<PeerPolicy> peers_of(const Destination& destination);

// An operator's URL: https (http only where loopback or private peers are allowed), a host, a port,
// a base path; no user, query or fragment, and nothing that two parsers could read differently.
Result<Origin> parse_origin(std::string_view url, PeerPolicy peers);

// "public_only", "allow_loopback" or "allow_private".
Result<PeerPolicy> parse_peers(std::string_view text);

// The request target below an origin. An empty path means the base path as it stands.
std::string target_of(const Origin& origin, std::string_view path, std::string_view query_text);
// "https://host:port" with the port left out where it is the scheme's own.
std::string text_of(const Origin& origin);

}  // namespace tenon
