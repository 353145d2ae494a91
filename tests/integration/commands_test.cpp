// The program tenon against a real host: what its commands do, their JSON and exit statuses.
#include <gtest/gtest.h>

#include <sstream>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.start_vendor();
    ASSERT_TRUE(world_.start_host());
  }
  World world_;
};

TEST_F(Commands, EachAnswersInJson) {
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  const auto id = world_.trace_until("m1", "inbox", "delivered")["id"].get<std::string>();
  const std::string file = world_.folder() / "workspace.toml";
  const std::vector<std::vector<std::string>> commands = {{"explain", id},
                                                          {"explain", "--message-id", "web:m1"},
                                                          {"deliveries"},
                                                          {"dead-letters", "list"},
                                                          {"connectors", "list"},
                                                          {"workers", "list"},
                                                          {"destinations", "list"},
                                                          {"config", "check", file},
                                                          {"config", "diff", file},
                                                          {"config", "apply", file},
                                                          {"config", "history"},
                                                          {"config", "show"},
                                                          {"events", "tail"},
                                                          {"events", "rejected", "list"},
                                                          {"doctor"}};
  for (auto command : commands) {
    const auto text = world_.cli(command);
    EXPECT_EQ(text.status, 0) << command[0] << text.output;
    EXPECT_EQ(text.output.find('\x1b'), std::string::npos) << "colours without a terminal";
    command.insert(command.begin(), "--json");
    const auto done = world_.cli(command);
    EXPECT_EQ(done.status, 0) << command[1] << done.output;
    EXPECT_FALSE(json::parse(done.output, nullptr, false).is_discarded()) << done.output;
  }
  const auto connectors = world_.tenon({"connectors", "list"})["data"];
  EXPECT_EQ(connectors.size(), 2U) << connectors;
  EXPECT_EQ(world_.tenon({"workers", "list"})["data"].size(), 1U);
}

TEST_F(Commands, SendTellsWhatWasAcceptedAndTailShowsIt) {
  std::string lines;
  for (int i = 0; i < 25; ++i) lines += track("sent-" + std::to_string(i)).dump() + "\n";
  write_file(world_.folder() / "events.ndjson", lines);
  const auto sent =
      world_.tenon({"events", "send", world_.folder() / "events.ndjson", "--source-url",
                    world_.url(), "--write-key", "env:TEST_WRITE_KEY"});
  EXPECT_EQ(sent["accepted"], 25) << sent;
  ASSERT_TRUE(world_.eventually_distinct(25));
  const auto tail = world_.cli({"--json", "events", "tail", "--limit", "5"});
  std::istringstream shown(tail.output);
  int count = 0;
  for (std::string line; std::getline(shown, line); ++count) {
    EXPECT_EQ(json::parse(line, nullptr, false)["source"], "web") << line;
    EXPECT_EQ(json::parse(line, nullptr, false)["fate"], "routed") << line;
  }
  EXPECT_EQ(count, 5);
}

TEST_F(Commands, PauseHoldsAcrossARestartSkipGivesUpResumeGoesOn) {
  ASSERT_EQ(world_.cli({"destinations", "pause", "inbox", "--reason", "test"}).status, 0);
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(eventually([&] {
    const auto list = world_.tenon({"deliveries", "--state", "pending"});
    return list.is_object() && list["data"].size() == 1;
  }));
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(world_.tenon({"destinations", "list"})["data"][0]["state"], "paused");
  EXPECT_EQ(world_.vendor_state()["requests"], 0);
  EXPECT_EQ(world_.cli({"destinations", "skip", "inbox", "--reason", "test"}).status, 2);
  const auto skipped = world_.tenon({"destinations", "skip", "inbox", "--reason", "t", "--yes"});
  EXPECT_EQ(skipped["given_up"], 1) << skipped;
  world_.trace_until("m1", "inbox", "skipped");
  ASSERT_EQ(world_.post("/v1/track", track("m2")).status, 200);
  ASSERT_EQ(world_.cli({"destinations", "resume", "inbox"}).status, 0);
  world_.trace_until("m2", "inbox", "delivered");
  EXPECT_EQ(world_.vendor_state()["model"]["distinct"], 1);
}

TEST_F(Commands, MistakesEndWithTheirStatus) {
  auto text = world_.workspace();
  text.insert(text.find("[[sources]]"), "colour = 1\n");
  const std::string bad = world_.folder() / "bad.toml";
  write_file(bad, text);
  for (const char* verb : {"check", "diff", "apply"}) {
    const auto done = world_.cli({"config", verb, bad});
    EXPECT_EQ(done.status, 1) << verb << done.output;
    EXPECT_NE(done.output.find("bad.toml:4:"), std::string::npos) << verb << done.output;
    EXPECT_NE(done.output.find("colour"), std::string::npos) << verb << done.output;
  }
  const auto here =
      world_.cli({"config", "check", bad, "--connectors", TENON_BINARY_DIR "/connectors"});
  EXPECT_EQ(here.status, 1) << here.output;
  EXPECT_NE(here.output.find("colour"), std::string::npos) << here.output;
  EXPECT_EQ(world_.tenon({"config", "history"})["data"].size(), 1U);

  EXPECT_EQ(world_.cli({"explain", "evt_000000000000000000000"}).status, 1);
  EXPECT_EQ(world_.cli({"explain", "nonsense"}).status, 1);
  EXPECT_EQ(world_.cli({"dead-letters", "show", "dlv_00000000000000000000000000"}).status, 1);
  EXPECT_EQ(world_.cli({"destinations", "pause", "nobody", "--reason", "x"}).status, 1);
  EXPECT_EQ(world_.cli({"no-such-command"}).status, 2);
  EXPECT_EQ(world_.cli({"dead-letters", "redrive"}).status, 2);
  EXPECT_EQ(world_.cli({"--help"}).status, 0);

  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  const auto nobody = world_.cli({"doctor"});
  EXPECT_EQ(nobody.status, 3) << nobody.output;
  EXPECT_NE(nobody.output.find("no host answers"), std::string::npos) << nobody.output;
  EXPECT_EQ(world_.tenon({"doctor"})["type"], "urn:tenon:problem:unreachable");
}

TEST_F(Commands, ManyDeadLettersAreRedrivenTogether) {
  world_.inbox().set({{"mode", "refuse"}});
  for (const char* id : {"m1", "m2", "m3"}) {
    ASSERT_EQ(world_.post("/v1/track", track(id)).status, 200);
  }
  for (const char* id : {"m1", "m2", "m3"}) world_.trace_until(id, "inbox", "dead");
  world_.inbox().set({{"mode", "ok"}});
  const auto counted = world_.tenon({"dead-letters", "redrive", "--all", "--dry-run"});
  EXPECT_EQ(counted["matched"], 3) << counted;
  EXPECT_EQ(counted["reruns"].size(), 0u) << counted;
  const auto none = world_.tenon({"dead-letters", "redrive", "--all", "--destination", "other"});
  EXPECT_EQ(none.value("status", 0), 404) << none;
  const auto done = world_.tenon({"dead-letters", "redrive", "--all"});
  EXPECT_EQ(done["matched"], 3) << done;
  EXPECT_EQ(done["reruns"].size(), 1u) << done;
  for (const char* id : {"m1", "m2", "m3"}) world_.trace_until(id, "inbox", "delivered");
  EXPECT_TRUE(world_.tenon({"dead-letters", "list"})["data"].empty());
}

}  // namespace
}  // namespace tenon::testing
