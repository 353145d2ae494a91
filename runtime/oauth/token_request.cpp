// Forms, client authentication and PKCE.
#include "oauth/token_request.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/base64.hpp"
#include "egress/slots.hpp"

namespace tenon::oauth {
namespace {

std::size_t escaped_size(std::string_view text) { return 3 * text.size() + 2; }

void put(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  out += percent_encode(name);
  out += '=';
  std::string encoded = percent_encode(value);
  out += encoded;
  wipe(encoded);
}

}  // namespace

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

TokenMessage token_message(const TokenAsk& ask) {
  TokenMessage out;
  out.headers = {{"content-type", "application/x-www-form-urlencoded"},
                 {"accept", "application/json"},
                 {"user-agent", "tenon/1"}};
  std::size_t most = 256 + escaped_size(ask.grant_type) + escaped_size(ask.client_id) +
                     escaped_size(ask.client_secret.reveal());
  for (const auto& [name, value] : ask.parameters) {
    most += escaped_size(name) + escaped_size(value.reveal());
  }
  out.body.reserve(most);  // no growth, which would leave secrets behind
  put(out.body, "grant_type", ask.grant_type);
  for (const auto& [name, value] : ask.parameters) put(out.body, name, value.reveal());
  const bool has_secret = !ask.client_secret.empty();
  if (has_secret && !ask.client_in_body) {
    std::string pair = percent_encode(ask.client_id);
    std::string secret = percent_encode(ask.client_secret.reveal());
    pair += ':';
    pair += secret;
    out.headers.emplace_back("authorization", "Basic " + to_base64(pair));
    wipe(pair);
    wipe(secret);
  } else if (!ask.client_id.empty()) {
    put(out.body, "client_id", ask.client_id);
    if (has_secret) put(out.body, "client_secret", ask.client_secret.reveal());
  }
  return out;
}

std::string authorize_url(const AuthorizeAsk& ask) {
  std::string query;
  put(query, "response_type", "code");
  put(query, "client_id", ask.client_id);
  put(query, "redirect_uri", ask.redirect_uri);
  if (!ask.scopes.empty()) put(query, "scope", joined(ask.scopes));
  put(query, "state", ask.state);
  put(query, "code_challenge", ask.challenge);
  put(query, "code_challenge_method", "S256");
  for (const auto& one : ask.parameters) {
    const auto at = one.find('=');
    put(query, one.substr(0, at), at == std::string::npos ? "" : one.substr(at + 1));
  }
  return ask.page + "?" + query;
}

std::string base64url(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  out.pop_back();  // its zero byte
  return out;
}

std::string verifier_of(std::string_view random_bytes) { return base64url(random_bytes); }

std::string challenge_of(std::string_view verifier) {
  std::string hash(32, '\0');
  EVP_Digest(verifier.data(), verifier.size(), reinterpret_cast<unsigned char*>(hash.data()),
             nullptr, EVP_sha256(), nullptr);
  return base64url(hash);
}

}  // namespace tenon::oauth
