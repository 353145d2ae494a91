// Vendors that answer late, wrongly or not at all, as a real host sees them.
#include <gtest/gtest.h>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

TEST(VendorTrouble, RetryAfterIsObeyedByAllOfTheDestination) {
  World world;
  world.start_vendor({{"throttle_next", 1}, {"retry_after_s", 2}});
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("first")).status, 200);
  ASSERT_TRUE(eventually([&] { return world.vendor_state()["model"]["throttled"] == 1; }));
  ASSERT_TRUE(eventually([&] {
    const auto delivery = delivery_of(world.trace("first"), "inbox");
    return delivery.is_object() && delivery["state"] == "retrying";
  }));
  ASSERT_EQ(world.post("/v1/track", track("other")).status, 200);
  world.trace_until("first", "inbox", "delivered");
  world.trace_until("other", "inbox", "delivered");
  const auto journal = world.journal();
  ASSERT_EQ(journal.size(), 3U) << journal;
  EXPECT_EQ(journal[0]["status"], 429);
  const auto gap = [&](int i) {
    return journal[i]["at_ms"].get<std::int64_t>() - journal[0]["at_ms"].get<std::int64_t>();
  };
  EXPECT_GE(gap(1), 2'000);
  EXPECT_GE(gap(2), 2'000);
}

TEST(VendorTrouble, GarbageIsARetryAndTheHostStaysUp) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  const std::vector<json> replies = {
      {{"raw", "no http at all"}},
      {{"raw", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-length: 11\r\n\r\n0123456789"}},
      {{"raw", "HTTP/1.1 200 OK\r\n"}},
      {{"raw", "\r\n"}},
      {{"cut", true}, {"status", 200}, {"body", "0123456789"}},
      {{"status", 500}, {"body", "<html>oops</html>"}},
      {{"status", 200}, {"headers", {{"content-encoding", "gzip"}}}, {"body", "this is no gzip"}}};
  int number = 0;
  for (const auto& reply : replies) {
    const std::string id = "m" + std::to_string(++number);
    // More than the host's own repeats within a call, so that the delivery's retry is seen.
    auto script = reply;
    script["times"] = 3;
    world.inbox().script(json::array({script}));
    ASSERT_EQ(world.post("/v1/track", track(id)).status, 200);
    world.trace_until(id, "inbox", "delivered");
    EXPECT_TRUE(world.healthy()) << reply;
    const auto cleared = http("POST", world.vendor() + "/_model/script", R"({"clear":true})");
    EXPECT_EQ(cleared.status, 200);
  }
  EXPECT_EQ(world.vendor_state()["model"]["wrong_signature"], 0);
}

TEST(VendorTrouble, NobodyListensThenSomebodyDoes) {
  World world;
  world.start_vendor();
  const std::string good = world.workspace();
  auto bad = good;
  // Port 1 of loopback: refused at once.
  bad.replace(bad.find(world.vendor()), world.vendor().size(), "http://127.0.0.1:1");
  ASSERT_TRUE(world.start_host_with(bad));
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  const auto trace = world.trace_until("m1", "inbox", "retrying");
  EXPECT_FALSE(delivery_of(trace, "inbox")["attempts"].empty()) << trace;
  for (int i = 2; i <= 8; ++i) {
    auto event = track("m" + std::to_string(i));
    event["userId"] = "user " + std::to_string(i);
    ASSERT_EQ(world.post("/v1/track", event).status, 200);
  }
  ASSERT_TRUE(eventually([&] {
    const auto row = world.tenon({"destinations", "list"})["data"][0];
    return row.value("reason", "").find("circuit breaker: ") != std::string::npos;
  }));
  const auto told = world.cli({"explain", "--message-id", "web:m1"}).output;
  EXPECT_NE(told.find("destination held: vendor_down (circuit breaker: "), std::string::npos)
      << told;
  write_file(world.folder() / "good.toml", good);
  EXPECT_EQ(world.cli({"config", "apply", world.folder() / "good.toml"}).status, 0);
  for (const char* id : {"m1", "m8"}) world.trace_until(id, "inbox", "delivered");
}

TEST(VendorTrouble, GoneIsADeadLetterWithTheVendorsStatus) {
  World world;
  world.start_vendor({{"mode", "refuse"}});
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  const auto trace = world.trace_until("m1", "inbox", "dead");
  const auto letters = world.tenon({"dead-letters", "list"});
  ASSERT_EQ(letters["data"].size(), 1U) << letters;
  EXPECT_EQ(letters["data"][0]["http_status"], 400) << letters;
}

}  // namespace
}  // namespace tenon::testing
