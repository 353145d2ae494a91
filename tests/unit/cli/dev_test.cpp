// The pure parts of tenon dev: its workspace, its sample customers, its figures and their texts.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/dev_sample.hpp"
#include "cli/dev_setup.hpp"
#include "cli/dev_view.hpp"
#include "cli/models.hpp"
#include "cli/private_file.hpp"
#include "manifest/workspace.hpp"

namespace tenon::cli {
namespace {

TEST(DevWorkspace, EveryDestinationIsAModelAndItsOnlySourceIsSynthetic) {
  DevModel one;
  one.name = "acme";
  one.url = "http://127.0.0.1:4001";
  one.workspace =
      "[[destinations]]\nname = \"acme\"\nconnector = \"acme\"\nmodel = \"{model}\"\n"
      "[destinations.settings]\nurl = \"{model}\"\n"
      "[[routes]]\nname = \"acme\"\nsources = [\"sample\"]\ndestination = \"acme\"\n"
      "action = \"send\"";
  DevModel silent;
  silent.name = "silent";
  const auto workspace = parse_workspace(dev_workspace({one, silent}), "w");
  ASSERT_TRUE(workspace) << workspace.error().errors.front().text();
  ASSERT_EQ(workspace->destinations.size(), 1u);
  EXPECT_EQ(workspace->destinations[0].model, one.url);
  EXPECT_EQ(workspace->destinations[0].settings, R"({"url":"http://127.0.0.1:4001"})");
  ASSERT_EQ(workspace->sources.size(), 1u);
  EXPECT_TRUE(workspace->sources[0].synthetic);
}

TEST(DevPlaceFile, IsReadAsItWasWrittenAndMissedByName) {
  const auto folder = PrivateFolder::make();
  ASSERT_TRUE(folder);
  const auto none = read_dev_place(folder->path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  const DevPlace place{"http://127.0.0.1:1", "key", {{"acme", "http://127.0.0.1:2"}}};
  ASSERT_TRUE(write_dev_place(folder->path(), place));
  const auto read = read_dev_place(folder->path());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, place);
  for (const char* broken : {"", "[]", "{}", R"({"ingest":1,"write_key":"k","models":{}})"}) {
    std::ofstream(folder->path() + "/dev.json") << broken;
    EXPECT_FALSE(read_dev_place(folder->path())) << broken;
  }
}

TEST(DevModels, AddressesAreReadByWholeLines) {
  EXPECT_EQ(model_addresses("a http://x\nb http://y\nc htt"),
            (std::map<std::string, std::string>{{"a", "http://x"}, {"b", "http://y"}}));
  EXPECT_TRUE(model_addresses("").empty());
}

TEST(DevSample, EventsAreDistinctAndOfNobody) {
  std::set<std::string> ids;
  for (std::uint64_t i = 0; i < 3'003; ++i) {
    const auto event = nlohmann::json::parse(sample_event(7, i));
    EXPECT_TRUE(ids.insert(event["messageId"]).second);
    if (event["type"] != "identify") continue;
    const std::string mail = event["traits"]["email"];
    EXPECT_TRUE(mail.ends_with("@customers.invalid")) << mail;
  }
  EXPECT_EQ(sample_event(7, 3), sample_event(7, 3));
  EXPECT_NE(sample_event(7, 3), sample_event(8, 3));
}

constexpr const char* kMetrics = R"(# HELP tenon_deliveries_total x
# TYPE tenon_deliveries_total counter
tenon_deliveries_total{destination="crm",fate="delivered",lane="live",reason=""} 8
tenon_deliveries_total{destination="crm",fate="skipped",lane="live",reason="known"} 1
tenon_deliveries_total{destination="crm",fate="retry",lane="live",reason="throttled"} 5
tenon_destination_pending{destination="crm"} 6
tenon_destination_retrying{destination="crm"} 2
tenon_destination_dead{destination="crm"} 3
tenon_destination_parked{destination="crm"} 1
tenon_egress_request_seconds_bucket{destination="crm",endpoint="api",le="0.1"} 5
tenon_egress_request_seconds_bucket{destination="crm",endpoint="api",le="0.2"} 9
tenon_egress_request_seconds_bucket{destination="crm",endpoint="api",le="+Inf"} 10
tenon_egress_request_seconds_count{destination="crm",endpoint="api"} 10
tenon_destination_pending{destination="inbox"} 0
tenon_up 1
broken{ 7
)";

TEST(DevView, FiguresComeOutOfMetrics) {
  const auto rows = dev_rows(kMetrics);
  ASSERT_EQ(rows.size(), 2u);
  const DevRow& crm = rows.at("crm");
  EXPECT_EQ(crm.accepted, 9u);
  EXPECT_EQ(crm.waiting, 4u);
  EXPECT_EQ(crm.retrying, 2u);
  EXPECT_EQ(crm.rejected, 4u);
  EXPECT_DOUBLE_EQ(*crm.p50_s, 0.1);
  EXPECT_DOUBLE_EQ(*crm.p95_s, 0.2);  // in the last bucket: at least so long
  EXPECT_FALSE(rows.at("inbox").p50_s);
  EXPECT_TRUE(dev_rows("").empty());
}

TEST(DevView, AsATableAndAsALine) {
  DevFacts facts;
  facts.running = std::chrono::seconds(12);
  facts.sent = 3;
  facts.to_send = 10;
  facts.rows = dev_rows(kMetrics);
  facts.faults = {{"crm", "throttle 20%"}};
  EXPECT_EQ(
      render_dev_line(facts),
      "12 s, 3 of 10 sample events sent | crm: 9 accepted, 4 waiting, 2 retrying, 4 rejected, "
      "p50 100 ms, p95 200 ms, faults throttle 20% | inbox: 0 accepted, 0 waiting, 0 "
      "retrying, 0 rejected, p50 -, p95 -, faults -\n");
  const std::string table = render_dev_table(facts, Style());
  EXPECT_NE(table.find("DESTINATION"), std::string::npos) << table;
  EXPECT_NE(table.find("throttle 20%"), std::string::npos) << table;
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;
}

TEST(VendorFaults, OptionsBecomeTheText) {
  EXPECT_EQ(faults_text({{"throttle", "20%"}, {"slow", "2s"}}), "throttle 20%, slow 2s");
  EXPECT_EQ(faults_text({}), "");
}

}  // namespace
}  // namespace tenon::cli
