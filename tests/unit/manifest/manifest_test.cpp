// Tests of parse_manifest: a full manifest, the shipped ones, and every kind of mistake.
#include "manifest/manifest.hpp"

#include "files.hpp"

namespace tenon {
namespace {

constexpr const char* kGood = R"([connector]
id = "shop"
version = "1.2.3"
title = "Shop"
summary = "A shop."
abi = "1.2"
ops = ["deliver", "check"]
profile = "default"

[[setting]]
name = "store"
title = "Store"
required = true
pattern = "[a-z0-9-]{1,63}"

[[setting]]
name = "url"
title = "Address"
type = "url"
default = "https://hooks.shop.com/in"

[[setting]]
name = "pages"
title = "Pages"
type = "integer"
default = 5

[[endpoint]]
name = "api"
host = "api.shop.com"
base_path = "/3.0"
methods = ["POST"]

[[endpoint]]
name = "store"
host = "{store}.shop.com"
setting = "store"

[[endpoint]]
name = "hook"
setting = "url"

[[slot]]
name = "token"
kind = "header"
header = "Authorization"
prefix = "Bearer "
endpoints = ["api", "store"]
path_prefix = "/v3/"

[[slot]]
name = "login"
kind = "basic"
required = false

[[slot]]
name = "key"
kind = "query"
parameter = "api_key"

[[slot]]
name = "sig"
kind = "signing"

[sign]
scheme = "standard-webhooks/1"
slot = "sig"

[[action]]
name = "upsert"
title = "Upsert"
required_fields = ["email"]
optional_fields = ["/name/first"]
[action.batch]
max_records = 100
max_bytes = 4096
same_key = true
unique = "email"

[[rate_limit]]
bucket = "default"
limit = 10
window_ms = 1000

[[rate_limit]]
bucket = "default"
limit = 100
window_ms = 60000

[[rate_limit]]
scope = "app"
at_once = 7

[[rate_header]]
form = "count"
remaining = "X-Left"
limit = "X-All"
reset = "X-Again"
reset_form = "unix_ms"

[retry]
first_ms = 500
ceiling_ms = 60000
max_age_s = 3600
max_attempts = 5

[limits]
call_deadline_ms = 30000
concurrency = 2
)";

TEST(manifest, reads_every_key) {
  const auto parsed = parse_manifest(kGood, "shop.toml");
  ASSERT_TRUE(parsed) << parsed.error().text();
  const auto& m = *parsed;
  EXPECT_EQ(m.release(), "shop@1.2.3");
  EXPECT_EQ(m.abi_major, 1u);
  EXPECT_EQ(m.needs_minor, 2u);
  EXPECT_EQ(m.ops, (std::vector<std::string>{"deliver", "check"}));
  EXPECT_EQ(m.profile, "default");
  ASSERT_EQ(m.settings.size(), 3u);
  EXPECT_EQ(m.settings[2].default_value, "5");
  ASSERT_EQ(m.endpoints.size(), 3u);
  EXPECT_EQ(m.endpoint("api")->kind, EndpointKind::fixed);
  EXPECT_EQ(m.endpoint("api")->base_path, "/3.0");
  EXPECT_EQ(m.endpoint("store")->kind, EndpointKind::templated);
  EXPECT_EQ(m.endpoint("hook")->kind, EndpointKind::operator_set);
  EXPECT_EQ(m.endpoint("none"), nullptr);
  EXPECT_EQ(m.slot("token")->prefix, "Bearer ");
  EXPECT_EQ(m.slot("token")->endpoints.size(), 2u);
  EXPECT_EQ(m.slot("login")->kind, SlotKind::basic);
  EXPECT_FALSE(m.slot("login")->required);
  EXPECT_EQ(m.slot("key")->parameter, "api_key");
  EXPECT_EQ(m.sign, "standard-webhooks/1");
  EXPECT_EQ(m.sign_slot, "sig");
  const auto* action = m.action("upsert");
  ASSERT_NE(action, nullptr);
  EXPECT_EQ(action->required_fields, std::vector<std::string>{"/email"});
  EXPECT_EQ(action->optional_fields, std::vector<std::string>{"/name/first"});
  EXPECT_EQ(action->batch.unique, "/email");
  EXPECT_EQ(action->batch.max_records, 100u);
  EXPECT_TRUE(action->batch.same_key);
  ASSERT_EQ(m.rate_limits.size(), 3u);
  EXPECT_EQ(m.rate_limits[1].scope, RateScope::account);
  EXPECT_EQ(m.rate_limits[2].scope, RateScope::app);
  EXPECT_EQ(m.rate_limits[2].bucket, "default");
  EXPECT_EQ(m.rate_limits[2].at_once, 7u);
  EXPECT_EQ(m.rate_limits[2].limit, 0u);
  ASSERT_EQ(m.rate_headers.size(), 1u);
  EXPECT_EQ(m.rate_headers[0].remaining, "x-left");
  EXPECT_EQ(m.rate_headers[0].limit, "x-all");
  EXPECT_EQ(m.rate_headers[0].reset, "x-again");
  EXPECT_EQ(m.rate_headers[0].reset_form, ResetForm::unix_ms);
  EXPECT_EQ(m.rate_headers[0].form, RateHeaderForm::count);
  EXPECT_EQ(m.rate_limits[1].window, milliseconds{60'000});
  EXPECT_EQ(m.retry.max_attempts, 5u);
  EXPECT_EQ(m.call_deadline, milliseconds{30'000});
  EXPECT_EQ(m.concurrency, 2u);
}

TEST(manifest, shipped_ones_are_good) {
  for (const char* name : {"hubspot", "webhook"}) {
    const std::string path = std::string("manifests/") + name + ".toml";
    const auto parsed = parse_manifest(source_file(path), path);
    ASSERT_TRUE(parsed) << parsed.error().text();
    EXPECT_EQ(parsed->id, name);
    EXPECT_FALSE(parsed->actions.empty());
  }
}

struct Mistake {
  const char* name;
  const char* from;  // of the good text
  const char* to;
  const char* wanted;  // part of the error's text
};

class ManifestMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ManifestMistake, is_an_error_at_its_place) {
  const auto& one = GetParam();
  const auto parsed = parse_manifest(replaced(kGood, one.from, one.to), "shop.toml");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
  EXPECT_NE(parsed.error().text().find(one.wanted), std::string::npos) << parsed.error().text();
}

const Mistake kMistakes[] = {
    {"toml", "[connector]", "[connector", "shop.toml:1:"},
    {"no_connector", "[connector]", "[konnector]", "connector: wanted a table [connector], found"},
    {"unknown_table", "[limits]", "[limit]",
     "limit: wanted a known key, found \"limit\"; did you mean \"limits\"?"},
    {"unknown_key", "prefix =", "prefx =",
     ": slot[token].prefx: wanted a known key, found \"prefx\"; did you mean \"prefix\"?"},
    {"id", "id = \"shop\"", "id = \"Shop!\"", "shop.toml:2:6: connector.id: wanted a name of a-z"},
    {"no_id", "id = \"shop\"", "", "connector.id: wanted a name of a-z"},
    {"version", "1.2.3", "1.2", "shop.toml:3:11: connector.version: wanted a version such as"},
    {"no_title", "title = \"Shop\"", "", "connector.title: wanted a title"},
    {"wrong_type", "title = \"Shop\"", "title = 5",
     "shop.toml:4:9: connector.title: wanted a string, found an integer"},
    {"abi_form", "\"1.2\"", "\"one\"", "connector.abi: wanted major and minor"},
    {"abi_major", "\"1.2\"", "\"2.0\"", "connector.abi: wanted ABI major 1"},
    {"no_abi", "abi = \"1.2\"", "", "connector.abi: wanted the ABI it needs, found nothing; write"},
    {"op", "\"check\"", "\"chekc\"",
     "connector.ops: wanted one of deliver, check, pull, webhook, readback; found \"chekc\"; did "
     "you "
     "mean \"check\"?"},
    {"no_ops", "ops = [\"deliver\", \"check\"]", "ops = []",
     "connector.ops: wanted at least one entry, found none; write ops ="},
    {"repeated_op", "\"check\"", "\"deliver\"", "connector.ops: wanted each entry once"},
    {"profile", "\"default\"", "\"open\"",
     "connector.profile: wanted one of strict, default; found"},
    {"setting_name", "name = \"store\"\ntitle", "name = \"\"\ntitle",
     "setting[0].name: wanted a name"},
    {"setting_pattern", "[a-z0-9-]{1,63}", "^.*$", "setting[store].pattern: wanted a pattern such"},
    {"setting_type", "type = \"integer\"", "type = \"int\"", "setting[pages].type: wanted one of"},
    {"setting_default", "default = 5", "default = \"5\"",
     "setting[pages].default: wanted an integer, found a string"},
    {"required_default", "default = 5", "default = 5\nrequired = true",
     "setting[pages].default: wanted no default beside required = true"},
    {"url_default", "https://hooks.shop.com/in", "hooks.shop.com",
     "setting[url].default: wanted http or https, a host and perhaps a port and a path, found no "
     "URL"},
    {"url_default_user", "https://hooks.shop.com/in", "https://me:pw@hooks.shop.com/in",
     "setting[url].default: wanted http or https"},
    {"url_default_insecure", "https://hooks.shop.com/in", "http://93.184.216.34/in",
     "setting[url].default: wanted https for a public address, found http"},
    {"url_without_value", "default = \"https://hooks.shop.com/in\"", "",
     "endpoint[hook].setting: wanted a setting that always has a value, found \"url\" without one; "
     "give it a default or required = true"},
    {"label_without_value", "required = true\npattern", "pattern",
     "endpoint[store].setting: wanted a setting that always has a value, found \"store\""},
    {"label_default", "required = true\npattern = \"[a-z0-9-]{1,63}\"", "default = \"My.Shop\"",
     "endpoint[store].setting: wanted a setting whose default is one label of a host name (a-z, "
     "0-9, -), found \"My.Shop\""},
    {"duplicate_endpoint", "name = \"hook\"", "name = \"api\"",
     "endpoint[api].name: wanted a name not used above, found \"api\" again"},
    {"host", "\"api.shop.com\"", "\"https://api.shop.com\"",
     "endpoint[api].host: wanted a host name"},
    {"host_port", "\"api.shop.com\"", "\"api.shop.com:443\"", "endpoint[api].host: wanted a host"},
    {"host_ip", "\"api.shop.com\"", "\"10.0.0.1\"", "endpoint[api].host: wanted a host"},
    {"template_suffix", "{store}.shop.com", "{store}.com",
     "endpoint[store].host: wanted one {label}"},
    {"template_late", "{store}.shop.com", "x{store}.shop.com", "endpoint[store].host: wanted one"},
    {"template_open", "{store}.shop.com", "{store.shop.com", "endpoint[store].host: wanted one"},
    {"template_setting", "setting = \"store\"", "setting = \"stoer\"",
     "endpoint[store].setting: wanted a declared setting, found \"stoer\"; did you mean "
     "\"store\"?"},
    {"template_no_setting", "setting = \"store\"", "", "endpoint[store].setting: wanted the name"},
    {"operator_type", "setting = \"url\"", "setting = \"store\"",
     "endpoint[hook].setting: wanted a setting of type \"url\""},
    {"no_host", "setting = \"url\"", "", "endpoint[hook].host: wanted host ="},
    {"fixed_setting", "base_path", "setting = \"url\"\nbase_path",
     "endpoint[api].setting: wanted {"},
    {"base_path", "\"/3.0\"", "\"/3.0/\"", "endpoint[api].base_path: wanted a path"},
    {"base_path_dots", "\"/3.0\"", "\"/a/../b\"", "endpoint[api].base_path: wanted a path"},
    {"method", "[\"POST\"]", "[\"PSOT\"]",
     "endpoint[api].methods: wanted one of GET, POST, PUT, PATCH, DELETE, HEAD; found \"PSOT\"; "
     "did"},
    {"slot_kind", "\"basic\"", "\"cookie\"", "slot[login].kind: wanted one of header, basic"},
    {"slot_endpoint", "\"api\", \"store\"]", "\"api\", \"stroe\"]",
     "slot[token].endpoints: wanted declared endpoints, found \"stroe\"; did you mean \"store\"?"},
    {"slot_header", "header = \"Authorization\"", "", "slot[token].header: wanted the name of the"},
    {"slot_token", "\"Authorization\"", "\"Bad Header\"",
     "slot[token].header: wanted letters, digits and"},
    {"slot_stray", "required = false", "header = \"X\"", "slot[login].header: wanted no such key"},
    {"slot_parameter", "parameter = \"api_key\"", "", "slot[key].parameter: wanted the name"},
    {"slot_path", "\"/v3/\"", "\"v3\"", "slot[token].path_prefix: wanted a path"},
    {"sign_scheme", "standard-webhooks/1", "hmac",
     "sign.scheme: wanted one of standard-webhooks/1"},
    {"sign_slot", "slot = \"sig\"", "slot = \"token\"",
     "sign.slot: wanted a declared slot of kind \"signing\", found \"token\""},
    {"sign_dangling", "slot = \"sig\"", "slot = \"sgi\"", "sign.slot: wanted a declared slot"},
    {"sign_missing", "[sign]\nscheme = \"standard-webhooks/1\"\nslot = \"sig\"", "",
     "slot[sig].kind: wanted a [sign] or [webhook] table"},
    {"field_twice", "[\"/name/first\"]", "[\"/email\"]",
     "action[upsert].optional_fields: wanted each field once"},
    {"field_pointer", "[\"/name/first\"]", "[\"/name~\"]",
     "action[upsert].optional_fields: wanted ~0 or ~1"},
    {"batch_records", "max_records = 100", "max_records = 1001",
     "action[upsert].batch.max_records: wanted an integer from 1 to 1000, found 1001"},
    {"batch_zero", "max_records = 100", "max_records = 0", "found 0"},
    {"batch_bytes", "max_bytes = 4096", "max_bytes = 4194305", "action[upsert].batch.max_bytes"},
    {"batch_bool", "same_key = true", "same_key = 1",
     "batch.same_key: wanted true or false, found"},
    {"stream_without_op", "concurrency = 2",
     "concurrency = 2\n[[stream]]\nname = \"a\"\ntitle = \"A\"",
     "stream: wanted \"pull\" in connector.ops for [[stream]]"},
    {"readback_without_op", "max_records = 100",
     "max_records = 100\n[[action]]\nname = \"back\"\n"
     "title = \"Back\"\nreadback = true\n[action.batch]",
     "action: wanted \"readback\" in connector.ops for [[action]] with readback = true"},
    {"no_actions", "ops = [\"deliver\", \"check\"]", "ops = [\"check\"]",
     "action: wanted \"deliver\" in connector.ops"},
    {"rate_window", "window_ms = 60000", "window_ms = 1000",
     "rate_limit[1].window_ms: wanted one row for each bucket, scope and window"},
    {"rate_half", "limit = 10\n", "",
     "rate_limit[0].limit: wanted how many per window, found nothing"},
    {"rate_nothing", "at_once = 7\n", "",
     "rate_limit[2].limit: wanted limit and window_ms, or at_once"},
    {"rate_scope", "scope = \"app\"", "scope = \"apps\"",
     "rate_limit[2].scope: wanted one of account"},
    {"rate_header_bucket", "form = \"count\"", "bucket = \"search\"",
     "rate_header[0].bucket: wanted a bucket that a [[rate_limit]] names, found \"search\""},
    {"rate_header_form", "form = \"count\"", "form = \"ietf\"", "rate_header[0].limit: "},
    {"rate_header_reset", "reset_form = \"unix_ms\"", "reset_form = \"ms\"",
     "rate_header[0].reset_form: wanted one of delta_s"},
    {"rate_limit", "limit = 100\n", "limit = 0\n", "rate_limit[1].limit: wanted an integer from 1"},
    {"rate_not_tables", "[[rate_limit]]\nbucket = \"default\"\nlimit = 10\n",
     "[rate_limit]\nbucket = \"default\"\nlimit = 10\n", "shop.toml:"},
    {"retry_order", "ceiling_ms = 60000", "ceiling_ms = 100",
     "retry.ceiling_ms: wanted ceiling_ms"},
    {"retry_attempts", "max_attempts = 5", "max_attempts = -1", "retry.max_attempts: wanted an"},
    {"concurrency", "concurrency = 2", "concurrency = 65", "limits.concurrency: wanted an integer"},
};
INSTANTIATE_TEST_SUITE_P(all, ManifestMistake, testing::ValuesIn(kMistakes),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(manifest, tells_every_mistake_at_once) {
  auto text = replaced(kGood, "id = \"shop\"", "id = 7");
  text = replaced(text, "concurrency = 2", "concurrency = 0");
  const auto parsed = parse_manifest(text, "shop.toml");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text().find("connector.id"), std::string::npos);
  EXPECT_NE(parsed.error().text().find("limits.concurrency"), std::string::npos);
}

TEST(manifest, limits_of_size_and_depth) {
  std::string large = kGood;
  large += "#" + std::string((1u << 20) - large.size(), 'x');
  EXPECT_FALSE(parse_manifest(large, "m"));
  large.resize(1u << 20);
  EXPECT_TRUE(parse_manifest(large, "m"));

  std::string deep = "a = ";
  deep += std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(parse_manifest(deep, "m"));
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  const auto parsed = parse_manifest(dots + " = 1", "m");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text().find("dots"), std::string::npos) << parsed.error().text();
}

}  // namespace
}  // namespace tenon
