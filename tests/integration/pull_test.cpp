// Pull, read-back and check through a real host, a real worker and the model of HubSpot.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

constexpr std::int64_t kBegin = 1'767'225'600'000;

class Pull : public ::testing::Test {
 protected:
  void start(const std::string& interval = "1h") {
    world_.start_vendor();
    world_.start_crm();
    // The route of contacts is left out: what comes from crm must not go back to it.
    text_ = world_.workspace();
    text_.resize(text_.find("[[routes]]\nname = \"contacts\""));
    text_ +=
        "[[sources]]\nname = \"crm-changes\"\nwrite_key = \"env:TEST_WRITE_KEY\"\n"
        "[[pulls]]\nname = \"people\"\ndestination = \"crm\"\nstream = \"contacts\"\n"
        "source = \"crm-changes\"\ninterval = \"" +
        interval + "\"\n";
    ASSERT_TRUE(world_.start_host_with(text_));
  }
  void put(int first, int count) {
    json contacts = json::array();
    for (int i = first; i < first + count; ++i) {
      contacts.push_back({{"email", "c" + std::to_string(i) + "@example.com"},
                          {"at_ms", kBegin + i},
                          {"properties", {{"firstname", "N" + std::to_string(i)}}}});
    }
    world_.crm().set({{"put", contacts}});
  }
  json status() { return world_.tenon({"pull", "status"})["data"][0]; }
  // Addresses that the webhook of destination "inbox" got, with how often.
  std::map<std::string, int> arrived() {
    std::map<std::string, int> seen;
    for (const auto& entry : world_.journal()) {
      const auto event = json::parse(entry["body"].get<std::string>(), nullptr, false);
      if (event.is_object() && event.contains("traits")) {
        seen[event["traits"].value("email", std::string())]++;
      }
    }
    return seen;
  }

  World world_;
  std::string text_;
};

TEST_F(Pull, ContactsComeInPagesOnceEachAndExplainTellsFromWhere) {
  start();
  put(0, 230);
  const auto ran = world_.tenon({"pull", "run", "people"});
  EXPECT_EQ(ran["state"], "idle") << ran << world_.host().output();
  EXPECT_EQ(ran["events"], 230) << ran;
  EXPECT_GE(ran["pages"], 3) << ran;
  ASSERT_TRUE(world_.eventually_distinct(230));
  for (const auto& [email, times] : arrived()) EXPECT_EQ(times, 1) << email;

  const auto again = world_.tenon({"pull", "run", "people"});
  EXPECT_EQ(again["events"], 230) << again;
  put(7, 1);
  put(900, 1);
  const auto changed = world_.tenon({"pull", "run", "people"});
  EXPECT_EQ(changed["events"], 231) << changed;  // c7 was put at its old time: no change

  const auto tail = world_.tenon({"events", "tail", "--limit", "1"});
  ASSERT_TRUE(tail.contains("id")) << tail;  // one line of JSON for each event
  const std::string event = tail["id"];
  const auto trace = world_.tenon({"explain", event});
  const auto& from = trace.is_array() ? trace[0] : trace;
  EXPECT_EQ(from["received"]["pulled"]["pull"], "people") << from;
  EXPECT_EQ(from["received"]["pulled"]["stream"], "contacts") << from;
  EXPECT_EQ(from["received"]["source"], "crm-changes") << from;
}

TEST_F(Pull, AKilledHostGoesOnFromItsCursorWithoutLossOrDouble) {
  start("1s");
  for (int round = 0; round < 3; ++round) {
    put(round * 200, 200);  // the journal keeps 1,000 requests
    ASSERT_TRUE(eventually([&] { return status()["pages"].get<int>() > round * 2; }));
    world_.host().signal(SIGKILL);
    world_.host().wait();
    ASSERT_TRUE(world_.start_host_with(text_));
  }
  ASSERT_TRUE(world_.eventually_distinct(600));
  ASSERT_TRUE(eventually([&] { return status()["events"] == 600; })) << status();
  // Another run, and a change to wait for, so that what came twice would have come by now.
  put(900, 1);
  EXPECT_EQ(world_.tenon({"pull", "run", "people"})["state"], "idle");
  ASSERT_TRUE(world_.eventually_distinct(601));
  EXPECT_EQ(status()["events"], 601) << status();
  EXPECT_EQ(arrived().size(), 601U);
  // Deliveries may repeat over a kill; the events that they carry may not.
  std::set<std::string> events;
  for (const auto& entry : world_.journal()) {
    const auto event = json::parse(entry["body"].get<std::string>(), nullptr, false);
    if (event.is_object()) events.insert(event["id"].get<std::string>());
  }
  EXPECT_EQ(events.size(), 601U);
}

TEST_F(Pull, ReadBackAndCheckAnswerWithTheVendorsWords) {
  start();
  put(1, 1);
  const auto found = world_.tenon({"destinations", "readback", "crm", "--action", "upsert_contact",
                                   R"({"email":"C1@example.com"})", R"({"email":"no@x.org"})"});
  ASSERT_EQ(found["data"].size(), 2U) << found;
  EXPECT_EQ(found["data"][0]["state"], "found");
  EXPECT_EQ(found["data"][0]["record"]["firstName"], "N1") << found;
  EXPECT_EQ(found["data"][1]["state"], "absent");
  EXPECT_EQ(world_.cli({"destinations", "check", "crm"}).status, 0);

  world_.crm().set({{"token", "another"}});
  const auto ran = world_.cli({"pull", "run", "people"});
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_NE(ran.output.find("auth_rejected (slot token)"), std::string::npos) << ran.output;
  const auto refused = world_.cli({"destinations", "check", "crm"});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find("slot token"), std::string::npos) << refused.output;
  EXPECT_EQ(world_.cli({"doctor", "--vendors"}).status, 1);
}

TEST_F(Pull, ARefusedCredentialHoldsTheDestinationAndNothingIsLost) {
  world_.start_vendor();
  world_.start_crm();
  ASSERT_TRUE(world_.start_host());
  world_.crm().set({{"token", "another"}});
  for (const char* id : {"a", "b", "c"}) {
    const auto event = identify(id, std::string(id) + "@example.com");
    ASSERT_EQ(world_.post("/v1/identify", event).status, 200);
  }
  const auto crm = [&] {
    const json all = world_.tenon({"destinations", "list"});
    for (const auto& one : all["data"]) {
      if (one["name"] == "crm") return one;
    }
    return json();
  };
  ASSERT_TRUE(eventually([&] { return crm()["state"] == "waiting"; })) << crm();
  EXPECT_NE(crm()["reason"].get<std::string>().find("auth_rejected (slot token)"),
            std::string::npos)
      << crm();
  world_.crm().set({{"token", World::kCrmToken}});
  // A check that works lifts the hold: nobody waits for its end.
  EXPECT_EQ(world_.cli({"destinations", "check", "crm"}).status, 0);
  for (const char* id : {"a", "b", "c"}) world_.trace_until(id, "crm", "delivered");
}

TEST_F(Pull, AConfigurationThatWouldGoInCirclesIsRefused) {
  start();
  const std::string circle = text_ +
                             "[[routes]]\nname = \"back\"\nsources = [\"crm-changes\"]\n"
                             "destination = \"crm\"\naction = \"upsert_contact\"\n"
                             "[routes.map]\nemail = \"/traits/email\"\n";
  write_file(world_.folder() / "circle.toml", circle);
  const auto checked = world_.cli({"config", "check", world_.folder() / "circle.toml"});
  EXPECT_NE(checked.status, 0);
  EXPECT_NE(checked.output.find("sends back to crm"), std::string::npos) << checked.output;
}

}  // namespace
}  // namespace tenon::testing
