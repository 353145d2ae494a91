// Tests of config_diff: what a change of the file is called in words.
#include "files.hpp"
#include "manifest/workspace.hpp"

namespace tenon {
namespace {

using Lines = std::vector<std::string>;

Workspace parsed(const std::string& text) {
  auto out = parse_workspace(text, "w.toml");
  EXPECT_TRUE(out) << out.error().errors.front().text();
  return out ? std::move(*out) : Workspace{};
}

Lines diff(const std::string& from, const std::string& to) {
  const auto text = source_file("manifests/samples/quickstart.toml");
  return config_diff(parsed(text), parsed(replaced(text, from, to)));
}

TEST(config_diff, says_nothing_of_comments_and_spaces) {
  EXPECT_EQ(diff("# quickstart", "# slowstart"), Lines{});
  EXPECT_EQ(diff("window = \"7d\"", "window   = \"168h\""), Lines{});
}

TEST(config_diff, names_each_changed_field) {
  EXPECT_EQ(diff("window = \"7d\"", "window = \"1d\""),
            Lines{"workspace: dedupe.window 604800s -> 86400s"});
  EXPECT_EQ(diff("env:WEB_WRITE_KEY", "env:OTHER"),
            Lines{"source web: write_key env:WEB_WRITE_KEY -> env:OTHER"});
  EXPECT_EQ(diff("connector = \"hubspot\"", "connector = \"hubspot@1.0.0\""),
            Lines{"destination crm: release newest -> 1.0.0"});
  EXPECT_EQ(diff("first = \"1s\"\n", ""),
            Lines{"destination crm: retry.first 1000ms -> as the connector says"});
  EXPECT_EQ(diff("max_attempts = 20", "max_attempts = 20\n[destinations.lanes]\nreplay = 4"),
            Lines{"destination crm: lanes.replay 1 -> 4"});
  EXPECT_EQ(diff("max_attempts = 20", "max_attempts = 20\nshare = 50"),
            Lines{"destination crm: retry.share 20 -> 50"});
  EXPECT_EQ(diff("name = \"crm\"", "name = \"crm\"\naccount = \"emea\"\nowner = \"crm-team\""),
            (Lines{"destination crm: account by credentials and address -> emea",
                   "destination crm: owner the workspace's -> crm-team"}));
  EXPECT_EQ(diff("key = \"env:INBOX_SIGNING_KEY\"", "key2 = \"file:k\""),
            (Lines{"destination inbox: credentials.key removed (was env:INBOX_SIGNING_KEY)",
                   "destination inbox: credentials.key2 added (file:k)"}));
  EXPECT_EQ(diff("type = \"identify\"", "type = [\"identify\", \"track\"]"),
            Lines{"route contacts: when all(type [identify], exists /traits/email) -> "
                  "all(type [identify, track], exists /traits/email)"});
  EXPECT_EQ(diff("[\"trim\", \"lower\"]", "[\"trim\"]"),
            Lines{"route contacts: map /email from \"/traits/email\" | trim | lower -> "
                  "from \"/traits/email\" | trim"});
  EXPECT_EQ(diff("lifecyclestage = { constant = \"lead\" }", "city = \"/traits/city\""),
            (Lines{"route contacts: map /lifecyclestage removed (was constant \"lead\")",
                   "route contacts: map /city added (from \"/traits/city\")"}));
}

TEST(config_diff, names_what_came_and_went) {
  EXPECT_EQ(diff("[[destinations]]",
                 "[[sources]]\nname = \"app\"\nwrite_key = \"env:A\"\n"
                 "[[destinations]]"),
            Lines{"source app: added"});
  EXPECT_EQ(diff("name = \"contacts\"", "name = \"people\""),
            (Lines{"route contacts: removed", "route people: added"}));
}

}  // namespace
}  // namespace tenon
