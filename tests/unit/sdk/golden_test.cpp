// Goldens of all connectors hold under the sanitizers; and a golden that is wrong is told.
#include <fstream>

#include "testkit/expectation.hpp"
#include "testkit/gtest.hpp"
#include "unit/sdk/support.hpp"

namespace tenon::testkit {
namespace {

std::string folder_of(const std::string& vendor) {
  return std::string(TENON_SOURCE_DIR) + "/connectors/" + vendor + "/golden";
}

// As an author's own program does it: each golden is a test.
[[maybe_unused]] const bool kRegistered = [] {
  register_goldens(*tenon_connector_webhook(), folder_of("webhook"), "WebhookGolden");
  register_goldens(*tenon_connector_hubspot(), folder_of("hubspot"), "HubSpotGolden");
  return true;
}();

std::vector<Golden> goldens_of(const std::string& vendor) {
  std::vector<std::string> errors;
  auto goldens = read_goldens(folder_of(vendor), errors);
  EXPECT_EQ(errors, Words{});
  EXPECT_GE(goldens.size(), 5u);
  return goldens;
}

class Goldens : public ::testing::TestWithParam<const char*> {
 protected:
  const tenon_connector& table() const {
    return std::string(GetParam()) == "hubspot" ? *tenon_connector_hubspot()
                                                : *tenon_connector_webhook();
  }
};
INSTANTIATE_TEST_SUITE_P(Vendors, Goldens, ::testing::Values("webhook", "hubspot"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Goldens, survive_any_cut_of_a_reply) {
  for (const Golden& golden : goldens_of(GetParam())) {
    const auto instance = instance_of(table(), golden.settings);
    for (std::size_t keep = 0; keep < 400; keep += 7) {
      const CallOut out = run_golden(*instance, golden, [&](auto, auto, ReplyIn& reply) {
        if (keep < reply.body.size()) reply.body.resize(keep);
      });
      EXPECT_EQ(out.violations(), Words{}) << golden.name << " at " << keep;
    }
  }
}

TEST(Golden, tells_what_differs) {
  Golden golden;
  std::string error;
  const std::string file =
      std::string(TENON_SOURCE_DIR) + "/connectors/hubspot/golden/upsert_ok.json";
  ASSERT_TRUE(read_golden(file, golden, error)) << error;
  golden.outcomes[1]["verdict"] = "rejected";
  golden.steps[0][0].request["path"] = "/other";
  golden.hints.push_back({{"kind", "throttled"}});
  const auto instance = instance_of(*tenon_connector_hubspot(), "{}");
  const auto found = differences(golden, run_golden(*instance, golden));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, "/steps/0/0/request/path");
  EXPECT_EQ(found[0].wanted, Json("/other"));
  EXPECT_EQ(found[1], (Difference{"/outcomes/1/verdict", "rejected", "accepted", ""}));
  EXPECT_EQ(found[2].path, "/hints/0");
}

TEST(Golden, is_refused_with_member_and_reason) {
  const std::string file = ::testing::TempDir() + "golden_refused.json";
  const std::pair<const char*, const char*> cases[] = {
      {"[", "not JSON"},
      {"[]", "the file: wanted an object, found array"},
      {"{}", "/title: wanted string, found nothing"},
      {R"({"title":"t","settings":[]})", "/settings: wanted object, found array"},
      {R"({"title":"t","settings":{},"op":"push"})", "/op: wanted deliver, pull, webhook"},
      {R"({"title":"t","settings":{},"op":"webhook"})", "/inbound: wanted a value, found nothing"},
      {R"({"title":"t","settings":{},"outcome":[]})", "/outcome: no such member; wanted one of ti"},
      {R"({"title":"t","settings":{},"outcomes":[{"verdict":"a"},{"verdikt":"b"}]})",
       "/outcomes/1/verdikt: no such member"},
      {R"({"title":"t","settings":{},"steps":[[{"request":{},"reply":{"got":"x"}}]]})",
       "/steps/0/0/reply/got: wanted http, timeout, no_connection, blocked or lost, found x"},
      {R"({"title":"t","settings":{},"steps":[[{"request":{},"reply":{}}]]})",
       "/steps/0/0/reply/status: wanted a value"},
      {R"({"title":"t","settings":{},"steps":[[{"request":{"json":1,"body":""},"reply":{}}]]})",
       "/steps/0/0/request: wanted json or body, found both"},
      {R"({"title":"t","settings":{},"steps":[[{"request":{"headers":{"a":1}}}]]})",
       "/steps/0/0/request/headers/a: wanted string, found number"},
      {R"({"title":"t","settings":{},"now_ms":-1})", "/now_ms: wanted a whole number from 0"},
      {R"({"title":"t","settings":{},"records":[{"body":{}}]})", "/records/0/id: wanted string"},
  };
  for (const auto& [text, wanted] : cases) {
    std::ofstream(file) << text;
    Golden golden;
    std::string error;
    EXPECT_FALSE(read_golden(file, golden, error)) << text;
    EXPECT_PRED2(has_part, error, wanted);
    EXPECT_PRED2(has_part, error, "golden_refused.json");
  }
}

}  // namespace
}  // namespace tenon::testkit
