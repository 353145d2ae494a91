// The way of one event: in by HTTP, out to the vendor with a signature, told by explain; secrets
// stay where they are.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

TEST(Event, GoesAllTheWayAndIsExplained) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  const auto answer = world.post("/v1/track", track("order-1"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto trace = world.trace_until("order-1", "inbox", "delivered");

  const auto journal = world.journal();
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(journal[0]["method"], "POST");
  EXPECT_EQ(journal[0]["path"], "/in");
  const auto& headers = journal[0]["headers"];
  for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    EXPECT_TRUE(headers.contains(name)) << headers;
  }
  EXPECT_EQ(json::parse(journal[0]["body"].get<std::string>())["messageId"], "order-1");
  const auto model = world.vendor_state()["model"];  // it knows the key and verifies
  EXPECT_EQ(model["accepted"], 1);
  EXPECT_EQ(model["wrong_signature"], 0);
  EXPECT_EQ(model["unsigned"], 0);

  EXPECT_EQ(trace["decision"]["fate"], "routed");
  EXPECT_EQ(trace["decision"]["consent"], "not_enforced");
  const auto delivery = delivery_of(trace, "inbox");
  EXPECT_EQ(delivery["route"], "all");
  ASSERT_EQ(delivery["attempts"].size(), 1U) << delivery;
  const auto& attempt = delivery["attempts"][0];
  EXPECT_EQ(attempt["release"], "webhook@1.0.0");
  ASSERT_EQ(attempt["exchanges"].size(), 1U) << attempt;
  EXPECT_EQ(attempt["exchanges"][0]["http_status"], 200);
  EXPECT_EQ(attempt["outcome"]["verdict"], "accepted");

  const auto text = world.cli({"explain", trace["received"].value("id", trace.value("id", ""))});
  EXPECT_EQ(text.status, 0) << text.output;
  for (const char* word : {"order-1", "inbox", "delivered", "webhook@1.0.0", "200", "all"}) {
    EXPECT_NE(text.output.find(word), std::string::npos) << word << " in\n" << text.output;
  }
}

// Every byte that the host wrote or that a person may read.
void expect_nowhere(const World& world, const std::string& secret, const std::string& shown) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.data())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_EQ(read_file(entry.path()).find(secret), std::string::npos)
        << secret << " in " << entry.path();
  }
  EXPECT_GT(files, 3U);
  EXPECT_EQ(shown.find(secret), std::string::npos) << secret << " in\n" << shown;
}

TEST(Event, SecretsAreNowhere) {
  World world;
  world.start_vendor();
  world.start_crm();
  world.host_arguments = {"--log-level", "debug"};
  ASSERT_TRUE(world.start_host());
  const auto answer = world.post("/v1/identify", identify("ada", "ada@example.com"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  world.trace_until("ada", "crm", "delivered");
  const auto trace = world.trace_until("ada", "inbox", "delivered");
  const std::string id = trace["received"].value("id", trace.value("id", ""));
  // The vendor did get its token.
  EXPECT_EQ(world.crm().state()["model"]["unauthorized"], 0);
  std::string shown;
  const std::vector<std::vector<std::string>> commands = {{"explain", id},
                                                          {"--json", "explain", id},
                                                          {"config", "show"},
                                                          {"--json", "config", "history"},
                                                          {"doctor"},
                                                          {"--json", "destinations", "list"},
                                                          {"--json", "connectors", "list"},
                                                          {"--json", "events", "tail"}};
  for (const auto& command : commands) {
    const auto done = world.cli(command);
    EXPECT_EQ(done.status, 0) << done.output;
    shown += done.output;
  }
  shown += http("GET", world.metrics_url() + "/metrics").body;
  world.host().signal(SIGTERM);
  EXPECT_EQ(world.host().wait(), 0);
  shown += world.host().output() + answer.body;
  for (const std::string secret : {World::kSecret + 6, World::kCrmToken, World::kWriteKey}) {
    expect_nowhere(world, secret, shown);
  }
}

}  // namespace
}  // namespace tenon::testing
