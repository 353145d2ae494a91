// Unmodified clients from npm send to a real tenond; what they sent arrives at the vendor, signed.
#include <gtest/gtest.h>

#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class NpmClient : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto node = from_environment("TENON_NODE");
    const auto clients = from_environment("TENON_NPM_CLIENTS");
    if (!node || !clients) GTEST_SKIP() << "TENON_NODE or TENON_NPM_CLIENTS is not set";
    node_ = *node;
    clients_ = *clients;
    world_.start_vendor();
    ASSERT_TRUE(world_.start_host());
  }

  json client(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {node_, clients_ + "/" + name + ".mjs"});
    const auto done = run(std::move(arguments));
    EXPECT_EQ(done.status, 0) << done.output;
    return json::parse(done.output, nullptr, false);
  }

  // The vendor has exactly the messages that the client says it sent, each once.
  void expect_arrived(const json& sent) {
    ASSERT_TRUE(sent.is_array() && !sent.empty());
    ASSERT_TRUE(world_.eventually_distinct(sent.size()));
    std::set<std::string> wanted, found;
    for (const auto& id : sent) wanted.insert(id);
    for (const auto& entry : world_.journal()) {
      const auto event = json::parse(entry["body"].get<std::string>(), nullptr, false);
      EXPECT_TRUE(found.insert(event.value("messageId", std::string("none"))).second) << event;
    }
    EXPECT_EQ(found, wanted);
  }

  World world_;
  std::string node_, clients_;
};

TEST_F(NpmClient, SegmentSendsSixKindsOfCalls) {
  const auto told = client("segment", {world_.url(), World::kWriteKey, "20"});
  ASSERT_TRUE(told.contains("sent"));
  EXPECT_EQ(told["sent"].size(), 25U);
  expect_arrived(told["sent"]);
}

TEST_F(NpmClient, RudderStackSendsGzipLabelledAsAForm) {
  const auto told = client("rudder", {world_.url(), World::kWriteKey, "20"});
  ASSERT_TRUE(told.contains("sent"));
  expect_arrived(told["sent"]);
}

TEST_F(NpmClient, CloudEventsInAllThreeModes) {
  const auto told = client("cloudevents", {world_.url(), World::kWriteKey});
  ASSERT_TRUE(told.contains("sent"));
  EXPECT_EQ(told["sent"].size(), 5U);
  expect_arrived(told["sent"]);
}

TEST_F(NpmClient, StandardWebhooksVerifiesWhatWasSent) {
  for (int i = 0; i < 5; ++i) {
    const json event = {{"type", "track"},
                        {"event", "Order"},
                        {"userId", "u"},
                        {"messageId", "m" + std::to_string(i)},
                        {"properties", {{"name", "Zoë"}}}};
    ASSERT_EQ(world_.post("/v1/track", event).status, 200);
  }
  ASSERT_TRUE(world_.eventually_distinct(5));
  const auto told = client("verify_webhook", {world_.vendor(), World::kSecret});
  EXPECT_EQ(told["verified"], 5);
}

}  // namespace
}  // namespace tenon::testing
