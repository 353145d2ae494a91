// Endpoints: fixed hosts, templated labels, operators' URLs; each checked again after parsing.
#include "egress/endpoint.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "egress/check.hpp"
#include "manifest/words.hpp"

namespace tenon {
namespace {

using manifest::is_host_label;

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxOperatorUrlBytes = 2'048;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 120)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out + "\"";
}

// A DNS name. One whose last label looks like a number would be an address to some parsers.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  std::string_view rest = host, label;
  while (true) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_host_label(label)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  const bool digits =
      std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !digits && !label.starts_with("0x");
}

Result<std::string> text_setting(const Endpoint& endpoint, const nlohmann::json& settings) {
  const bool there = settings.is_object() && settings.contains(endpoint.setting);
  if (!there || !settings[endpoint.setting].is_string()) {
    return invalid("endpoint " + endpoint.name + " needs this setting as a text, found " +
                       (there ? settings[endpoint.setting].type_name() : "none"),
                   "settings." + endpoint.setting);
  }
  return settings[endpoint.setting].get<std::string>();
}

Result<std::string> templated_host(const Endpoint& endpoint, const std::string& label) {
  if (!is_host_label(label)) {
    return invalid("wanted one label of a-z, 0-9 and \"-\", found " + in_quotes(label),
                   "settings." + endpoint.setting);
  }
  const auto open = endpoint.host.find('{');
  const auto close = endpoint.host.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) {
    return invalid("wanted a host like {label}.vendor.com, found " + in_quotes(endpoint.host),
                   "endpoint " + endpoint.name);
  }
  return endpoint.host.substr(0, open) + label + endpoint.host.substr(close + 1);
}

Error bad_url(std::string_view wanted, std::string_view url) {
  return invalid("wanted " + std::string(wanted) + ", found " + in_quotes(url));
}

}  // namespace

Result<PeerPolicy> parse_peers(std::string_view text) {
  if (text == "public_only") return PeerPolicy::public_only;
  if (text == "allow_loopback") return PeerPolicy::allow_loopback;
  if (text == "allow_private") return PeerPolicy::allow_private;
  return invalid("wanted public_only, allow_loopback or allow_private, found " + in_quotes(text),
                 "peers");
}

Result<Origin> parse_origin(std::string_view text, PeerPolicy peers) {
  if (text.size() > kMaxOperatorUrlBytes) return bad_url("a URL of at most 2048 bytes", text);
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return bad_url("a URL like https://host/path", text);
  const boost::urls::url_view url = *parsed;
  // Printing its parts again must give the same bytes: else two parsers could disagree.
  const std::string scheme(url.scheme()), host(url.encoded_host()), port(url.port());
  const std::string path(url.encoded_path());
  if (scheme != "https" && scheme != "http") return bad_url("the scheme https", text);
  if (url.has_userinfo()) return bad_url("no user or password (credentials go into a slot)", text);
  if (url.has_query() || url.has_fragment()) return bad_url("no query and no fragment", text);
  if (scheme == "http" && peers == PeerPolicy::public_only) {
    return bad_url("https (http is only for peers = \"allow_loopback\" or \"allow_private\")",
                   text);
  }
  std::string again = scheme + "://" + host;
  if (url.has_port()) again += ":" + port;
  again += path;
  if (again != text || (!path.empty() && path[0] != '/')) {
    return bad_url("a URL that every parser reads alike", text);
  }
  Origin origin;
  origin.tls = scheme == "https";
  origin.port = origin.tls ? 443 : 80;
  if (url.has_port()) {
    origin.port = url.port_number();
    if (origin.port == 0 || std::to_string(origin.port) != port) {
      return bad_url("a port from 1 to 65535", text);
    }
  }
  switch (url.host_type()) {
    case boost::urls::host_type::ipv4: origin.host = host; break;
    case boost::urls::host_type::ipv6:
      origin.host = host.substr(1, host.size() - 2);
      if (origin.host.find('%') != std::string::npos) return bad_url("no zone in an address", text);
      break;
    default:
      origin.host = lower(host);
      if (!is_host_name(origin.host)) {
        return bad_url("a host name of labels a-z, 0-9 and \"-\", or a plain address", text);
      }
  }
  if (!path.empty()) {
    auto checked = check_path(path);
    if (!checked) return std::move(checked.error());
    if (path != "/") origin.base_path = path;
  }
  return origin;
}

Result<Origin> resolve_endpoint(const Endpoint& endpoint, const nlohmann::json& settings,
                                PeerPolicy peers) {
  Origin origin;
  origin.base_path = endpoint.base_path;
  switch (endpoint.kind) {
    case EndpointKind::fixed: origin.host = endpoint.host; break;
    case EndpointKind::templated: {
      TENON_TRY_AS(const auto label, text_setting(endpoint, settings));
      TENON_TRY_AS(origin.host, templated_host(endpoint, label));
      break;
    }
    case EndpointKind::operator_set: {
      TENON_TRY_AS(const auto url, text_setting(endpoint, settings));
      auto parsed = parse_origin(url, peers);
      if (!parsed) return std::move(parsed.error()).in("settings." + endpoint.setting);
      // The manifest's own base path goes below the operator's.
      const auto below = std::move(origin.base_path);
      origin = std::move(*parsed);
      if (!below.empty()) origin.base_path = target_of(origin, below, "");
      return origin;
    }
  }
  if (!is_host_name(origin.host)) {
    return invalid("wanted a lower-case host name, found " + in_quotes(origin.host),
                   "endpoint " + endpoint.name);
  }
  return origin;
}

Result<PeerPolicy> peers_of(const Destination& destination) {
  if (!destination.model.empty()) return PeerPolicy::allow_loopback;
  return parse_peers(destination.peers);
}

Result<Origin> origin_for(const Destination& destination, const Endpoint& endpoint,
                          const nlohmann::json& settings) {
  TENON_TRY_AS(const auto peers, peers_of(destination));
  TENON_TRY_AS(auto origin, resolve_endpoint(endpoint, settings, peers));
  if (destination.model.empty()) return origin;
  auto model = parse_origin(destination.model, PeerPolicy::allow_loopback);
  if (!model) return std::move(model.error()).in("model");
  if (model->host != "127.0.0.1") {
    return invalid("wanted an address of this machine, found " + in_quotes(destination.model),
                   "model");
  }
  origin.tls = model->tls;
  origin.host = model->host;
  origin.port = model->port;
  return origin;
}

std::string target_of(const Origin& origin, std::string_view path, std::string_view query_text) {
  std::string out = origin.base_path;
  if (!path.empty()) {
    if (!out.empty() && out.back() == '/') out.pop_back();
    out += path;
  }
  if (out.empty()) out = "/";
  return out += query_text;
}

std::string text_of(const Origin& origin) {
  const bool v6 = origin.host.find(':') != std::string::npos;
  std::string out = origin.tls ? "https://" : "http://";
  out += v6 ? "[" + origin.host + "]" : origin.host;
  if (origin.port != (origin.tls ? 443 : 80)) out += ":" + std::to_string(origin.port);
  return out;
}

}  // namespace tenon
