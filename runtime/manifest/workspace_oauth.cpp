// The part of a destination about OAuth: the grant, and where its secrets are.
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

constexpr std::size_t kMaxScopes = 64;
constexpr std::size_t kMaxTextBytes = 256;

std::string read_reference(LooseReader& table, const char* key) {
  const auto reference = table.text(key).value_or("");
  if (!reference.empty()) check_secret(table, key, reference);
  return reference;
}

// As it goes into a request: visible ASCII.
std::string read_plain(LooseReader& table, const char* key) {
  const auto text = table.text(key).value_or("");
  if (text.size() > kMaxTextBytes || !forms::printable.good(text)) {
    table.fail(key, "wanted at most 256 printable ASCII characters, found other ones or more");
  }
  return text;
}

// A key that another grant uses is most likely a mistake about the grant.
void check_used(LooseReader& table, const char* key, bool used, const std::string& grant) {
  if (table.has(key) && !used) {
    table.fail(key, "wanted no such key with the grant \"" + grant + "\"; remove it");
  } else if (used && !table.has(key)) {
    table.missing(key, "a reference such as \"vault:shop/" + std::string(key) + "\"");
  }
}

}  // namespace

void read_destination_oauth(LooseReader& parent, Destination& out) {
  const auto* node = parent.table("oauth");
  if (node == nullptr) return;
  LooseReader table(parent.report(), *node, parent.path("oauth"));
  DestinationOAuth oauth;
  if (auto v = table.one_of(
          "grant", {"client_credentials", "refresh_token", "authorization_code", "jwt_bearer"})) {
    oauth.grant = *v;
  } else if (!table.has("grant")) {
    table.missing("grant", "a grant such as \"client_credentials\"");
  }
  oauth.client_id = read_plain(table, "client_id");
  if (oauth.client_id.empty()) table.missing("client_id", "the client's id at the vendor");
  oauth.client_secret = read_reference(table, "client_secret");
  oauth.refresh_token = read_reference(table, "refresh_token");
  oauth.signing_key = read_reference(table, "signing_key");
  oauth.key_id = read_plain(table, "key_id");
  oauth.subject = read_plain(table, "subject");
  oauth.scopes = table.texts("scopes", kMaxScopes);
  const auto& grant = oauth.grant;
  const bool by_key = grant == "jwt_bearer";
  if (!grant.empty()) {
    check_used(table, "refresh_token", grant == "refresh_token", grant);
    check_used(table, "signing_key", by_key, grant);
    if (grant == "client_credentials" && oauth.client_secret.empty()) {
      table.missing("client_secret", "a reference such as \"vault:shop/client_secret\"");
    }
    for (const char* key : {"key_id", "subject"}) {
      if (!by_key && table.has(key)) check_used(table, key, false, grant);
    }
  }
  table.finish();
  out.oauth = std::move(oauth);
}

}  // namespace tenon::manifest
