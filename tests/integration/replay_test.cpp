// Replays, redrives and edits with a real host: what is sent once more, to whom, and what is not.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class Replay : public ::testing::Test {
 protected:
  void start(const json& vendor = json::object()) {
    world_.start_vendor(vendor);
    ASSERT_TRUE(world_.start_host());
  }
  void send(int from, int to) {
    json batch = json::array();
    for (int i = from; i < to; ++i) batch.push_back(track("m" + std::to_string(i)));
    ASSERT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
  }
  // `tenon --json replay ...` of all that came until now.
  json replay(std::vector<std::string> more, const std::string& destination = "inbox") {
    std::vector<std::string> words = {"replay",        "--from",    "2020-01-01T00:00:00Z",
                                      "--destination", destination, "--to",
                                      now_text()};
    words.insert(words.end(), more.begin(), more.end());
    return world_.tenon(words);
  }
  json ended(const std::string& id) {
    json rerun;
    EXPECT_TRUE(eventually([&] {
      rerun = world_.tenon({"replay", "show", id});
      return rerun.value("state", "") != "running";
    })) << rerun.dump(1);
    return rerun;
  }
  std::map<std::string, int> requests() const {
    std::map<std::string, int> all;
    for (const auto& id : message_ids(world_.journal())) ++all[id];
    return all;
  }
  // Of the deliveries, without those that are not settled.
  std::int64_t delivered() const {
    const auto rows =
        http("GET", "http://tenon/api/v1/completeness", {}, {}, world_.data() + "/admin.sock")
            .json()["data"];
    std::int64_t sum = 0;
    for (const auto& row : rows) sum += row.value("delivered", 0);
    return sum;
  }

  World world_;
};

TEST_F(Replay, IsCountedFirstThenSentOnceMoreAndSeenEverywhere) {
  start();
  send(0, 6);
  ASSERT_TRUE(world_.eventually_distinct(6));
  world_.trace_until("m5", "inbox", "delivered");
  ASSERT_TRUE(eventually([&] { return delivered() == 6; }));
  const auto plan = replay({"--dry-run"});
  EXPECT_EQ(plan["looked"], 6) << plan;
  EXPECT_EQ(plan["matched"], 6) << plan;
  EXPECT_EQ(plan["duplicates_at_most"], 6) << plan;
  EXPECT_EQ(plan["unsafe_actions"].size(), 0u) << plan;
  EXPECT_EQ(requests().size(), 6u);
  EXPECT_EQ(world_.tenon({"replay", "list"})["data"].size(), 0u);
  // Nobody there to be asked: it must be said.
  EXPECT_EQ(world_
                .cli({"replay", "--from", "2020-01-01T00:00:00Z", "--to", now_text(),
                      "--destination", "inbox"})
                .status,
            2);
  const auto started = replay({"--yes", "--where", "eq = { \"/messageId\" = \"m3\" }"});
  const auto one = ended(started.value("id", ""));
  EXPECT_EQ(one["taken"], 1) << one;
  EXPECT_EQ(one["delivered"], 1) << one;
  const auto all = ended(replay({"--yes", "--rate", "100/s"}).value("id", ""));
  EXPECT_EQ(all["state"], "done") << all;
  EXPECT_EQ(all["delivered"], 6) << all;
  EXPECT_EQ(all["progress"], 1.0) << all;
  auto seen = requests();
  EXPECT_EQ(seen["m3"], 3);
  EXPECT_EQ(seen["m0"], 2);
  EXPECT_EQ(delivered(), 6) << "a replay changed the counts of the deliveries";
  EXPECT_EQ(world_.tenon({"replay", "list"})["data"].size(), 2u);
  const auto trace = world_.trace("m3");
  ASSERT_EQ(trace["deliveries"].size(), 3u) << trace.dump(1);
  for (const auto& delivery : trace["deliveries"]) {
    EXPECT_EQ(delivery["state"], "delivered");
    EXPECT_EQ(delivery["id"], trace["deliveries"][0]["id"]);
  }
  EXPECT_EQ(trace["deliveries"][1]["replay"], one["id"]);
  EXPECT_EQ(trace["deliveries"][1]["notes"][0]["what"], "replayed");
  const auto text = world_.cli({"explain", "--message-id", "web:m3"}).output;
  EXPECT_NE(text.find("once more by replay"), std::string::npos) << text;
  // The vendor knows a repeat by its id.
  EXPECT_EQ(world_.vendor_state()["model"]["distinct"], 6);
  EXPECT_EQ(world_
                .cli({"replay", "--from", "2020-01-01T00:00:00Z", "--to", "2019-01-01T00:00:00Z",
                      "--destination", "inbox", "--yes"})
                .status,
            1);
  EXPECT_EQ(world_
                .cli({"replay", "--from", "2020-01-01T00:00:00Z", "--to", now_text(),
                      "--destination", "inbox", "--where", "colour = 1", "--yes"})
                .status,
            1);
}

TEST_F(Replay, IsCancelledAndListsWhatItHadNotComeTo) {
  start();
  send(0, 40);
  ASSERT_TRUE(world_.eventually_distinct(40));
  const auto id = replay({"--yes", "--rate", "2/s"}).value("id", "");
  EXPECT_EQ(world_.tenon({"destinations", "list"})["data"][0].value("rerun", ""), id);
  // One at a time.
  EXPECT_EQ(replay({"--yes"}).value("status", 0), 409);
  const auto cancelled = world_.tenon({"replay", "cancel", id});
  EXPECT_EQ(cancelled["state"], "cancelled") << cancelled;
  json rerun;
  ASSERT_TRUE(eventually([&] {
    rerun = world_.tenon({"replay", "show", id});
    return rerun.value("waiting", 1) == 0;
  }));
  const auto rest = world_.tenon({"replay", "rest", id, "--limit", "100"});
  EXPECT_EQ(rest["data"].size() + rerun["taken"].get<std::size_t>(), 40u)
      << rerun.dump(1) << rest.dump(1);
  EXPECT_LT(rerun["taken"], 40);
  EXPECT_EQ(world_.tenon({"replay", "cancel", id}).value("status", 0), 409);
}

TEST_F(Replay, GoesOnAfterAKillAndSendsNothingTwiceThatWasRecorded) {
  start();
  constexpr int kEvents = 60;
  send(0, kEvents);
  ASSERT_TRUE(world_.eventually_distinct(kEvents));
  ASSERT_TRUE(eventually([&] { return delivered() == kEvents; }));
  const auto id = replay({"--yes", "--rate", "20/s"}).value("id", "");
  ASSERT_FALSE(id.empty());
  for (int kill = 0; kill < 3; ++kill) {
    const auto before = world_.journal().size();
    EXPECT_TRUE(eventually([&] { return world_.journal().size() >= before + 5; }));
    world_.host().signal(SIGKILL);
    world_.host().wait();
    ASSERT_TRUE(world_.start_host());
  }
  const auto rerun = ended(id);
  EXPECT_EQ(rerun["state"], "done") << rerun;
  EXPECT_EQ(rerun["taken"], kEvents) << rerun;
  EXPECT_EQ(rerun["delivered"], kEvents) << rerun;
  int more = 0;
  for (const auto& [name, times] : requests()) {
    EXPECT_GE(times, 2) << name;
    more += times - 2;
  }
  // What was under way at a kill goes again: nobody knows whether it arrived.
  EXPECT_LE(more, 3 * 20);
  EXPECT_EQ(delivered(), kEvents);
}

// T13: a connector that does not say that a repeat is harmless is not replayed by accident.
TEST_F(Replay, T13OfAnUnsafeConnectorIsRefusedWithoutAWord) {
  world_.start_vendor();
  world_.start_crm();
  ASSERT_TRUE(world_.start_host());
  ASSERT_EQ(world_.post("/v1/identify", identify("i1", "ada@example.com")).status, 200);
  world_.trace_until("i1", "crm", "delivered");
  const auto plan = replay({"--dry-run"}, "crm");
  EXPECT_EQ(plan["matched"], 1) << plan;
  EXPECT_EQ(plan["duplicates_at_most"], 1) << plan;
  EXPECT_EQ(plan["unsafe_actions"][0], "upsert_contact") << plan;
  const auto refused = replay({"--yes"}, "crm");
  EXPECT_EQ(refused.value("status", 0), 409) << refused;
  EXPECT_NE(refused.value("detail", "").find("safe to replay"), std::string::npos) << refused;
  EXPECT_EQ(world_.tenon({"replay", "list"})["data"].size(), 0u);
  const auto done = ended(replay({"--yes", "--accept-duplicates"}, "crm").value("id", ""));
  EXPECT_EQ(done["delivered"], 1) << done;
}

// T10: a redrive of one destination's failures reaches nobody else.
TEST_F(Replay, T10RedriveTouchesTheFailedDeliveriesOnly) {
  world_.start_vendor({{"mode", "refuse"}});
  world_.start_crm();
  ASSERT_TRUE(world_.start_host());
  for (int i = 0; i < 3; ++i) {
    const auto n = std::to_string(i);
    ASSERT_EQ(world_.post("/v1/identify", identify("i" + n, "u" + n + "@example.com")).status, 200);
  }
  for (int i = 0; i < 3; ++i) {
    world_.trace_until("i" + std::to_string(i), "inbox", "dead");
    world_.trace_until("i" + std::to_string(i), "crm", "delivered");
  }
  // Whatever went together with it: its page shows its own request.
  const auto letters = world_.tenon({"dead-letters", "list"})["data"];
  ASSERT_EQ(letters.size(), 3u) << letters;
  for (const auto& one : letters) {
    const auto letter = world_.tenon({"dead-letters", "show", one["id"]});
    ASSERT_EQ(letter["attempts"].size(), 1u) << letter.dump(1);
    ASSERT_EQ(letter["attempts"][0]["exchanges"].size(), 1u) << letter.dump(1);
    const auto sent = letter["attempts"][0]["exchanges"][0].value("request_excerpt", std::string());
    EXPECT_NE(sent.find(letter["event"].get<std::string>()), std::string::npos) << letter.dump(1);
  }
  world_.inbox().set({{"mode", "ok"}});
  const auto crm_before = world_.crm().journal().size();
  const auto counted =
      world_.tenon({"dead-letters", "redrive", "--all", "--destination", "inbox", "--dry-run"});
  EXPECT_EQ(counted["matched"], 3) << counted;
  const auto done = world_.tenon(
      {"dead-letters", "redrive", "--all", "--destination", "inbox", "--rate", "50/s"});
  ASSERT_EQ(done["reruns"].size(), 1u) << done;
  const auto rerun = ended(done["reruns"][0].value("id", ""));
  EXPECT_EQ(rerun["taken"], 3) << rerun;
  EXPECT_EQ(rerun["delivered"], 3) << rerun;
  EXPECT_TRUE(world_.eventually_distinct(3));
  EXPECT_EQ(world_.crm().journal().size(), crm_before) << "another destination got something";
}

TEST_F(Replay, AnEditedEventGoesInPlaceOfItsDeadLetter) {
  start({{"mode", "refuse"}});
  ASSERT_EQ(world_.post("/v1/track", track("bad")).status, 200);
  world_.trace_until("bad", "inbox", "dead");
  world_.inbox().set({{"mode", "ok"}});
  EXPECT_EQ(world_.tenon({"dead-letters", "list", "--status", "410"})["data"].size(), 0u);
  const auto letters = world_.tenon({"dead-letters", "list", "--status", "400"});
  ASSERT_EQ(letters["data"].size(), 1u) << letters;
  const auto id = letters["data"][0]["id"].get<std::string>();
  const auto letter = world_.tenon({"dead-letters", "show", id});
  ASSERT_EQ(letter["attempts"].size(), 1u) << letter.dump(1);
  EXPECT_EQ(letter["attempts"][0]["exchanges"][0]["http_status"], 400);
  EXPECT_FALSE(letter.value("next_step", "").empty());
  auto event = world_.tenon({"dead-letters", "show", id, "--event"});
  EXPECT_EQ(event["messageId"], "bad") << event;
  event["properties"] = {{"mended", true}};
  const auto file = world_.folder() / "event.json";
  std::ofstream(file) << event.dump();
  EXPECT_EQ(world_.tenon({"dead-letters", "edit", id, "--event", file, "--dry-run"})["edited"],
            false);
  EXPECT_EQ(world_.tenon({"dead-letters", "list"})["data"].size(), 1u);
  const auto edited = world_.tenon({"dead-letters", "edit", id, "--event", file});
  const auto made = edited.value("id", "");
  ASSERT_FALSE(made.empty()) << edited;
  EXPECT_EQ(world_.tenon({"dead-letters", "list"})["data"].size(), 0u);
  ASSERT_TRUE(world_.eventually_distinct(1));
  json trace;
  EXPECT_TRUE(eventually([&] {
    trace = world_.tenon({"explain", made});
    return delivery_of(trace, "inbox").value("state", "") == "delivered";
  })) << trace.dump(1);
  EXPECT_EQ(trace["received"]["edited"], true);
  EXPECT_EQ(trace["received"]["parent"], letter["event"]);
  const auto old = delivery_of(world_.trace("bad"), "inbox");
  EXPECT_EQ(old["state"], "skipped") << old.dump(1);
  EXPECT_EQ(old["replaced_by"], made) << old.dump(1);
  EXPECT_EQ(world_.cli({"dead-letters", "edit", id, "--event", file}).status, 1);
}

// What happened before it was sent, and was sent before it was received, keeps all four times.
TEST_F(Replay, ALateEventCarriesItsFourTimes) {
  start();
  auto late = track("late");
  late["timestamp"] = "2024-02-03T04:05:06.000Z";
  late["sentAt"] = "2024-02-03T05:05:06.000Z";
  ASSERT_EQ(world_
                .post("/v1/batch",
                      {{"batch", json::array({late})}, {"sentAt", "2024-02-03T05:05:06.000Z"}})
                .status,
            200);
  const auto trace = world_.trace_until("late", "inbox", "delivered");
  const auto& in = trace["received"];
  EXPECT_EQ(in["occurred_at"], "2024-02-03T04:05:06.000000Z") << in;
  EXPECT_EQ(in["sent_at"], "2024-02-03T05:05:06.000000Z") << in;
  EXPECT_LE(in["received_at"].get<std::string>(), in["durable_at"].get<std::string>()) << in;
  EXPECT_GT(in["received_at"].get<std::string>(), "2025") << in;
}

}  // namespace
}  // namespace tenon::testing
