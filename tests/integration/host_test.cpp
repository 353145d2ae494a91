// A real tenond: what it acknowledged survives kill -9, it stops cleanly, and its metrics are
// sound.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

TEST(Host, WhatWasAcknowledgedSurvivesKill) {
  World world;
  world.start_vendor({{"delay_ms", 5}});
  std::set<std::string> acknowledged;
  int next = 0;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(world.start_host());
    for (int i = 0; i < 40; ++i) {
      const std::string id = "m" + std::to_string(next++);
      if (world.post("/v1/track", track(id)).status == 200) acknowledged.insert(id);
    }
    world.host().signal(SIGKILL);
    EXPECT_EQ(world.host().wait(), 128 + SIGKILL);
  }
  EXPECT_EQ(acknowledged.size(), 120U);
  ASSERT_TRUE(world.start_host());
  ASSERT_TRUE(world.eventually_distinct(acknowledged.size()));
  std::set<std::string> delivered;
  for (const auto& entry : world.journal()) {
    delivered.insert(json::parse(entry["body"].get<std::string>())["messageId"]);
  }
  EXPECT_EQ(delivered, acknowledged);
}

TEST(Host, StopsCleanlyOnSigterm) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(world.eventually_distinct(1));
  world.host().signal(SIGTERM);
  EXPECT_EQ(world.host().wait(), 0) << world.host().output();
}

TEST(Host, ExplainTellsTheWholeWay) {
  World world;
  world.start_vendor({{"throttle_next", 1}, {"retry_after_s", 1}});
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  const auto traces = world.tenon({"explain", "--message-id", "web:m1", "--wait", "20"});
  ASSERT_TRUE(traces.is_array() && traces.size() == 1) << traces;
  const auto& trace = traces[0];
  EXPECT_EQ(trace["received"]["message_id"], "m1");
  EXPECT_EQ(trace["decision"]["fate"], "routed");
  ASSERT_EQ(trace["deliveries"].size(), 1U) << trace;
  const auto& delivery = trace["deliveries"][0];
  EXPECT_EQ(delivery["state"], "delivered");
  ASSERT_EQ(delivery["attempts"].size(), 2U) << delivery;
  EXPECT_EQ(delivery["attempts"][0]["outcome"]["http_status"], 429);
  EXPECT_EQ(delivery["attempts"][1]["outcome"]["verdict"], "accepted");
  EXPECT_EQ(trace.dump().find(World::kSecret), std::string::npos);
}

TEST(Host, DeliversOverTlsToAVendorItCanVerify) {
  World world;
  const std::string key = world.folder() / "server.key",
                    certificate = world.folder() / "server.pem";
  const auto made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                         "-keyout", key, "-out", certificate});
  ASSERT_EQ(made.status, 0) << made.output;
  world.start_vendor(json::object(), {"--certificate", certificate, "--key", key});
  ASSERT_TRUE(world.vendor().starts_with("https://")) << world.vendor();
  ASSERT_TRUE(world.start_host("peers = \"allow_loopback\"\nca_file = \"" + certificate + "\""));
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  auto traces = world.tenon({"explain", "--message-id", "web:m1", "--wait", "20"});
  ASSERT_TRUE(traces.is_array() && traces.size() == 1) << traces;
  EXPECT_EQ(traces[0]["deliveries"][0]["state"], "delivered") << traces;

  // Without the anchor the vendor is a stranger: nothing is sent to it.
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m2")).status, 200);
  ASSERT_TRUE(eventually([&] {
    traces = world.tenon({"explain", "--message-id", "web:m2"});
    return traces.is_array() && traces.size() == 1 && traces[0]["deliveries"].size() == 1 &&
           traces[0]["deliveries"][0]["tries"] > 0;
  })) << traces;
  EXPECT_NE(traces[0]["deliveries"][0]["state"], "delivered") << traces;
}

TEST(Host, MetricsAreWhatPrometheusWants) {
  const auto promtool = from_environment("TENON_PROMTOOL");
  if (!promtool) GTEST_SKIP() << "TENON_PROMTOOL is not set";
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(world.eventually_distinct(1));
  const auto metrics = http("GET", world.metrics_url() + "/metrics");
  EXPECT_EQ(metrics.status, 200);
  write_file(world.folder() / "metrics", metrics.body);
  const auto checked = run(
      {"sh", "-c", "'" + *promtool + "' check metrics < '" + (world.folder() / "metrics") + "'"});
  EXPECT_EQ(checked.status, 0) << checked.output << metrics.body;
}

}  // namespace
}  // namespace tenon::testing
