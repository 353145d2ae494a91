// Tests of route_event: sources, tests, and the event's own word on integrations.
#include "domain/routing/route.hpp"

#include <gtest/gtest.h>

namespace tenon::routing {
namespace {

constexpr const char* kWorkspace = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:WEB"
[[sources]]
name = "app"
write_key = "env:APP"
[[destinations]]
name = "inbox"
connector = "webhook"
[[destinations]]
name = "crm"
connector = "hubspot"
[[routes]]
name = "one"
sources = ["web"]
destination = "inbox"
action = "send"
[[routes]]
name = "two"
destination = "crm"
action = "upsert"
when = { type = "identify" }
)";

std::string routed_by(const char* toml, const std::string& json, const std::string& source) {
  const auto workspace = parse_workspace(toml, "w");
  EXPECT_TRUE(workspace);
  JsonParser parser;
  const auto view = parser.parse(json, 32);
  EXPECT_TRUE(view);
  Event event;
  event.source = source;
  event.json = json;
  std::string out;
  for (const auto& one : route_event(*workspace, event, *view)) {
    out += one.route + ">" + one.destination + "." + one.action;
    out += one.fate == DeliveryFate::deliver ? ";" : "!" + one.reason + ";";
  }
  return out;
}

std::string routed(const std::string& json, const std::string& source = "web") {
  return routed_by(kWorkspace, json, source);
}

TEST(route, by_source_and_test) {
  EXPECT_EQ(routed(R"({"type":"track"})"), "one>inbox.send;");
  EXPECT_EQ(routed(R"({"type":"identify"})"), "one>inbox.send;two>crm.upsert;");
  EXPECT_EQ(routed(R"({"type":"identify"})", "app"), "two>crm.upsert;");
  EXPECT_EQ(routed(R"({"type":"track"})", "app"), "");
}

// Made-up events stop at every destination that is no model, and all others pass both.
TEST(route, what_is_synthetic_goes_to_models_only) {
  std::string toml = kWorkspace;
  toml.replace(toml.find("connector = \"webhook\""), 0, "model = \"http://127.0.0.1:8099\"\n");
  const auto workspace = parse_workspace(toml, "w");
  ASSERT_TRUE(workspace);
  JsonParser parser;
  const auto view = parser.parse(R"({"type":"identify","integrations":{"crm":true}})", 32);
  ASSERT_TRUE(view);
  Event event;
  event.source = "web";
  auto decided = route_event(*workspace, event, *view);
  ASSERT_EQ(decided.size(), 2u);
  EXPECT_EQ(decided[1].fate, DeliveryFate::deliver);
  event.synthetic = true;
  decided = route_event(*workspace, event, *view);
  ASSERT_EQ(decided.size(), 2u);
  EXPECT_EQ(decided[0].destination, "inbox");
  EXPECT_EQ(decided[0].fate, DeliveryFate::deliver);
  EXPECT_EQ(decided[1].fate, DeliveryFate::filtered);
  EXPECT_EQ(decided[1].reason, "synthetic");
}

TEST(route, integrations_filter_by_destination_then_connector_then_all) {
  const struct {
    const char* integrations;
    const char* routed;
  } kCases[] = {
      {"{}", "one>inbox.send;two>crm.upsert;"},
      {R"({"All":true})", "one>inbox.send;two>crm.upsert;"},
      {R"({"All":false})", "one>inbox.send!integrations_off;two>crm.upsert!integrations_off;"},
      {R"({"All":false,"crm":true})", "one>inbox.send!integrations_off;two>crm.upsert;"},
      {R"({"All":false,"hubspot":true})", "one>inbox.send!integrations_off;two>crm.upsert;"},
      {R"({"crm":false})", "one>inbox.send;two>crm.upsert!integrations_off;"},
      {R"({"hubspot":false})", "one>inbox.send;two>crm.upsert!integrations_off;"},
      {R"({"hubspot":false,"crm":true})", "one>inbox.send;two>crm.upsert;"},
      {R"({"HubSpot":false})", "one>inbox.send;two>crm.upsert;"},
      {R"({"all":false})", "one>inbox.send;two>crm.upsert;"},
      {R"({"All":false,"crm":{"opt":1}})", "one>inbox.send!integrations_off;two>crm.upsert;"},
      {R"({"All":"false"})", "one>inbox.send;two>crm.upsert;"},
      {R"([false])", "one>inbox.send;two>crm.upsert;"},
      {"null", "one>inbox.send;two>crm.upsert;"},
  };
  for (const auto& one : kCases) {
    EXPECT_EQ(routed(std::string(R"({"type":"identify","integrations":)") + one.integrations + "}"),
              one.routed)
        << one.integrations;
  }
}

constexpr const char* kWithNotices = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:WEB"
[[destinations]]
name = "mail"
connector = "webhook"
[[destinations]]
name = "crm"
connector = "hubspot"
[[destinations]]
name = "chat"
connector = "webhook"
[[routes]]
name = "all"
destination = "crm"
action = "upsert"
[[routes]]
name = "to-mail"
sources = ["tenon"]
destination = "mail"
action = "send"
[[routes]]
name = "to-chat"
sources = ["tenon"]
destination = "chat"
action = "send"
)";

std::string notice_routed(const std::string& destinations) {
  return routed_by(kWithNotices,
                   R"({"type":"track","properties":{"destinations":)" + destinations + "}}",
                   "tenon");
}

TEST(notices, go_by_routes_that_name_them_only) {
  EXPECT_EQ(notice_routed("[]"), "to-mail>mail.send;to-chat>chat.send;");
  EXPECT_EQ(notice_routed(R"(["crm"])"), "to-mail>mail.send;to-chat>chat.send;");
  EXPECT_EQ(notice_routed(R"(["gone",7])"), "to-mail>mail.send;to-chat>chat.send;");
  EXPECT_EQ(routed_by(kWithNotices, R"({"type":"track"})", "web"), "all>crm.upsert;");
}

TEST(notices, about_a_taker_go_to_those_before_it) {
  EXPECT_EQ(notice_routed(R"(["chat"])"), "to-mail>mail.send;to-chat>chat.send!notice_loop;");
  EXPECT_EQ(notice_routed(R"(["mail"])"),
            "to-mail>mail.send!notice_loop;to-chat>chat.send!notice_loop;");
  EXPECT_EQ(notice_routed(R"(["crm","chat"])"), "to-mail>mail.send;to-chat>chat.send!notice_loop;");
}

}  // namespace
}  // namespace tenon::routing
