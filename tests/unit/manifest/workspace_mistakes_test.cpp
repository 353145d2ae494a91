// Tests of every kind of mistake in a workspace file: its line, its key and its text.
#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

constexpr const char* kGoodFile = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[dedupe]
window = "7d"
max_ids = 1000
[[sources]]
name = "web"
write_key = "env:WEB_KEY"
max_body = "4MiB"
strict_limits = false
[[destinations]]
name = "hub"
connector = "hubspot@1.0.0"
peers = "public_only"
ca_file = "/etc/ca.pem"
on_ambiguous = "park"
linger_ms = 0
max_batch = 10
[destinations.settings]
account = "x"
[destinations.credentials]
token = "env:TOKEN"
[destinations.retry]
first = "1s"
ceiling = "1h"
max_age = "3d"
max_attempts = 20
[destinations.lanes]
live = 8
replay = 1
[[routes]]
name = "r"
sources = ["web"]
destination = "hub"
action = "upsert_contact"
[routes.when]
type = "track"
event = ["A", "B"]
exists = "/userId"
eq = { "/properties/a" = 1 }
in = { "/properties/b" = ["x", "y"] }
prefix = { "/properties/c" = "p" }
gt = { "/properties/d" = 5 }
lt = { "/properties/e" = 6 }
not = { type = "page" }
any = [{ type = "track" }]
all = [{ type = "track" }]
[routes.map]
email = { from = "/traits/email", steps = ["trim", "lower"], default = "none" }
plan = { constant = "free" }
name = "/traits/name"
)";

struct FileMistake {
  const char* name;
  const char* from;
  const char* to;
  const char* wanted;  // begins one of the errors: line, column, key and the text's beginning
};

class WorkspaceMistake : public testing::TestWithParam<FileMistake> {};

TEST_P(WorkspaceMistake, is_an_error_at_its_place) {
  const auto& one = GetParam();
  const auto got = parse_workspace(replaced(kGoodFile, one.from, one.to), "w.toml");
  ASSERT_FALSE(got);
  std::string all;
  bool found = false;
  for (const auto& error : got.error().errors) {
    all += error.text() + "\n";
    found = found || error.text().compare(0, std::string(one.wanted).size(), one.wanted) == 0;
  }
  EXPECT_TRUE(found) << "wanted " << one.wanted << "\nfound  " << all;
  EXPECT_EQ(all.find("hunter2"), std::string::npos) << all;
}

TEST(workspace_mistakes, the_text_without_one_is_good) {
  const auto got = parse_workspace(kGoodFile, "w.toml");
  ASSERT_TRUE(got) << got.error().errors.front().text();
}

const FileMistake kTop[] = {
    {"not_toml", "[dedupe]", "[dedupe", "w.toml:4:"},
    {"repeated_key", "workspace = \"main\"", "workspace = \"main\"\nworkspace = \"b\"",
     "w.toml:3:"},
    {"no_tenant", "tenant = \"acme\"", "",
     "w.toml:1:1: tenant: wanted a name of a-z, 0-9, - and _ that begins"},
    {"tenant_form", "\"acme\"", "\"Acme Inc\"", "w.toml:1:10: tenant: wanted a name"},
    {"workspace_type", "\"main\"", "5",
     "w.toml:2:13: workspace: wanted a string, found an integer"},
    {"no_consent", "consent = \"not_enforced\"", "",
     "w.toml:1:1: consent: wanted consent = \"not_enforced\", found nothing; consent is not"},
    {"consent_enforced", "\"not_enforced\"", "\"enforced\"",
     "w.toml:3:11: consent: wanted \"not_enforced\", found \"enforced\"; consent is not enforced"},
    {"unknown_table", "[dedupe]", "[dedup]",
     "w.toml:4:2: dedup: wanted a known key, found \"dedup\"; did you mean \"dedupe\"?"},
    {"window_unit", "\"7d\"", "\"7 days\"",
     "w.toml:5:10: dedupe.window: wanted a time from \"1m\" to \"90d\" (a string with ms, s, m, h "
     "or"
     " d), found \"7 days\""},
    {"window_number", "\"7d\"", "7", "w.toml:5:10: dedupe.window: wanted a time from"},
    {"window_range", "\"7d\"", "\"91d\"", "w.toml:5:10: dedupe.window: wanted a time from"},
    {"max_ids", "max_ids = 1000", "max_ids = 999",
     "w.toml:6:11: dedupe.max_ids: wanted an integer from 1000 to 1000000000, found 999"},
    {"source_key", "strict_limits", "strictlimits",
     "w.toml:11:1: sources[web].strictlimits: wanted a known key, found \"strictlimits\"; did you"
     " mean \"strict_limits\"?"},
    {"source_not_tables", "[[sources]]", "[sources]",
     "w.toml:7:1: sources: wanted tables written as [[sources]], found a table"},
    {"source_no_name", "name = \"web\"\n", "", "w.toml:7:1: sources[0].name: wanted a name"},
    {"source_tenon", "name = \"web\"", "name = \"tenon\"",
     "w.toml:8:8: sources[tenon].name: wanted"},
    {"source_twice", "[[destinations]]",
     "[[sources]]\nname = \"web\"\nwrite_key = \"env:X\"\n[[destinations]]",
     "w.toml:13:8: sources[web].name: wanted a name not used above, found \"web\" again; rename"},
    {"write_key_literal", "\"env:WEB_KEY\"", "\"hunter2\"",
     "w.toml:9:13: sources[web].write_key: wanted a reference to a secret, \"vault:NAME\", "
     "\"env:NAME\" or \"file:PATH\", found a literal, which is not shown here; put"},
    {"write_key_missing", "write_key = \"env:WEB_KEY\"\n", "",
     "w.toml:7:1: sources[web].write_key: wanted a reference such as"},
    {"write_key_type", "\"env:WEB_KEY\"", "[\"hunter2\"]",
     "w.toml:9:13: sources[web].write_key: wanted a string, found an array"},
    {"write_key_bare", "\"env:WEB_KEY\"", "hunter2", "w.toml:9:"},
    {"write_key_open", "\"env:WEB_KEY\"", "\"hunter2", "w.toml:9:"},
    {"max_body_unit", "\"4MiB\"", "\"4MB\"",
     "w.toml:10:12: sources[web].max_body: wanted a size from \"1KiB\" to \"4MiB\" (a string with "
     "B,"
     " KiB, MiB or GiB), found \"4MB\""},
    {"max_body_range", "\"4MiB\"", "\"5MiB\"",
     "w.toml:10:12: sources[web].max_body: wanted a size"},
    {"synthetic_type", "strict_limits = false", "synthetic = 1",
     "w.toml:11:13: sources[web].synthetic: wanted true or false, found an integer"},
    {"strict_type", "strict_limits = false", "strict_limits = \"no\"",
     "w.toml:11:17: sources[web].strict_limits: wanted true or false, found a string"},
};
const FileMistake kDestinations[] = {
    {"twice", "[[routes]]", "[[destinations]]\nname = \"hub\"\nconnector = \"x\"\n[[routes]]",
     "w.toml:33:8: destinations[hub].name: wanted a name not used above"},
    {"unknown_key", "on_ambiguous", "on_ambigous",
     "w.toml:17:1: destinations[hub].on_ambigous: wanted a known key, found \"on_ambigous\"; did "
     "you"
     " mean \"on_ambiguous\"?"},
    {"no_connector", "connector = \"hubspot@1.0.0\"\n", "",
     "w.toml:12:1: destinations[hub].connector: wanted a connector such as"},
    {"connector_version", "hubspot@1.0.0", "hubspot@1",
     "w.toml:14:13: destinations[hub].connector: wanted a connector such as \"webhook\" or"},
    {"connector_empty_version", "hubspot@1.0.0", "hubspot@",
     "w.toml:14:13: destinations[hub].conn"},
    {"peers", "\"public_only\"", "\"all\"",
     "w.toml:15:9: destinations[hub].peers: wanted one of public_only, allow_loopback,"},
    {"model_name", "peers = \"public_only\"", "model = \"http://localhost:80\"",
     "w.toml:15:9: destinations[hub].model: wanted the address of a vendor's model on this machine,"
     " such as \"http://127.0.0.1:8099\", found \"http://localhost:80\""},
    {"model_elsewhere", "peers = \"public_only\"", "model = \"http://127.0.0.1.example.com:80\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_tls", "peers = \"public_only\"", "model = \"https://127.0.0.1:80\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_path", "peers = \"public_only\"", "model = \"http://127.0.0.1:80/x\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_user", "peers = \"public_only\"", "model = \"http://127.0.0.1:80@example.com\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_port", "peers = \"public_only\"", "model = \"http://127.0.0.1:65536\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_no_port", "peers = \"public_only\"", "model = \"http://127.0.0.1:\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"model_zero", "peers = \"public_only\"", "model = \"http://127.0.0.1:0\"",
     "w.toml:15:9: destinations[hub].model: wanted the address"},
    {"ca_file", "\"/etc/ca.pem\"", "\"\"",
     "w.toml:16:11: destinations[hub].ca_file: wanted the path"},
    {"on_ambiguous", "\"park\"", "\"drop\"",
     "w.toml:17:16: destinations[hub].on_ambiguous: wanted one of park, resend; found \"drop\""},
    {"linger", "linger_ms = 0", "linger_ms = 60001",
     "w.toml:18:13: destinations[hub].linger_ms: wanted an integer from 0 to 60000, found 60001"},
    {"max_batch", "max_batch = 10", "max_batch = 0",
     "w.toml:19:13: destinations[hub].max_batch: wanted an integer from 1 to 1000, found 0"},
    {"setting_kind", "account = \"x\"", "account = [1]",
     "w.toml:21:11: destinations[hub].settings.account: wanted a string, an integer, true or false,"
     " found an array"},
    {"credential_literal", "\"env:TOKEN\"", "\"hunter2\"",
     "w.toml:23:9: destinations[hub].credentials.token: wanted a reference to a secret"},
    {"credential_env_name", "\"env:TOKEN\"", "\"env:hunter2-x\"",
     "w.toml:23:9: destinations[hub].credentials.token: wanted a reference to a secret, "
     "\"vault:NAME\", \"env:NAME\" or \"file:PATH\", found no name of letters, digits and _ after "
     "env:"},
    {"credential_swapped", "token = \"env:TOKEN\"", "\"hunter2 X\" = \"env:TOKEN\"",
     "w.toml:23:1: destinations[hub].credentials: wanted the name of a slot as key"},
    {"retry_first", "first = \"1s\"", "first = \"2h\"",
     "w.toml:25:9: destinations[hub].retry.first: wanted a time from \"10ms\" to \"1h\""},
    {"retry_order", "ceiling = \"1h\"", "ceiling = \"100ms\"",
     "w.toml:26:11: destinations[hub].retry.ceiling: wanted at least the time of first"},
    {"retry_age", "max_age = \"3d\"", "max_age = \"31d\"",
     "w.toml:27:11: destinations[hub].retry.max_age: wanted a time from \"1s\" to \"30d\""},
    {"retry_attempts", "max_attempts = 20", "max_attempts = 0",
     "w.toml:28:16: destinations[hub].retry.max_attempts: wanted an integer from 1 to 1000, found"},
    {"retry_share", "max_attempts = 20", "share = 101",
     "w.toml:28:9: destinations[hub].retry.share: wanted an integer from 1 to 100, found 101"},
    {"account_form", "max_batch = 10", "account = \"A B\"",
     "w.toml:19:11: destinations[hub].account: wanted"},
    {"owner_empty", "max_batch = 10", "owner = \"\"",
     "w.toml:19:9: destinations[hub].owner: wanted a team or a mail address of 1 to 200 bytes"},
    {"lanes_none", "live = 8", "live = 0",
     "w.toml:30:8: destinations[hub].lanes.live: wanted an integer from 1 to 100, found 0"},
    {"lanes_key", "replay = 1", "replays = 1",
     "w.toml:31:1: destinations[hub].lanes.replays: wanted a known key, found \"replays\"; did "
     "you"},
    {"retry_key", "max_age = ", "maxage = ",
     "w.toml:27:1: destinations[hub].retry.maxage: wanted a known key, found \"maxage\"; did you"},
};
const FileMistake kRoutes[] = {
    {"twice", "[routes.when]",
     "[[routes]]\nname = \"r\"\ndestination = \"hub\"\naction = \"a\"\n"
     "[routes.when]",
     "w.toml:38:8: routes[r].name: wanted a name not used above"},
    {"source", "sources = [\"web\"]", "sources = [\"wbe\"]",
     "w.toml:34:11: routes[r].sources: wanted the names of sources, found \"wbe\"; did you mean"},
    {"no_source", "sources = [\"web\"]", "sources = []",
     "w.toml:34:11: routes[r].sources: wanted at least one source, found none"},
    {"destination", "destination = \"hub\"", "destination = \"hubb\"",
     "w.toml:35:15: routes[r].destination: wanted the name of a destination, found \"hubb\"; did "
     "you"
     " mean \"hub\"?"},
    {"no_destination", "destination = \"hub\"\n", "",
     "w.toml:32:1: routes[r].destination: wanted the name of a destination, found nothing"},
    {"no_action", "action = \"upsert_contact\"\n", "",
     "w.toml:32:1: routes[r].action: wanted an action"},
    {"action_form", "\"upsert_contact\"", "\"Upsert\"",
     "w.toml:36:10: routes[r].action: wanted a name"},
    {"unknown_key", "action =", "acton =",
     "w.toml:36:1: routes[r].acton: wanted a known key, found \"acton\"; did you mean \"action\"?"},
    {"unknown_test", "prefix =", "prefixes =",
     "w.toml:43:1: routes[r].when.prefixes: wanted a known key, found \"prefixes\"; did you mean"},
    {"type", "type = \"track\"\nevent", "type = \"trakc\"\nevent",
     "w.toml:38:8: routes[r].when.type: wanted a type of event, found \"trakc\"; did you mean"},
    {"event_number", "[\"A\", \"B\"]", "[\"A\", 5]",
     "w.toml:39:15: routes[r].when.event: wanted an array of strings, found an integer"},
    {"event_empty", "[\"A\", \"B\"]", "[]",
     "w.toml:39:9: routes[r].when.event: wanted at least one name, found none"},
    {"event_twice", "[\"A\", \"B\"]", "[\"A\", \"A\"]",
     "w.toml:39:15: routes[r].when.event: wanted each entry once, found \"A\" again"},
    {"exists_pointer", "\"/userId\"", "\"userId\"",
     "w.toml:40:10: routes[r].when.exists: wanted a JSON pointer such as"},
    {"exists_all", "\"/userId\"", "\"\"",
     "w.toml:40:10: routes[r].when.exists: wanted a pointer to"},
    {"eq_array", "\"/properties/a\" = 1", "\"/properties/a\" = [1]",
     "w.toml:41:26: routes[r].when.eq.\"/properties/a\": wanted a string, a number, true or "
     "false,"},
    {"eq_date", "\"/properties/a\" = 1", "\"/properties/a\" = 2026-01-01",
     "w.toml:41:26: routes[r].when.eq.\"/properties/a\": wanted a string, a number, true or false,"
     " found a date"},
    {"notices_beside_others", "sources = [\"web\"]", "sources = [\"web\", \"tenon\"]",
     "w.toml:34:11: routes[r].sources: wanted \"tenon\" (the platform's own notices) alone"},
    {"eq_nan", "\"/properties/a\" = 1", "\"/properties/a\" = nan",
     "w.toml:41:26: routes[r].when.eq.\"/properties/a\": wanted a string, a number, true or "
     "false,"},
    {"eq_empty", "{ \"/properties/a\" = 1 }", "{}",
     "w.toml:41:6: routes[r].when.eq: wanted a pointer and a value"},
    {"eq_pointer", "\"/properties/a\" = 1", "\"properties/a\" = 1",
     "w.toml:41:6: routes[r].when.eq: wanted a JSON pointer such as"},
    {"eq_not_table", "{ \"/properties/a\" = 1 }", "5",
     "w.toml:41:6: routes[r].when.eq: wanted a table, found an integer"},
    {"in_scalar", "[\"x\", \"y\"]", "\"x\"",
     "w.toml:42:26: routes[r].when.in.\"/properties/b\": wanted an array of strings, numbers,"},
    {"in_empty", "[\"x\", \"y\"]", "[]",
     "w.toml:42:26: routes[r].when.in.\"/properties/b\": wanted 1 to 200 values, found 0"},
    {"in_table", "[\"x\", \"y\"]", "[\"x\", {}]",
     "w.toml:42:32: routes[r].when.in.\"/properties/b\": wanted an array of"},
    {"prefix_number", "= \"p\"", "= 5",
     "w.toml:43:30: routes[r].when.prefix.\"/properties/c\": wanted a string, found an integer"},
    {"gt_boolean", "\"/properties/d\" = 5", "\"/properties/d\" = true",
     "w.toml:44:26: routes[r].when.gt.\"/properties/d\": wanted a number or a string, found true "
     "or"},
    {"not_array", "{ type = \"page\" }", "[{ type = \"page\" }]",
     "w.toml:46:7: routes[r].when.not: wanted a table, found an array"},
    {"not_empty", "{ type = \"page\" }", "{}",
     "w.toml:46:7: routes[r].when.not: wanted at least one test, found none"},
    {"any_empty", "any = [{ type = \"track\" }]", "any = []",
     "w.toml:47:7: routes[r].when.any: wanted an array of tables such as [{ type = \"track\" }],"},
    {"any_text", "any = [{ type = \"track\" }]", "any = [\"track\"]",
     "w.toml:47:8: routes[r].when.any[0]: wanted a table such as { type = \"track\" }, found a"},
    {"map_not_pointer", "name = \"/traits/name\"", "name = \"Bob\"",
     "w.toml:52:8: routes[r].map.name: wanted a JSON pointer such as \"/properties/email\", found "
     "no"
     " / in front; for a fixed text write { constant = ... }"},
    {"map_number", "name = \"/traits/name\"", "name = 5",
     "w.toml:52:8: routes[r].map.name: wanted \"/pointer\", { from = \"/pointer\" } or { constant"},
    {"map_both", "{ constant = \"free\" }", "{ constant = \"free\", from = \"/a\" }",
     "w.toml:51:8: routes[r].map.plan: wanted either from or constant, found both"},
    {"map_neither", "{ constant = \"free\" }", "{}",
     "w.toml:51:8: routes[r].map.plan: wanted either from or constant, found neither"},
    {"map_constant_steps", "{ constant = \"free\" }", "{ constant = \"free\", steps = [\"trim\"] }",
     "w.toml:51:8: routes[r].map.plan: wanted constant alone"},
    {"map_step", "[\"trim\", \"lower\"]", "[\"trim\", \"lowr\"]",
     "w.toml:50:52: routes[r].map.email.steps: wanted a known step, found \"lowr\"; did you mean"},
    {"map_key", "default = \"none\"", "defualt = \"none\"",
     "w.toml:50:62: routes[r].map.email.defualt: wanted a known key, found \"defualt\"; did you "
     "mean"},
    {"map_default_date", "default = \"none\"", "default = 2026-01-01",
     "w.toml:50:72: routes[r].map.email.default: wanted a JSON value, found a date; put it in "
     "quotes"},
    {"map_same", "name = \"/traits/name\"", "\"/email\" = \"/a\"",
     "w.toml:52:1: routes[r].map./email: wanted targets apart from one another, found one at or"},
    {"map_inside", "name = \"/traits/name\"", "\"/email/a\" = \"/a\"",
     "w.toml:52:1: routes[r].map./email/a: wanted targets apart from one another"},
    {"map_whole_constant", "name = \"/traits/name\"", "\"\" = { constant = 1 }",
     "w.toml:52:1: routes[r].map.\"\": wanted a pointer alone for the whole record"},
};
std::string name_of_param(const testing::TestParamInfo<FileMistake>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(top, WorkspaceMistake, testing::ValuesIn(kTop), name_of_param);
INSTANTIATE_TEST_SUITE_P(destinations, WorkspaceMistake, testing::ValuesIn(kDestinations),
                         name_of_param);
INSTANTIATE_TEST_SUITE_P(routes, WorkspaceMistake, testing::ValuesIn(kRoutes), name_of_param);

TEST(workspace_mistakes, a_notice_about_its_own_destination_is_never_sent) {
  auto text = replaced(kGoodFile, "sources = [\"web\"]", "sources = [\"tenon\"]");
  EXPECT_TRUE(parse_workspace(text, "w.toml"));
  text = replaced(text, "\"/properties/a\" = 1", "\"/properties/subject\" = \"hub\"");
  const auto got = parse_workspace(text, "w.toml");
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().errors.front().text().find("which are never sent to it"), std::string::npos)
      << got.error().errors.front().text();
}

TEST(workspace_mistakes, all_are_told_at_once) {
  auto text = replaced(kGoodFile, "\"acme\"", "\"ACME\"");
  text = replaced(text, "\"4MiB\"", "\"4\"");
  text = replaced(text, "max_batch = 10", "max_batch = \"10\"");
  text = replaced(text, "\"/userId\"", "\"userId\"");
  const auto got = parse_workspace(text, "w.toml");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().errors.size(), 4u);
}

}  // namespace
}  // namespace tenon
