// [oauth] of a manifest and [destinations.oauth] of a workspace: every key, every mistake.
#include <array>

#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

const std::string kHead = R"([connector]
id = "crm"
version = "1.0.0"
title = "CRM"
abi = "1.0"
ops = ["deliver"]
[[setting]]
name = "login"
title = "Login"
type = "url"
[[endpoint]]
name = "api"
host = "api.crm.com"
[[endpoint]]
name = "agree"
setting = "login"
optional = true
[[slot]]
name = "token"
kind = "header"
header = "Authorization"
[[slot]]
name = "key"
kind = "query"
parameter = "key"
required = false
[[action]]
name = "put"
title = "Put"
open_fields = true
)";
const std::string kOAuth = R"([oauth]
slot = "token"
grants = ["client_credentials", "authorization_code"]
endpoint = "api"
token_path = "/oauth/token"
authorize_endpoint = "agree"
authorize_path = "/oauth/authorize"
client_auth = "post"
scopes = ["read", "write"]
refresh_at = 70
token_parameters = ["audience=crm"]
authorize_parameters = ["access_type=offline"]
audience = "https://crm.com"
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(OauthSection, EveryKey) {
  const auto manifest = parse_manifest(kHead + kOAuth, "crm.toml");
  ASSERT_TRUE(manifest) << manifest.error().text();
  ASSERT_TRUE(manifest->oauth);
  OAuth wanted;
  wanted.slot = "token";
  wanted.grants = {"client_credentials", "authorization_code"};
  wanted.endpoint = "api";
  wanted.token_path = "/oauth/token";
  wanted.authorize_endpoint = "agree";
  wanted.authorize_path = "/oauth/authorize";
  wanted.client_in_body = true;
  wanted.scopes = {"read", "write"};
  wanted.refresh_at = 70;
  wanted.token_parameters = {"audience=crm"};
  wanted.authorize_parameters = {"access_type=offline"};
  wanted.audience = "https://crm.com";
  EXPECT_TRUE(*manifest->oauth == wanted);
  EXPECT_FALSE(parse_manifest(kHead, "crm.toml")->oauth);
}

TEST(OauthSection, Mistakes) {
  const std::vector<std::array<const char*, 3>> cases{
      {"slot = \"token\"", "slot = \"tokens\"", "wanted a declared slot of kind \"header\""},
      {"slot = \"token\"", "slot = \"key\"", "wanted a declared slot of kind \"header\""},
      {"endpoint = \"api\"", "endpoint = \"apis\"", "did you mean \"api\"?"},
      {"\"client_credentials\"", "\"password\"", "password"},
      {", \"authorization_code\"]", "]", "found one of them"},
      {"authorize_endpoint = \"agree\"\n", "", "found one of them"},
      {"refresh_at = 70", "refresh_at = 99", "refresh_at"},
      {"\"audience=crm\"", "\"audience\"", "name=value"},
      {"\"access_type=offline\"", "\"=offline\"", "name=value"},
      {"token_path = \"/oauth/token\"", "token_path = \"oauth\"", "token_path"},
  };
  for (const auto& [from, to, says] : cases) {
    const auto manifest = parse_manifest(kHead + replaced(kOAuth, from, to), "crm.toml");
    ASSERT_FALSE(manifest) << from;
    EXPECT_NE(manifest.error().text().find(says), std::string::npos) << manifest.error().text();
  }
  const auto without = parse_manifest(replaced(kHead, "optional = true\n", ""), "crm.toml");
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().text().find("optional = true"), std::string::npos);
}

const std::string kWorkspace = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:KEY"
[[destinations]]
name = "crm"
connector = "crm"
)";
const std::string kByCode = R"([destinations.oauth]
grant = "authorization_code"
client_id = "c1"
client_secret = "env:SECRET"
scopes = ["read"]
[destinations.settings]
login = "https://login.crm.com"
)";

std::string problems(const std::string& text) {
  const auto workspace = parse_workspace(text, "w.toml");
  std::string out;
  if (!workspace) {
    for (const auto& error : workspace.error().errors) out += error.text() + "\n";
    return out;
  }
  const auto manifest = parse_manifest(kHead + kOAuth, "crm.toml");
  for (const auto& error : check_workspace(*workspace, {*manifest})) out += error.text() + "\n";
  return out;
}

TEST(OauthSection, ADestination) {
  EXPECT_EQ(problems(kWorkspace + kByCode), "");
  const auto workspace = parse_workspace(kWorkspace + kByCode, "w.toml");
  ASSERT_TRUE(workspace);
  DestinationOAuth wanted;
  wanted.grant = "authorization_code";
  wanted.client_id = "c1";
  wanted.client_secret = "env:SECRET";
  wanted.scopes = {"read"};
  EXPECT_TRUE(workspace->destinations.front().oauth == wanted);
}

TEST(OauthSection, MistakesOfADestination) {
  const std::vector<std::array<const char*, 3>> cases{
      {"grant = \"authorization_code\"", "grant = \"jwt_bearer\"", "signing_key"},
      {"grant = \"authorization_code\"", "grant = \"jwt_bearer\"\nsigning_key = \"env:K\"",
       "wanted a grant that crm@1.0.0 knows"},
      {"grant = \"authorization_code\"", "grant = \"password\"", "password"},
      {"grant = \"authorization_code\"\n", "", "client_credentials"},
      {"client_id = \"c1\"\n", "", "client_id"},
      {"\"env:SECRET\"", "\"s3cr3t\"", "client_secret"},
      {"client_secret", "refresh_token = \"env:R\"\nclient_secret", "wanted no such key"},
      {"client_secret", "subject = \"ada\"\nclient_secret", "wanted no such key"},
      {"scopes = [\"read\"]", "scopes = [\"delete\"]", "wanted scopes of crm@1.0.0"},
      {"login = \"https://login.crm.com\"\n", "", "the address that [destinations.oauth] needs"},
      {"[destinations.settings]",
       "[destinations.credentials]\ntoken = \"env:T\"\n"
       "[destinations.settings]",
       "found both"},
  };
  for (const auto& [from, to, says] : cases) {
    const auto found = problems(kWorkspace + replaced(kByCode, from, to));
    EXPECT_NE(found.find(says), std::string::npos) << from << " -> " << to << ": " << found;
    EXPECT_EQ(found.find("s3cr3t"), std::string::npos) << found;
  }
  const auto neither = problems(kWorkspace);
  EXPECT_NE(neither.find("or [destinations.oauth]"), std::string::npos) << neither;
}

}  // namespace
}  // namespace tenon
