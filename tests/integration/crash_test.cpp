// kill -9 of tenond at many moments under load, clean stops, and starts on the same data folder.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

void pause_ms(int ms) {
  const timespec pause{ms / 1'000, (ms % 1'000) * 1'000'000L};
  nanosleep(&pause, nullptr);
}

// Posts small batches until stopped; remembers what was acknowledged.
class Load {
 public:
  Load() : thread_([this] { run(); }) {}
  ~Load() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void aim(int port) { port_ = port; }
  std::set<std::string> acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  void run() {
    for (int next = 0; !stopping_;) {
      const int port = port_;
      if (port == 0) {
        pause_ms(2);
        continue;
      }
      json batch = json::array();
      std::vector<std::string> ids;
      for (int i = 0; i < 3; ++i) {
        ids.push_back("m" + std::to_string(next++));
        batch.push_back(track(ids.back()));
      }
      const auto answer = http("POST", "http://127.0.0.1:" + std::to_string(port) + "/v1/batch",
                               json({{"batch", batch}}).dump(),
                               {"content-type: application/json", World::kAuthorization});
      if (answer.status == 200) {
        const std::lock_guard lock(mutex_);
        acknowledged_.insert(ids.begin(), ids.end());
      } else {
        pause_ms(2);
      }
      pause_ms(8);
    }
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<int> port_ = 0;
  mutable std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::thread thread_;  // last: it uses the others
};

TEST(Crash, TwentyFourKillsLoseNothingThatWasAcknowledged) {
  World world;
  world.start_vendor({{"delay_ms", 2}});
  std::set<std::string> delivered;
  const auto look = [&] {
    for (auto& id : message_ids(world.journal())) delivered.insert(std::move(id));
  };
  std::mt19937 random(20261124);
  {
    Load load;
    for (int round = 0; round < 24; ++round) {
      world.spawn_host(world.workspace());
      if (round % 6 == 5) {
        // In the middle of its start: recovery itself is cut short.
        pause_ms(static_cast<int>(random() % 250));
      } else {
        ASSERT_TRUE(world.wait_ready()) << "round " << round;
        load.aim(world.ingest_port());
        pause_ms(static_cast<int>(random() % 150));
      }
      world.host().signal(SIGKILL);
      EXPECT_EQ(world.host().wait(), 128 + SIGKILL) << world.host().output();
      load.aim(0);
      look();
    }
    load.stop();
    ASSERT_TRUE(world.start_host());
    const auto acknowledged = load.acknowledged();
    EXPECT_GT(acknowledged.size(), 50U);
    ASSERT_TRUE(eventually([&] {
      look();
      return std::includes(delivered.begin(), delivered.end(), acknowledged.begin(),
                           acknowledged.end());
    })) << acknowledged.size()
        << " acknowledged, " << delivered.size() << " delivered\n"
        << world.host().output();
    EXPECT_EQ(world.vendor_state()["model"]["wrong_signature"], 0);
  }
  // All counts are settled in the end, too, and add up.
  json rows;
  EXPECT_TRUE(eventually([&] {
    rows = http("GET", "http://tenon/api/v1/completeness", {}, {}, world.data() + "/admin.sock")
               .json()["data"];
    std::int64_t open = 0, received = 0, accounted = 0;
    for (const auto& row : rows) {
      for (const char* key : {"undecided", "pending", "parked", "ambiguous", "dead"}) {
        open += row.value(key, 0);
      }
      received += row.value("received", 0);
      for (const char* key : {"duplicate", "no_route", "invalid", "routed"}) {
        accounted += row.value(key, 0);
      }
    }
    return open == 0 && received == accounted && received > 0;
  })) << rows.dump(1);
}

TEST(Crash, SigtermUnderLoadRecordsWhatItBegan) {
  World world;
  world.start_vendor({{"delay_ms", 20}});
  ASSERT_TRUE(world.start_host());
  json batch = json::array();
  for (int i = 0; i < 60; ++i) batch.push_back(track("m" + std::to_string(i)));
  ASSERT_EQ(world.post("/v1/batch", {{"batch", batch}}).status, 200);
  ASSERT_TRUE(world.eventually_distinct(5));
  world.host().signal(SIGTERM);
  EXPECT_EQ(world.host().wait(), 0) << world.host().output();
  const auto before = world.vendor_state()["model"];
  EXPECT_LT(before["distinct"], 60) << "nothing was left to do";
  for (int i = 0; i < 2; ++i) {  // twice on the same folder
    ASSERT_TRUE(world.start_host());
    ASSERT_TRUE(world.eventually_distinct(60));
    world.trace_until("m0", "inbox", "delivered");
    world.host().signal(SIGTERM);
    EXPECT_EQ(world.host().wait(), 0) << world.host().output();
  }
  // A clean stop leaves nothing ambiguous: no event was sent twice.
  EXPECT_EQ(world.vendor_state()["model"]["repeats"], 0);
}

TEST(Crash, DuplicatesAreKnownAcrossARestart) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(world.eventually_distinct(1));
  for (const int signal : {SIGTERM, SIGKILL}) {
    world.host().signal(signal);
    EXPECT_EQ(world.host().wait(), signal == SIGTERM ? 0 : 128 + SIGKILL);
    ASSERT_TRUE(world.start_host());
    ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  }
  ASSERT_EQ(world.post("/v1/track", track("m2")).status, 200);
  ASSERT_TRUE(world.eventually_distinct(2));
  std::map<std::string, int> fates;
  ASSERT_TRUE(eventually([&] {
    fates.clear();
    const auto tail = world.cli({"--json", "events", "tail"});
    std::istringstream lines(tail.output);
    for (std::string line; std::getline(lines, line);) {
      const auto event = json::parse(line, nullptr, false);
      if (event.is_object() && event["message_id"] == "m1") ++fates[event["fate"]];
    }
    return fates["duplicate"] == 2;
  }));
  // The first one is what its message id leads to.
  EXPECT_EQ(world.trace("m1")["decision"]["fate"], "routed");
  const auto ids = message_ids(world.journal());
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "m1"), 1);
}

}  // namespace
}  // namespace tenon::testing
