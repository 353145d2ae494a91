// Client: what of a manifest and a workspace an OAuth connection needs, as values of its own.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "egress/endpoint.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"
#include "oauth/grant.hpp"
#include "oauth/token_request.hpp"
#include "ports/secret_store.hpp"

namespace tenon::oauth {

struct Client {
  std::string destination;
  OAuth rules;              // of the manifest
  DestinationOAuth config;  // of the workspace
  Origin token_origin;
  std::string token_url, authorize_page;  // authorize_page: "" = nobody can agree there
  PeerPolicy peers = PeerPolicy::public_only;
  std::string ca_file;

  // Those that are asked for.
  const std::vector<std::string>& scopes() const {
    return config.scopes.empty() ? rules.scopes : config.scopes;
  }
  bool operator==(const Client&) const = default;
};

// invalid: no [oauth] on one of both sides, or an address cannot be made.
Result<Client> client_of(const Destination& destination, const Manifest& manifest,
                         const nlohmann::json& settings);

struct ClientSecrets {
  Secret secret, refresh_token, signing_key;
};
Result<ClientSecrets> read_secrets(const Client& client, SecretStore& store);

// Brings a stored grant in line with the configuration: another account or another first refresh
// token begins anew, new secrets of the client forget that a person was needed. True: it changed.
bool adopt(Grant& grant, const Client& client, const ClientSecrets& secrets);

// Can it get a token without a person?
bool renews_by_itself(const Client& client, const Grant& grant);
// Does an exchange spend the refresh token?
bool spends_refresh_token(const Client& client);

// invalid: the signing key is none. `id`: the assertion's own.
Result<TokenAsk> renewal_of(const Client& client, const ClientSecrets& secrets, const Grant& grant,
                            Time now, std::string id);
// With the code that the vendor gave to a person's browser.
TokenAsk code_exchange_of(const Client& client, const ClientSecrets& secrets, const Secret& code,
                          const Secret& verifier, const std::string& redirect_uri);
// The request itself. Wipe its body and headers after use.
HttpRequest request_of(const Client& client, TokenMessage message);

}  // namespace tenon::oauth
