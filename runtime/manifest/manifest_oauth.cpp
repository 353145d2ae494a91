// The part of a manifest about OAuth: which slot the token fills, and where the host asks for it.
#include <algorithm>

#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::string read_token_slot(TableReader& table, const Manifest& manifest) {
  const auto name = table.text("slot").value_or("");
  const auto* slot = manifest.slot(name);
  if (!name.empty() && (slot == nullptr || slot->kind != SlotKind::header)) {
    table.fail("slot", "wanted a declared slot of kind \"header\", found " + shown(name) +
                           "; add it as [[slot]] or name another");
  }
  return name;
}

std::string read_endpoint_name(TableReader& table, const char* key, const Manifest& manifest) {
  const auto name = table.text(key).value_or("");
  if (name.empty() || manifest.endpoint(name) != nullptr) return name;
  std::vector<std::string> known;
  for (const auto& endpoint : manifest.endpoints) known.push_back(endpoint.name);
  table.fail(key, "wanted a declared endpoint, found " + shown(name) + hint_for(name, known));
  return name;
}

std::vector<std::string> read_parameters(TableReader& table, const char* key) {
  auto all = table.texts(key);
  for (const auto& one : all) {
    const auto at = one.find('=');
    if (at == 0 || at == std::string::npos) {
      table.fail(key, "wanted parameters \"name=value\", found " + shown(one));
    }
  }
  return all;
}

}  // namespace

void read_oauth(TableReader& root, Manifest& out) {
  auto table = root.sub("oauth");
  OAuth oauth;
  oauth.slot = read_token_slot(table, out);
  oauth.grants = table.texts("grants");
  oauth.endpoint = read_endpoint_name(table, "endpoint", out);
  oauth.token_path = table.text("token_path").value_or("");
  oauth.authorize_endpoint = read_endpoint_name(table, "authorize_endpoint", out);
  oauth.authorize_path = table.text("authorize_path").value_or("");
  oauth.client_in_body = table.text("client_auth") == "post";
  oauth.scopes = table.texts("scopes");
  if (auto v = table.integer("refresh_at")) oauth.refresh_at = static_cast<std::uint32_t>(*v);
  oauth.token_parameters = read_parameters(table, "token_parameters");
  oauth.authorize_parameters = read_parameters(table, "authorize_parameters");
  oauth.audience = table.text("audience").value_or("");
  if (oauth.knows("authorization_code") != table.has("authorize_endpoint") && table.present()) {
    table.fail("authorize_endpoint",
               "wanted both the grant \"authorization_code\" and authorize_endpoint, found one of "
               "them");
  }
  table.finish();
  if (table.present()) out.oauth = std::move(oauth);
}

}  // namespace tenon::manifest

namespace tenon {

bool OAuth::knows(std::string_view grant) const {
  return std::find(grants.begin(), grants.end(), grant) != grants.end();
}

}  // namespace tenon
