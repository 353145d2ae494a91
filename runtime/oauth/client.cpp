// From configuration to requests for tokens.
#include "oauth/client.hpp"

#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "oauth/assertion.hpp"
#include "oauth/token_reply.hpp"

namespace tenon::oauth {
namespace {

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

bool is(const Client& client, std::string_view grant) { return client.config.grant == grant; }

Result<Origin> origin_of(const Destination& destination, const Manifest& manifest,
                         const std::string& name, const nlohmann::json& settings) {
  const Endpoint* endpoint = manifest.endpoint(name);
  if (endpoint == nullptr) return invalid("wanted a declared endpoint, found none", name);
  return origin_for(destination, *endpoint, settings);
}

Result<Secret> read_one(SecretStore& store, const std::string& reference, const char* key) {
  if (reference.empty()) return Secret();
  auto secret = store.get(reference);
  if (!secret) return std::move(secret.error()).in(std::string("oauth.") + key);
  if (secret->empty()) {
    return unauthorized("wanted a secret, found an empty text behind its reference",
                        std::string("oauth.") + key);
  }
  return secret;
}

std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string text;
  std::size_t size = 0;
  for (const auto part : parts) size += part.size() + 1;
  text.reserve(size);
  for (const auto part : parts) text.append(part).append(1, '\0');
  auto digest = digest_hex(text);
  wipe(text);
  return digest;
}

void add_parameters(TokenAsk& ask, const std::vector<std::string>& parameters) {
  for (const auto& one : parameters) {
    const auto at = one.find('=');
    if (at != std::string::npos) ask.add(one.substr(0, at), std::string_view(one).substr(at + 1));
  }
}

TokenAsk asked_by(const Client& client, const ClientSecrets& secrets) {
  TokenAsk ask;
  ask.client_id = client.config.client_id;
  ask.client_secret = secrets.secret.copy();
  ask.client_in_body = client.rules.client_in_body;
  return ask;
}

}  // namespace

Result<Client> client_of(const Destination& destination, const Manifest& manifest,
                         const nlohmann::json& settings) {
  const std::string place = "destination " + destination.name.value;
  if (!destination.oauth || !manifest.oauth) {
    return invalid("wanted [oauth] in the manifest and [destinations.oauth], found one of them",
                   place);
  }
  Client out;
  out.destination = destination.name.value;
  out.rules = *manifest.oauth;
  out.config = *destination.oauth;
  out.ca_file = destination.ca_file;
  TENON_TRY_AS(out.peers, peers_of(destination));
  auto origin = origin_of(destination, manifest, out.rules.endpoint, settings);
  if (!origin) return std::move(origin.error()).in(place);
  out.token_origin = std::move(*origin);
  out.token_url = text_of(out.token_origin) + target_of(out.token_origin, out.rules.token_path, "");
  if (!is(out, "authorization_code")) return out;
  auto page = origin_of(destination, manifest, out.rules.authorize_endpoint, settings);
  if (!page) return std::move(page.error()).in(place);
  out.authorize_page = text_of(*page) + target_of(*page, out.rules.authorize_path, "");
  return out;
}

Result<ClientSecrets> read_secrets(const Client& client, SecretStore& store) {
  const std::string place = "destination " + client.destination;
  ClientSecrets out;
  const auto read = [&](Secret& to, const std::string& reference, const char* key) -> Result<void> {
    auto secret = read_one(store, reference, key);
    if (!secret) return std::move(secret.error()).in(place);
    to = std::move(*secret);
    return {};
  };
  TENON_TRY(read(out.secret, client.config.client_secret, "client_secret"));
  TENON_TRY(read(out.refresh_token, client.config.refresh_token, "refresh_token"));
  TENON_TRY(read(out.signing_key, client.config.signing_key, "signing_key"));
  return out;
}

bool adopt(Grant& grant, const Client& client, const ClientSecrets& secrets) {
  // A token that was refreshed or agreed to keeps its scopes; another set needs it anew.
  const bool by_scope = is(client, "client_credentials") || is(client, "jwt_bearer");
  const auto seed = digest_of({client.config.grant, client.config.client_id, client.token_url,
                               client.config.subject, by_scope ? joined(client.scopes()) : "",
                               secrets.refresh_token.reveal()});
  const auto keys = digest_of({secrets.secret.reveal(), secrets.signing_key.reveal()});
  if (grant.seed != seed) {
    Grant anew;
    anew.generation = grant.generation;  // numbers are never used again
    anew.begun = grant.begun;
    anew.refresh_token = secrets.refresh_token.copy();
    anew.seed = seed;
    anew.keys = keys;
    grant = std::move(anew);
    return true;
  }
  if (grant.keys == keys) return false;
  grant.keys = keys;
  grant.reconnect.clear();
  return true;
}

bool spends_refresh_token(const Client& client) {
  return is(client, "refresh_token") || is(client, "authorization_code");
}

bool renews_by_itself(const Client& client, const Grant& grant) {
  return !spends_refresh_token(client) || !grant.refresh_token.empty();
}

Result<TokenAsk> renewal_of(const Client& client, const ClientSecrets& secrets, const Grant& grant,
                            Time now, std::string id) {
  TokenAsk ask = asked_by(client, secrets);
  const auto scope = joined(client.scopes());
  if (is(client, "jwt_bearer")) {
    Claims claims;
    claims.issuer = client.config.client_id;
    claims.subject = client.config.subject;
    claims.audience = client.rules.audience.empty() ? client.token_url : client.rules.audience;
    claims.id = std::move(id);
    claims.scope = scope;
    claims.key_id = client.config.key_id;
    claims.now = now;
    auto assertion = make_assertion(claims, secrets.signing_key);
    if (!assertion) {
      return std::move(assertion.error()).in("destination " + client.destination + ", oauth");
    }
    ask.grant_type = kJwtBearer;
    ask.parameters.emplace_back("assertion", std::move(*assertion));
    if (ask.client_secret.empty()) ask.client_id.clear();  // the assertion says who asks
  } else if (spends_refresh_token(client)) {
    // Without a scope: what was granted stays as it is.
    ask.grant_type = "refresh_token";
    ask.add("refresh_token", grant.refresh_token.reveal());
  } else {
    ask.grant_type = "client_credentials";
  }
  if (!spends_refresh_token(client) && !scope.empty()) ask.add("scope", scope);
  add_parameters(ask, client.rules.token_parameters);
  return ask;
}

TokenAsk code_exchange_of(const Client& client, const ClientSecrets& secrets, const Secret& code,
                          const Secret& verifier, const std::string& redirect_uri) {
  TokenAsk ask = asked_by(client, secrets);
  ask.grant_type = "authorization_code";
  ask.add("code", code.reveal());
  ask.add("redirect_uri", redirect_uri);
  ask.add("code_verifier", verifier.reveal());
  add_parameters(ask, client.rules.token_parameters);
  return ask;
}

HttpRequest request_of(const Client& client, TokenMessage message) {
  HttpRequest out;
  out.tls = client.token_origin.tls;
  out.host = client.token_origin.host;
  out.port = client.token_origin.port;
  out.method = "POST";
  out.target = target_of(client.token_origin, client.rules.token_path, "");
  out.headers = std::move(message.headers);
  out.body = std::move(message.body);
  out.peers = client.peers;
  out.ca_file = client.ca_file;
  out.max_reply = Bytes{kMaxTokenReplyBytes};
  return out;
}

}  // namespace tenon::oauth
