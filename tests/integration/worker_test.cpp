// Workers that die, hang or crash in the middle: always a retry, never a lost event or a dead host.
#include <gtest/gtest.h>

#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

// A manifest for a connector of tests/support/connectors; that of echo disagrees with its code.
std::string manifest_of(const std::string& name) {
  const std::string ops = name == "echo" ? "\"deliver\"" : "\"deliver\", \"check\"";
  return "[connector]\nid = \"" + name +
         "\"\nversion = \"1.0.0\"\ntitle = \"Test\"\nsummary = \"A connector for tests.\"\n"
         "abi = \"1.0\"\nops = [" +
         ops +
         "]\n"
         "[[endpoint]]\nname = \"api\"\nhost = \"api.vendor.example\"\n"
         "[[action]]\nname = \"send\"\ntitle = \"Send\"\nopen_fields = true\n"
         "[action.batch]\nmax_records = 10\n[retry]\nfirst_ms = 300\nceiling_ms = 300\n";
}

std::string test_connector(const std::string& name) {
  return TENON_BINARY_DIR "/tests/connectors/" + name + ".so";
}

std::string more_destination(const std::string& name) {
  return "[[destinations]]\nname = \"odd\"\nconnector = \"" + name +
         "\"\n[[routes]]\nname = \"odd\"\ndestination = \"odd\"\naction = \"send\"\n";
}

pid_t worker_of(const World& world, const std::string& connector) {
  const auto workers = world.tenon({"workers", "list"});
  if (!workers.is_object()) return 0;
  for (const auto& worker : workers["data"]) {
    if (worker["release"].get<std::string>().starts_with(connector + "@")) return worker["pid"];
  }
  return 0;
}

TEST(Worker, KilledInTheMiddleLosesNothing) {
  World world;
  world.start_vendor({{"delay_ms", 10}});
  ASSERT_TRUE(world.start_host());
  json batch = json::array();
  for (int i = 0; i < 120; ++i) batch.push_back(track("m" + std::to_string(i)));
  ASSERT_EQ(world.post("/v1/batch", {{"batch", batch}}).status, 200);
  std::set<pid_t> killed;
  for (std::size_t some : {10U, 40U, 70U}) {
    ASSERT_TRUE(world.eventually_distinct(some));
    const pid_t pid = worker_of(world, "webhook");
    if (pid > 0 && kill(pid, SIGKILL) == 0) killed.insert(pid);
  }
  EXPECT_GE(killed.size(), 1U);
  ASSERT_TRUE(world.eventually_distinct(120));
  const auto ids = message_ids(world.journal());
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 120U);
  const pid_t now = worker_of(world, "webhook");
  EXPECT_FALSE(killed.contains(now));
  EXPECT_TRUE(world.healthy());
  EXPECT_EQ(world.vendor_state()["model"]["wrong_signature"], 0);
}

json connector_named(const World& world, const std::string& id) {
  const auto listed = world.tenon({"connectors", "list"});
  for (const auto& one : listed.value("data", json::array())) {
    if (one["id"] == id) return one;
  }
  return {};
}

TEST(Worker, AQuarantineIsSeenEverywhereAndLiftedByAnOperator) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  std::string manifest = manifest_of("escape");
  manifest.replace(manifest.find("\"send\""), 6, "\"socket\"");  // its actions are what it tries
  world.add_connector(test_connector("escape"), manifest);
  std::string destination = more_destination("escape");
  destination.replace(destination.find("\"send\""), 6, "\"socket\"");
  ASSERT_TRUE(world.start_host_with(world.workspace() + destination));
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  json found;
  ASSERT_TRUE(eventually([&] {
    found = connector_named(world, "escape");
    return found.value("state", "") == "quarantined";
  })) << found
      << world.host().output();
  EXPECT_EQ(found["strikes"], 1);
  EXPECT_NE(found["problem"].get<std::string>().find("SIGSYS"), std::string::npos) << found;
  EXPECT_EQ(connector_named(world, "webhook")["state"], "ready");
  std::string mend;
  const auto doctor = world.tenon({"doctor"});
  for (const auto& finding : doctor["data"]) {
    if (finding["name"] == "worker") mend = finding["mend"];
  }
  EXPECT_NE(mend.find("tenon connectors clear escape@1.0.0"), std::string::npos) << mend;
  EXPECT_NE(http("GET", world.metrics_url() + "/metrics")
                .body.find("tenon_release_quarantined{release=\"escape@1.0.0\"} 1"),
            std::string::npos);
  const auto cleared =
      world.tenon({"connectors", "clear", "escape@1.0.0", "--reason", "to see it again"});
  EXPECT_EQ(cleared["state"], "ready") << cleared;
  ASSERT_TRUE(eventually([&] {
    return world.host().output().find("release.cleared") != std::string::npos;
  })) << world.host().output();
  EXPECT_TRUE(world.healthy());
}

TEST(Worker, WithoutIsolationIsForOneConnectorAndShownEverywhere) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  world.add_connector(TENON_BINARY_DIR "/connectors/hubspot.so");
  world.host_arguments = {"--isolation-none-i-accept", "webhook"};
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  world.trace_until("m1", "inbox", "delivered");
  EXPECT_EQ(connector_named(world, "webhook")["isolation"], "none");
  EXPECT_NE(connector_named(world, "hubspot")["isolation"], "none");
  const auto workers = world.tenon({"workers", "list"});
  for (const auto& worker : workers["data"]) {
    EXPECT_EQ(worker["isolation"] == "none",
              worker["release"].get<std::string>().starts_with("webhook@"));
  }
  std::string told;
  const auto doctor = world.tenon({"doctor"});
  for (const auto& finding : doctor["data"]) {
    if (finding["level"] == "error") told += finding["text"].get<std::string>();
  }
  EXPECT_NE(told.find("OFF for webhook@"), std::string::npos) << told;
  const auto metrics = http("GET", world.metrics_url() + "/metrics").body;
  EXPECT_NE(metrics.find("tenon_isolation_off{release=\"webhook@1.0.0\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("tenon_isolation_off{release=\"hubspot@1.0.0\"} 0"), std::string::npos);
  EXPECT_NE(world.host().output().find("connector.not_isolated"), std::string::npos);
}

TEST(Worker, OneEventThatKillsIsADeadLetterAndNoOtherIsLostWithIt) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  world.add_connector(test_connector("picky"), manifest_of("picky"));
  ASSERT_TRUE(world.start_host_with(world.workspace() + more_destination("picky")));
  json batch = json::array();
  for (int i = 0; i < 30; ++i)
    batch.push_back(track((i == 13 ? "poison" : "m") + std::to_string(i)));
  ASSERT_EQ(world.post("/v1/batch", {{"batch", batch}}).status, 200);
  const auto trace = world.trace_until("poison13", "odd", "dead");
  EXPECT_NE(trace.dump().find("kills_worker"), std::string::npos) << trace;
  for (int i = 0; i < 30; ++i) {
    if (i != 13) world.trace_until("m" + std::to_string(i), "odd", "skipped");
  }
  EXPECT_NE(connector_named(world, "picky")["state"], "broken");
  EXPECT_TRUE(world.healthy());
}

class OddConnector : public ::testing::TestWithParam<const char*> {};

TEST_P(OddConnector, IsARetryAndItsNeighbourGoesOn) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  world.add_connector(test_connector(GetParam()), manifest_of(GetParam()));
  ASSERT_TRUE(world.start_host_with(world.workspace() + more_destination(GetParam())));
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  json delivery;
  ASSERT_TRUE(eventually([&] {
    delivery = delivery_of(world.trace("m1"), "odd");
    return delivery.is_object() && !delivery["attempts"].empty();
  })) << delivery
      << world.host().output();
  EXPECT_NE(delivery["state"], "delivered") << delivery;
  EXPECT_NE(delivery["state"], "dead") << delivery;
  world.trace_until("m1", "inbox", "delivered");
  // And still: new events go to the neighbour while the odd one fails again.
  ASSERT_EQ(world.post("/v1/track", track("m2")).status, 200);
  world.trace_until("m2", "inbox", "delivered");
  EXPECT_TRUE(world.healthy());
  world.host().signal(SIGTERM);
  EXPECT_EQ(world.host().wait(), 0) << world.host().output();
}

INSTANTIATE_TEST_SUITE_P(Worker, OddConnector,
                         ::testing::Values("hang", "crash", "garbage", "exception", "flood",
                                           "wrong_abi", "wrong_symbol", "constructor_crash",
                                           "echo"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace tenon::testing
