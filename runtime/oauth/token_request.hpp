// token_message: the request to a token endpoint as RFC 6749 writes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "ports/http_client.hpp"

namespace tenon::oauth {

struct TokenAsk {
  std::string grant_type;
  std::vector<std::pair<std::string, Secret>> parameters;  // in this order
  std::string client_id;  // "" = the request says by itself who asks (an assertion)
  Secret client_secret;   // empty = a client without one
  bool client_in_body = false;

  void add(std::string name, std::string_view value) {
    parameters.emplace_back(std::move(name), Secret(std::string(value)));
  }
};

// Holds secrets: `wipe` the body when it has been sent.
struct TokenMessage {
  HttpHeaders headers;
  std::string body;
};
TokenMessage token_message(const TokenAsk& ask);

// The page where a person agrees. `parameters`: "name=value" of the manifest.
struct AuthorizeAsk {
  std::string page;  // address without a query
  std::string client_id, redirect_uri, state, challenge;
  std::vector<std::string> scopes, parameters;
};
std::string authorize_url(const AuthorizeAsk& ask);

// PKCE (RFC 7636): a verifier of 43 characters, and its challenge by S256.
std::string verifier_of(std::string_view random_bytes);
std::string challenge_of(std::string_view verifier);
// Scopes as one text, parted by spaces.
std::string joined(const std::vector<std::string>& words);
// base64url without padding.
std::string base64url(std::string_view bytes);

}  // namespace tenon::oauth
