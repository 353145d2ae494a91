// Tests of parse_workspace: every key of a good file, the samples, and the limits.
#include "manifest/workspace.hpp"

#include "base/hash.hpp"
#include "files.hpp"

namespace tenon {
namespace {

Workspace parsed(const std::string& text) {
  auto out = parse_workspace(text, "ws.toml");
  if (!out) {
    for (const auto& error : out.error().errors) ADD_FAILURE() << error.text();
    return {};
  }
  return std::move(*out);
}

TEST(workspace, quickstart_reads_as_written) {
  const auto text = source_file("manifests/samples/quickstart.toml");
  const auto w = parsed(text);
  EXPECT_EQ(w.tenant.value, "acme");
  EXPECT_EQ(w.name.value, "main");
  EXPECT_FALSE(w.consent_enforced);
  EXPECT_EQ(w.dedupe_window, seconds{7 * 86'400});
  EXPECT_EQ(w.dedupe_max_ids, 50'000'000u);
  EXPECT_EQ(w.content, text);
  EXPECT_EQ(w.digest, digest_hex(text));
  EXPECT_EQ(w.version.value, std::stoull(w.digest.substr(0, 16), nullptr, 16));
  EXPECT_EQ(w.place, "ws.toml");
  ASSERT_EQ(w.sources.size(), 1u);
  EXPECT_EQ(w.sources[0].write_key, "env:WEB_WRITE_KEY");
  EXPECT_EQ(w.source("web"), &w.sources[0]);
  EXPECT_EQ(w.source_name(hash_of_name("web")), "web");
  EXPECT_EQ(w.source_name(hash_of_name("tenon")), "tenon");
  EXPECT_EQ(w.source_name(hash_of_name("none")), "");
  EXPECT_EQ(w.source("none"), nullptr);
  const auto* inbox = w.destination("inbox");
  ASSERT_NE(inbox, nullptr);
  EXPECT_EQ(inbox->settings, R"({"url":"http://127.0.0.1:8099/in"})");
  EXPECT_EQ(inbox->peers, "allow_loopback");
  EXPECT_EQ(inbox->credentials.at("key"), "env:INBOX_SIGNING_KEY");
  const auto* crm = w.destination("crm");
  ASSERT_NE(crm, nullptr);
  EXPECT_EQ(crm->settings, "{}");
  EXPECT_EQ(crm->retry_first, milliseconds{1'000});
  EXPECT_EQ(crm->retry_ceiling, milliseconds{3'600'000});
  EXPECT_EQ(crm->retry_max_age, seconds{3 * 86'400});
  EXPECT_EQ(crm->retry_max_attempts, 20u);
  const auto* route = w.route("contacts");
  ASSERT_NE(route, nullptr);
  EXPECT_EQ(route->when.kind, Predicate::Kind::all);
  ASSERT_EQ(route->mapping.size(), 5u);
  EXPECT_EQ(route->mapping[0].target, "/email");
  EXPECT_EQ(route->mapping[0].from, "/traits/email");
  EXPECT_EQ(route->mapping[0].steps, (std::vector<MapStep>{MapStep::trim, MapStep::lower}));
  EXPECT_EQ(route->mapping[3].fallback, "\"unknown\"");
  EXPECT_EQ(route->mapping[4].constant, "\"lead\"");
  EXPECT_EQ(w.route("all-to-inbox")->when.kind, Predicate::Kind::always);
}

TEST(workspace, every_test_and_step_reads_as_written) {
  const auto w = parsed(source_file("manifests/samples/filters.toml"));
  EXPECT_EQ(w.sources.at(0).max_body, 1u << 20);
  EXPECT_TRUE(w.sources.at(0).strict_limits);
  const auto* hook = w.destination("hook");
  ASSERT_NE(hook, nullptr);
  EXPECT_EQ(hook->connector, "webhook");
  EXPECT_EQ(hook->release, "1.0.0");
  EXPECT_EQ(hook->on_ambiguous, "resend");
  EXPECT_EQ(hook->linger, milliseconds{50});
  EXPECT_EQ(hook->max_batch, 100u);
  using Kind = Predicate::Kind;
  const auto& when = w.routes.at(0).when;
  ASSERT_EQ(when.kind, Kind::all);
  std::vector<Kind> kinds;
  for (const auto& part : when.parts) kinds.push_back(part.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::type, Kind::event, Kind::exists, Kind::exists, Kind::in,
                                      Kind::prefix, Kind::gt, Kind::lt, Kind::not_, Kind::any}));
  EXPECT_EQ(when.parts[1].values, (std::vector<std::string>{"Order Completed", "Order Updated"}));
  EXPECT_EQ(when.parts[4].values, (std::vector<std::string>{"\"EUR\"", "\"USD\""}));
  EXPECT_EQ(when.parts[6].pointer, "/properties/total");
  EXPECT_EQ(when.parts[6].values, std::vector<std::string>{"100"});
  EXPECT_EQ(when.parts[8].parts.at(0).values, std::vector<std::string>{"true"});
  EXPECT_EQ(when.parts[9].parts.at(1).parts.size(), 2u);
  EXPECT_EQ(w.routes.at(0).mapping.at(3).target, "/customer/phone");
  EXPECT_EQ(w.routes.at(1).mapping.at(0).target, "");
}

constexpr const char* kHead =
    "tenant = \"a\"\nworkspace = \"b\"\nconsent = \"not_enforced\"\n"
    "[[destinations]]\nname = \"d\"\nconnector = \"webhook\"\n"
    "[[routes]]\nname = \"r\"\ndestination = \"d\"\naction = \"send\"\n";

bool good(const std::string& rest) { return parse_workspace(kHead + rest, "w").has_value(); }

TEST(workspace, the_smallest_file_has_the_stated_defaults) {
  const auto w = parsed(kHead);
  EXPECT_EQ(w.dedupe_window, seconds{7 * 86'400});
  const auto& d = w.destinations.at(0);
  EXPECT_EQ(d.peers, "public_only");
  EXPECT_EQ(d.on_ambiguous, "park");
  EXPECT_EQ(d.release, "");
  EXPECT_FALSE(d.linger || d.max_batch || d.retry_first);
  EXPECT_TRUE(w.routes.at(0).sources.empty());
  EXPECT_TRUE(w.routes.at(0).mapping.empty());
}

TEST(workspace, depth_of_tests_has_a_limit) {
  const auto nested = [](int depth) {
    std::string text = "type = \"track\"";
    for (int i = 1; i < depth; ++i) text = "not = { " + text + " }";
    return "when = { " + text + " }\n";
  };
  EXPECT_TRUE(good(nested(16)));
  EXPECT_FALSE(good(nested(17)));
}

TEST(workspace, number_of_tests_has_a_limit) {
  const auto many = [](int parts) {
    std::string text = "when = { any = [";
    for (int i = 0; i < parts - 1; ++i) text += "{ type = \"track\" },\n";
    return text + "] }\n";
  };
  EXPECT_TRUE(good(many(200)));
  EXPECT_FALSE(good(many(201)));
}

TEST(workspace, number_of_values_has_a_limit) {
  const auto many = [](int values) {
    std::string text = "[routes.when]\nevent = [";
    for (int i = 0; i < values; ++i) text += "\"e" + std::to_string(i) + "\",\n";
    return text + "]\n";
  };
  EXPECT_TRUE(good(many(200)));
  EXPECT_FALSE(good(many(201)));
}

TEST(workspace, number_of_rules_and_steps_has_a_limit) {
  const auto rules = [](int count) {
    std::string text = "[routes.map]\n";
    for (int i = 0; i < count; ++i) text += "f" + std::to_string(i) + " = \"/a\"\n";
    return text;
  };
  EXPECT_TRUE(good(rules(200)));
  EXPECT_FALSE(good(rules(201)));
  const auto steps = [](int count) {
    std::string text = "[routes.map]\nf = { from = \"/a\", steps = [";
    for (int i = 0; i < count; ++i) text += "\"trim\",";
    return text + "] }\n";
  };
  EXPECT_TRUE(good(steps(8)));
  EXPECT_FALSE(good(steps(9)));
}

TEST(workspace, at_most_fifty_mistakes_are_told) {
  std::string text = kHead;
  for (int i = 0; i < 200; ++i) text += "x" + std::to_string(i) + " = 1\n";
  const auto got = parse_workspace(text, "w");
  ASSERT_FALSE(got);
  ASSERT_EQ(got.error().errors.size(), 51u);
  EXPECT_NE(got.error().errors.back().message.find("more mistakes"), std::string::npos);
}

}  // namespace
}  // namespace tenon
