// Tests of check_workspace and manifest_of: a workspace against the shipped manifests and one more.
#include "files.hpp"
#include "manifest/route_overlap.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

constexpr const char* kShop = R"([connector]
id = "shop"
version = "1.0.0"
title = "Shop"
abi = "1.0"
ops = ["deliver"]
[[setting]]
name = "store"
title = "Store"
required = true
[[setting]]
name = "region"
title = "Region"
pattern = "[a-z]{2,2}"
[[setting]]
name = "pages"
title = "Pages"
type = "integer"
[[setting]]
name = "url"
title = "Address"
type = "url"
default = "http://localhost:8099"
[[endpoint]]
name = "api"
host = "{label}.shop.com"
setting = "store"
[[endpoint]]
name = "hook"
setting = "url"
[[slot]]
name = "token"
kind = "header"
header = "Authorization"
[[slot]]
name = "extra"
kind = "basic"
required = false
[[action]]
name = "put"
title = "Put"
required_fields = ["email", "/name/last"]
optional_fields = ["/extra"]
[[action]]
name = "other"
title = "Other"
)";

constexpr const char* kGoodShop = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:WEB"
[[sources]]
name = "app"
write_key = "env:APP"
[[destinations]]
name = "d"
connector = "shop"
peers = "public_only"
[destinations.settings]
store = "my-store"
region = "de"
pages = 3
url = "https://shop.example.com/in"
[destinations.credentials]
token = "env:TOKEN"
[[routes]]
name = "r"
sources = ["web"]
destination = "d"
action = "put"
[routes.map]
email = "/traits/email"
name = { from = "/traits/name" }
"/extra/more" = "/traits/more"
)";

std::vector<Manifest> installed() {
  std::vector<Manifest> out;
  for (const char* version : {"1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"}) {
    auto one = parse_manifest(replaced(kShop, "1.0.0", version), "shop.toml");
    EXPECT_TRUE(one) << one.error().text();
    if (one) out.push_back(*one);
  }
  for (const char* name : {"webhook", "hubspot"}) {
    auto one = parse_manifest(source_file(std::string("manifests/") + name + ".toml"), name);
    EXPECT_TRUE(one) << one.error().text();
    if (one) out.push_back(*one);
  }
  return out;
}

std::string check(const std::string& text) {
  const auto workspace = parse_workspace(text, "w.toml");
  if (!workspace) return "does not parse: " + workspace.error().errors.front().text();
  std::string out;
  for (const auto& error : check_workspace(*workspace, installed())) out += error.text() + "\n";
  return out;
}

TEST(workspace_check, samples_pass) {
  for (const char* name : {"quickstart", "filters"}) {
    EXPECT_EQ(check(source_file(std::string("manifests/samples/") + name + ".toml")), "") << name;
  }
  EXPECT_EQ(check(kGoodShop), "");
}

TEST(workspace_check, newest_release_wins_and_a_pin_is_kept) {
  const auto all = installed();
  Destination d;
  d.connector = "shop";
  ASSERT_NE(manifest_of(d, all), nullptr);
  EXPECT_EQ(manifest_of(d, all)->version, "2.0.0-rc.1");
  d.release = "1.9.0";
  EXPECT_EQ(manifest_of(d, all)->version, "1.9.0");
  d.release = "1.9.1";
  EXPECT_EQ(manifest_of(d, all), nullptr);
  d.connector = "none";
  d.release = "";
  EXPECT_EQ(manifest_of(d, all), nullptr);
  const std::vector<Manifest> numbers(all.begin(), all.begin() + 3);
  d.connector = "shop";
  EXPECT_EQ(manifest_of(d, numbers)->version, "1.10.0");
}

struct CheckCase {
  const char* name;
  const char* from;
  const char* to;
  const char* wanted;
};
class CheckMistake : public testing::TestWithParam<CheckCase> {};

TEST_P(CheckMistake, is_an_error_at_its_place) {
  const auto& one = GetParam();
  const auto found = check(replaced(kGoodShop, one.from, one.to));
  EXPECT_EQ(found.compare(0, std::string(one.wanted).size(), one.wanted), 0)
      << "wanted " << one.wanted << "\nfound  " << found;
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 1) << found;
}

const CheckCase kCheckMistakes[] = {
    {"connector", "\"shop\"", "\"shpo\"",
     "w.toml:12:1: destinations[d].connector: wanted an installed connector, found \"shpo\"; did "
     "you"
     " mean \"shop\"?"},
    {"release", "\"shop\"", "\"shop@3.0.0\"",
     "w.toml:12:1: destinations[d].connector: wanted an installed release of shop, found \"3.0.0\";"
     " known here: 1.0.0, 1.10.0, 1.9.0, 2.0.0-rc.1"},
    {"setting_missing", "store = \"my-store\"\n", "",
     "w.toml:14:15: destinations[d].settings.store: wanted a string (Store), found nothing; add "
     "it"},
    {"setting_unknown", "pages = 3", "page = 3",
     "w.toml:17:1: destinations[d].settings.page: wanted a setting of shop@2.0.0-rc.1, found"
     " \"page\"; did you mean \"pages\"?"},
    {"setting_type", "pages = 3", "pages = \"3\"",
     "w.toml:17:1: destinations[d].settings.pages: wanted a integer, found string"},
    {"setting_pattern", "\"de\"", "\"DE\"",
     "w.toml:16:1: destinations[d].settings.region: wanted a text of the form [a-z]{2,2}, found"},
    {"label", "\"my-store\"", "\"evil.com/\"",
     "w.toml:15:1: destinations[d].settings.store: wanted one label of a host name"},
    {"label_dash", "\"my-store\"", "\"-x\"",
     "w.toml:15:1: destinations[d].settings.store: wanted one"},
    {"url_shape", "https://shop.example.com/in", "shop.example.com",
     "w.toml:18:1: destinations[d].settings.url: wanted http or https, a host and perhaps a port "
     "and"
     " a path, found no URL"},
    {"url_user", "https://shop.example.com/in", "https://u:p@shop.example.com",
     "w.toml:18:1: destinations[d].settings.url: wanted http or https, a host and perhaps a port "
     "and"
     " a path, found a user or password in the URL; use a credential"},
    {"url_http", "https://shop", "http://shop",
     "w.toml:18:1: destinations[d].settings.url: wanted https, found http; plain http needs peers"},
    {"url_loopback", "https://shop.example.com/in", "http://127.0.0.1:8080",
     "w.toml:18:1: destinations[d].settings.url: wanted a public address, found one of this "
     "machine;"
     " if that is meant, write peers = \"allow_loopback\""},
    {"url_private", "https://shop.example.com/in", "https://10.0.0.1",
     "w.toml:18:1: destinations[d].settings.url: wanted a public address, found a private one"},
    {"url_default", "url = \"https://shop.example.com/in\"\n", "",
     "w.toml:14:15: destinations[d].settings.url: wanted a public address, found one of this "
     "machine"},
    {"slot_missing", "token = \"env:TOKEN\"", "extra = \"env:TOKEN\"",
     "w.toml:19:15: destinations[d].credentials.token: wanted a reference to a secret, found"},
    {"slot_unknown", "token = \"env:TOKEN\"", "token = \"env:TOKEN\"\nextar = \"env:X\"",
     "w.toml:21:1: destinations[d].credentials.extar: wanted a slot of shop@2.0.0-rc.1, found"
     " \"extar\"; did you mean \"extra\"?"},
    {"action", "\"put\"", "\"putt\"",
     "w.toml:25:1: routes[r].action: wanted an action of shop@2.0.0-rc.1, found \"putt\"; did you"},
    {"field_missing", "email = \"/traits/email\"\n", "",
     "w.toml:26:9: routes[r].map: wanted the field /email, which put requires, found no rule"},
    {"field_unknown", "\"/extra/more\"", "\"emial\"",
     "w.toml:29:1: routes[r].map.emial: wanted a field of put, found \"/emial\"; did you mean"},
    {"field_unknown_pointer", "\"/extra/more\"", "\"/extras/more\"",
     "w.toml:29:1: routes[r].map./extras/more: wanted a field of put, found \"/extras/more\""},
    {"no_mapping",
     "[routes.map]\nemail = \"/traits/email\"\nname = { from = \"/traits/name\" }\n"
     "\"/extra/more\" = \"/traits/more\"\n",
     "", "w.toml:21:1: routes[r].map: wanted a mapping that gives /email and the other required"},
};
INSTANTIATE_TEST_SUITE_P(all, CheckMistake, testing::ValuesIn(kCheckMistakes),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(workspace_check, peers_open_what_they_name) {
  const struct {
    const char* peers;
    const char* url;
    bool good;
  } kCases[] = {
      {"allow_loopback", "http://127.0.0.1:1", true},
      {"allow_private", "http://127.0.0.1:1", true},
      {"allow_private", "http://10.0.0.1", true},
      {"allow_loopback", "http://10.0.0.1", false},
      {"allow_loopback", "http://8.8.8.8", false},
      {"allow_private", "http://8.8.8.8", false},
      {"allow_private", "http://inner.example", true},
      {"public_only", "https://[::1]", false},
      {"public_only", "https://hooks.example", true},
  };
  for (const auto& one : kCases) {
    auto text = replaced(kGoodShop, "public_only", one.peers);
    text = replaced(text, "https://shop.example.com/in", one.url);
    EXPECT_EQ(check(text).empty(), one.good) << one.peers << " " << one.url << " " << check(text);
  }
}

// Two routes to the same destination and action; `a` and `b` are their lines before the mapping.
std::string pair_check(const std::string& a, const std::string& b) {
  std::string text = replaced(kGoodShop, "\"put\"", "\"other\"");
  text = text.substr(0, text.find("[[routes]]"));
  for (const auto& [name, lines] : {std::pair("one", a), std::pair("two", b)}) {
    text += std::string("[[routes]]\nname = \"") + name +
            "\"\ndestination = \"d\"\naction = \"other\"\n" + lines + "\n";
  }
  return check(text);
}

TEST(workspace_check, routes_that_may_give_the_same_delivery_are_refused) {
  const std::pair<const char*, const char*> kApart[] = {
      {"sources = [\"web\"]", "sources = [\"app\"]"},
      {"when = { type = \"track\" }", "when = { type = [\"page\", \"screen\"] }"},
      {"when = { event = \"A\" }", "when = { event = [\"B\", \"C\"] }"},
      {"when = { type = \"track\", event = \"A\" }", "when = { type = \"track\", event = \"B\" }"},
      {"when = { type = \"track\" }", "when = { not = { type = [\"track\", \"page\"] } }"},
      {"when = { any = [{ event = \"A\" }, { event = \"B\" }] }", "when = { event = \"C\" }"},
      {"when = { all = [{ type = \"track\" }, { exists = \"/userId\" }] }",
       "when = { type = \"identify\" }"},
      {"when = { eq = { \"/properties/plan\" = \"a\" } }",
       "when = { in = { \"/properties/plan\" = [\"b\", \"c\"] } }"},
      {"when = { eq = { \"/properties/plan\" = \"a\" } }",
       "when = { not = { eq = { \"/properties/plan\" = \"a\" } } }"},
      {"when = { type = \"track\", not = { type = \"track\" } }", ""},
  };
  for (const auto& [a, b] : kApart) {
    EXPECT_EQ(pair_check(a, b), "") << a << " | " << b;
    EXPECT_EQ(pair_check(b, a), "") << b << " | " << a;
  }
  const std::pair<const char*, const char*> kTogether[] = {
      {"", ""},
      {"sources = [\"web\"]", ""},
      {"sources = [\"web\", \"app\"]", "sources = [\"app\"]"},
      {"when = { type = \"track\" }", "when = { type = [\"page\", \"track\"] }"},
      {"when = { type = \"track\" }", "when = { event = \"A\" }"},
      {"when = { type = \"track\" }", "when = { not = { event = \"A\" } }"},
      {"when = { not = { type = \"track\" } }", "when = { not = { type = \"page\" } }"},
      {"when = { any = [{ event = \"A\" }, { exists = \"/userId\" }] }",
       "when = { event = \"B\" }"},
      {"when = { any = [{ event = \"A\" }, { event = \"B\" }] }", "when = { event = \"B\" }"},
      {"when = { gt = { \"/properties/n\" = 5 } }", "when = { lt = { \"/properties/n\" = 5 } }"},
      {"when = { eq = { \"/properties/n\" = 1 } }", "when = { eq = { \"/properties/n\" = 1.0 } }"},
      {"when = { eq = { \"/properties/n\" = 1 } }", "when = { eq = { \"/properties/n\" = 2 } }"},
  };
  for (const auto& [a, b] : kTogether) {
    const auto found = pair_check(a, b);
    EXPECT_NE(found.find("routes[two]: wanted at most one route to d with other for any event,"
                         " found that \"one\" may take the same event"),
              std::string::npos)
        << a << " | " << b << " | " << found;
  }
}

}  // namespace
}  // namespace tenon
