// [webhook] of a manifest and [sources.webhook] of a workspace: every key, every mistake.
#include <sstream>

#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

constexpr const char* kGood = R"([connector]
id = "crm"
version = "1.0.0"
title = "CRM"
abi = "1.0"
ops = ["webhook"]
[[setting]]
name = "region"
title = "Region"
required = true
[[slot]]
name = "secret"
kind = "signing"
[[slot]]
name = "verify"
kind = "signing"
[[slot]]
name = "token"
kind = "header"
header = "Authorization"
[webhook]
scheme = "hubspot/3"
slot = "secret"
window_s = 600
methods = ["POST", "PUT"]
content_types = ["application/json", "Text/JSON"]
headers = ["X-Topic"]
[webhook.challenge]
kind = "hub"
slot = "verify"
[webhook.reply]
status = 202
body = "ok"
content_type = "text/plain"
)";

constexpr const char* kOpen = R"([connector]
id = "crm"
version = "1.0.0"
title = "CRM"
abi = "1.0"
ops = ["webhook"]
[[slot]]
name = "secret"
kind = "signing"
[webhook]
scheme = "hmac-sha256/1"
slot = "secret"
header = "X-Sig"
prefix = "sha256="
encoding = "base64"
timestamp_header = "X-Time"
timestamp = "milliseconds"
id_header = "X-Id"
message = "{id}:{timestamp}:{url}:{body}"
)";

TEST(webhook_section, reads_every_key) {
  const auto parsed = parse_manifest(kGood, "crm.toml");
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_TRUE(parsed->webhook);
  const auto& webhook = *parsed->webhook;
  EXPECT_EQ(webhook.scheme.name, "hubspot/3");
  EXPECT_TRUE(webhook.scheme.signs_url());
  EXPECT_EQ(webhook.slot, "secret");
  EXPECT_EQ(webhook.window, seconds{600});
  EXPECT_EQ(webhook.methods, (std::vector<std::string>{"POST", "PUT"}));
  EXPECT_EQ(webhook.media_types, (std::vector<std::string>{"application/json", "text/json"}));
  EXPECT_EQ(webhook.headers, std::vector<std::string>{"x-topic"});
  EXPECT_EQ(webhook.challenge, Challenge::hub);
  EXPECT_EQ(webhook.challenge_slot, "verify");
  EXPECT_EQ(webhook.reply_status, 202u);
  EXPECT_EQ(webhook.reply_body, "ok");
  EXPECT_TRUE(parsed->is_inbound_slot("secret") && parsed->is_inbound_slot("verify"));
  EXPECT_FALSE(parsed->is_inbound_slot("token"));
  EXPECT_FALSE(parsed->is_needed_to_send(*parsed->slot("secret")));
  EXPECT_TRUE(parsed->is_needed_to_send(*parsed->slot("token")));
}

TEST(webhook_section, reads_the_columns_of_the_open_scheme) {
  const auto parsed = parse_manifest(kOpen, "crm.toml");
  ASSERT_TRUE(parsed) << parsed.error().text();
  const auto& scheme = parsed->webhook->scheme;
  EXPECT_EQ(scheme.header, "x-sig");
  EXPECT_EQ(scheme.tag, "sha256=");
  EXPECT_EQ(scheme.coding, SignatureCoding::base64);
  EXPECT_EQ(scheme.stamp, StampForm::milliseconds);
  EXPECT_EQ(scheme.stamp_header, "x-time");
  EXPECT_EQ(scheme.id_header, "x-id");
  EXPECT_EQ(scheme.message, "{id}:{timestamp}:{url}:{body}");
  EXPECT_EQ(parsed->webhook->methods, std::vector<std::string>{"POST"});
}

// What a manifest may say is what the host can verify, and what the README tells.
TEST(webhook_section, the_words_of_the_key_are_the_names_of_the_table) {
  std::vector<std::string> words;
  std::istringstream in{std::string(kWebhookSchemes)};
  for (std::string word; in >> word;) words.push_back(word);
  EXPECT_EQ(words, webhook_scheme_names());
  const auto readme = source_file("manifests/README.md");
  for (const auto& name : words) {
    EXPECT_NE(readme.find("\n| `" + name + "` |"), std::string::npos) << name;
  }
}

TEST(webhook_section, every_scheme_of_the_table_is_whole) {
  for (const auto& name : webhook_scheme_names()) {
    const auto* row = webhook_scheme(name);
    ASSERT_NE(row, nullptr) << name;
    if (row->kind == SignatureKind::path_secret) continue;
    EXPECT_EQ(mistake_in_message(row->message), "") << name;
    EXPECT_EQ(row->header.empty(), name == kOpenScheme) << name;
    const bool uses_time = row->message.find("{timestamp}") != std::string::npos;
    EXPECT_EQ(uses_time, row->stamp != StampForm::none) << name;
    EXPECT_EQ(row->message.find("{id}") != std::string::npos, !row->id_header.empty()) << name;
    const auto text = replaced(replaced(kGood, "hubspot/3", name), "window_s = 600\n",
                               uses_time ? "window_s = 600\n" : "");
    if (name != kOpenScheme) {
      EXPECT_TRUE(parse_manifest(text, "crm.toml")) << name;
    }
  }
}

struct Mistake {
  const char* name;
  const char* of;  // the good text
  const char* from;
  const char* to;
  const char* wanted;
};
class WebhookMistake : public testing::TestWithParam<Mistake> {};
TEST_P(WebhookMistake, is_an_error_at_its_place) {
  const auto& one = GetParam();
  const auto parsed = parse_manifest(replaced(one.of, one.from, one.to), "crm.toml");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text().find(one.wanted), std::string::npos) << parsed.error().text();
}
const Mistake kMistakes[] = {
    {"no_table", kOpen, "[webhook]", "[webhok]", "webhook: wanted a table [webhook] for the op"},
    {"no_op", kGood, "ops = [\"webhook\"]", "ops = [\"check\"]",
     "webhook: wanted \"webhook\" in connector.ops"},
    {"no_scheme", kGood, "scheme = \"hubspot/3\"\n", "", "webhook.scheme: wanted a signature"},
    {"scheme", kGood, "hubspot/3", "hubspot/2", "found \"hubspot/2\"; did you mean \"hubspot/3\"?"},
    {"no_slot", kGood, "slot = \"secret\"\nwin", "win", "webhook.slot: wanted the name of a slot"},
    {"slot_kind", kGood, "slot = \"secret\"", "slot = \"token\"",
     "webhook.slot: wanted a declared slot of kind \"signing\", found \"token\""},
    {"window", kGood, "600", "5", "webhook.window_s: wanted an integer from 10 to 86400"},
    {"window_without_time", kGood, "hubspot/3", "meta/1", "webhook.window_s: wanted no window"},
    {"method", kGood, "\"PUT\"", "\"GET\"",
     "webhook.methods: wanted one of POST, PUT; found \"GET\""},
    {"type", kGood, "Text/JSON", "json", "webhook.content_types: wanted a media type"},
    {"type_parameter", kGood, "Text/JSON", "a/b; c=d", "webhook.content_types: wanted a media"},
    {"header_form", kGood, "X-Topic", "X Topic", "webhook.headers: wanted letters, digits"},
    {"header_credential", kGood, "X-Topic", "Authorization",
     "webhook.headers: wanted headers that hold no credential"},
    {"header_cookie", kGood, "X-Topic", "cookie", "webhook.headers: wanted headers that hold no"},
    {"header_signature", kGood, "X-Topic", "X-HubSpot-Signature-v3",
     "webhook.headers: wanted headers other than the signature's"},
    {"challenge", kGood, "\"hub\"", "\"hubs\"", "webhook.challenge.kind: wanted one of"},
    {"challenge_no_slot", kGood, "slot = \"verify\"\n", "",
     "webhook.challenge.slot: wanted the slot"},
    {"challenge_stray", kGood, "kind = \"hub\"", "kind = \"echo\"",
     "webhook.challenge.slot: wanted no such key beside kind = \"echo\""},
    {"reply_status", kGood, "202", "500", "webhook.reply.status: wanted an integer from 200 to"},
    {"reply_type", kGood, "content_type = \"text/plain\"", "content_type = \"text\"",
     "webhook.reply.content_type: wanted a media type"},
    {"reply_204", kGood, "202", "204", "webhook.reply.body: wanted no body with status 204"},
    {"column", kGood, "window_s = 600", "header = \"X\"",
     "webhook.header: wanted no such key beside scheme = \"hubspot/3\""},
    {"unknown", kGood, "window_s", "windows", "webhook.windows: wanted a known key"},
    {"open_no_header", kOpen, "header = \"X-Sig\"\n", "", "webhook.header: wanted the name of the"},
    {"open_header", kOpen, "X-Sig", "X Sig", "webhook.header: wanted letters, digits"},
    {"open_encoding", kOpen, "\"base64\"", "\"base32\"", "webhook.encoding: wanted one of hex"},
    {"open_message", kOpen, "{url}", "{uri}", "webhook.message: wanted {method}, {url}"},
    {"open_no_message", kOpen, "message = \"{id}:{timestamp}:{url}:{body}\"\n", "",
     "webhook.message: wanted what is signed"},
    {"open_message_open", kOpen, ":{body}", ":{body", "webhook.message: wanted {method}"},
    {"open_no_body", kOpen, ":{body}", "", "webhook.message: wanted {body} in it"},
    {"open_no_time", kOpen, "timestamp_header = \"X-Time\"\n", "",
     "webhook.timestamp: wanted timestamp_header beside it"},
    {"open_time_unused", kOpen, ":{timestamp}", "", "webhook.message: wanted both {timestamp}"},
    {"open_id_unused", kOpen, "{id}:", "", "webhook.message: wanted both {id}"},
};
INSTANTIATE_TEST_SUITE_P(all, WebhookMistake, testing::ValuesIn(kMistakes),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr const char* kWorkspace = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "hooks"
[sources.webhook]
connector = "crm"
public_url = "https://hooks.example.com/"
max_per_second = 50
[sources.webhook.settings]
region = "eu"
[sources.webhook.credentials]
secret = "env:SECRET"
verify = "file:verify"
)";

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<std::string> out;
  const auto workspace = parse_workspace(text, "w.toml");
  if (!workspace) {
    for (const auto& error : workspace.error().errors) out.push_back(error.text());
    return out;
  }
  const auto manifest = parse_manifest(kGood, "crm.toml");
  auto closed = parse_manifest(source_file("manifests/webhook.toml"), "webhook.toml");
  closed->id = "closed";
  for (const auto& error : check_workspace(*workspace, {*manifest, *closed})) {
    out.push_back(error.text());
  }
  return out;
}

TEST(source_webhook, is_read_and_checked) {
  const auto workspace = parse_workspace(kWorkspace, "w.toml");
  ASSERT_TRUE(workspace) << workspace.error().errors.front().text();
  const auto& source = workspace->sources.at(0);
  EXPECT_EQ(source.write_key, "");
  ASSERT_TRUE(source.webhook);
  EXPECT_EQ(source.webhook->instance.name.value, "source/hooks");
  EXPECT_EQ(source.webhook->instance.connector, "crm");
  EXPECT_EQ(source.webhook->instance.settings, R"({"region":"eu"})");
  EXPECT_EQ(source.webhook->public_url, "https://hooks.example.com");
  EXPECT_EQ(source.webhook->max_per_second, 50u);
  EXPECT_TRUE(errors_of(kWorkspace).empty()) << errors_of(kWorkspace).front();
}

TEST(source_webhook, mistakes_are_told_at_their_place) {
  const struct {
    const char *from, *to, *wanted;
  } cases[] = {
      {"\"crm\"", "\"crn\"", "w.toml:7:1: sources[hooks].webhook.connector: wanted an installed"},
      {"\"crm\"", "\"closed\"",
       "w.toml:7:1: sources[hooks].webhook.connector: wanted a connector with the op \"webhook\""},
      {"connector = \"crm\"\n", "", "w.toml:6:1: sources[hooks].webhook.connector: wanted a"},
      {"public_url = \"https://hooks.example.com/\"\n", "",
       "sources[hooks].webhook.public_url: wanted the address before /webhooks"},
      {"https://hooks.example.com/", "hooks.example.com",
       "sources[hooks].webhook.public_url: wanted an address such as"},
      {"= 50", "= 0", "sources[hooks].webhook.max_per_second: wanted an integer from 1"},
      {"region = \"eu\"", "regoin = \"eu\"",
       "sources[hooks].webhook.settings.regoin: wanted a setting of crm@1.0.0"},
      {"verify = \"file:verify\"", "", "sources[hooks].webhook.credentials.verify: wanted a"},
      {"verify = ", "token = \"env:T\"\nverify = ",
       "sources[hooks].webhook.credentials.token: wanted a slot of crm@1.0.0, found \"token\""},
      {"env:SECRET", "hunter2", "sources[hooks].webhook.credentials.secret: wanted a reference"},
      {"[sources.webhook]", "[sources.webhok]", "sources[hooks].webhok: wanted a known key"},
  };
  for (const auto& one : cases) {
    const auto errors = errors_of(replaced(kWorkspace, one.from, one.to));
    std::string all;
    bool found = false;
    for (const auto& error : errors) {
      all += error + "\n";
      found = found || error.find(one.wanted) != std::string::npos;
    }
    EXPECT_TRUE(found) << "wanted " << one.wanted << "\nfound  " << all;
    EXPECT_EQ(all.find("hunter2"), std::string::npos);
  }
}

TEST(source_webhook, changes_are_shown) {
  const auto before = parse_workspace(kWorkspace, "w.toml");
  const auto after = parse_workspace(replaced(kWorkspace, "env:SECRET", "env:NEW"), "w.toml");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(
      config_diff(*before, *after),
      std::vector<std::string>{"source hooks: webhook.credentials.secret env:SECRET -> env:NEW"});
}

}  // namespace
}  // namespace tenon
