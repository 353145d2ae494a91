// Bad requests over real sockets: each gets a clear answer, the host stays up, good events go on.
#include <gtest/gtest.h>

#include <thread>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class BadInput : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.start_vendor();
    auto text = world_.workspace();
    const std::string key = "write_key = \"env:TEST_WRITE_KEY\"\n";
    text.insert(text.find(key) + key.size(), "max_body = \"64KiB\"\n");
    ASSERT_TRUE(world_.start_host_with(text));
  }
  // Whatever came before: the host lives, and a good event is delivered.
  void TearDown() override {
    EXPECT_TRUE(world_.healthy());
    EXPECT_EQ(world_.post("/v1/track", track("last")).status, 200);
    world_.trace_until("last", "inbox", "delivered");
  }
  void expect_refused(const Answer& answer, long status, const std::string& part) {
    EXPECT_EQ(answer.status, status) << answer.body;
    const auto problem = answer.json();
    ASSERT_TRUE(problem.is_object()) << answer.body;
    EXPECT_NE(problem.value("detail", "").find(part), std::string::npos) << answer.body;
  }
  std::string head(const std::string& more) const {
    return "POST /v1/track HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
           std::string(World::kAuthorization) + "\r\n" + more + "\r\n";
  }

  World world_;
};

TEST_F(BadInput, BodiesThatAreNotWhatTheyShouldBe) {
  expect_refused(world_.post_raw("/v1/track", R"({"type":)"), 400, "at byte 8");
  expect_refused(world_.post_raw("/v1/track", "{\"type\":\"track\",\"event\":\"\xc3\x28\"}"), 400,
                 "not UTF-8");
  expect_refused(world_.post_raw("/v1/track", std::string(20'000, '[') + std::string(20'000, ']')),
                 400, "nesting");
  expect_refused(world_.post_raw("/v1/batch", "[]"), 400, "wanted a JSON object");
  expect_refused(world_.post_raw("/v1/track", std::string(70'000, 'x')), 413, "65536 bytes");
  expect_refused(world_.post_raw("/v1/track", "no gzip", {"content-encoding: gzip"}), 400, "gzip");
}

TEST_F(BadInput, GzipBombIsNotUnpacked) {
  const std::string file = world_.folder() / "bomb";
  const auto made = run({"sh", "-c", "head -c 50000000 /dev/zero | gzip -9 > '" + file + "'"});
  ASSERT_EQ(made.status, 0) << made.output;
  const auto bomb = read_file(file);
  ASSERT_LT(bomb.size(), 60'000U);
  expect_refused(world_.post_raw("/v1/track", bomb, {"content-encoding: gzip"}), 413,
                 "after decompression");
  expect_refused(world_.post_raw("/v1/track", bomb), 400, "wanted JSON");  // not labelled: no gzip
}

TEST_F(BadInput, WrongKeys) {
  const auto body = track("m1").dump();
  const std::vector<std::vector<std::string>> headers = {
      {"content-type: application/json"},
      {"content-type: application/json", "authorization: Basic bm86"},
      {"content-type: application/json", "authorization: Basic !!!"},
      {"content-type: application/json", "authorization: Bearer x"}};
  for (const auto& given : headers) {
    expect_refused(http("POST", world_.url() + "/v1/track", body, given), 401, "write key");
  }
}

TEST_F(BadInput, WhatIsBadInABatchIsKeptAsideAndCanBeMended) {
  auto huge = track("huge");
  huge["properties"]["pad"] = std::string(33 * 1'024, 'x');
  json deep = track("deep");
  for (int i = 0; i < 40; ++i) deep["properties"] = json::array({deep["properties"]});
  json odd = track("odd");
  odd["event"] = json::object();
  const auto answer =
      world_.post("/v1/batch", {{"batch", {track("good-1"), huge, deep, odd, track("good-2")}}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  world_.trace_until("good-1", "inbox", "delivered");
  world_.trace_until("good-2", "inbox", "delivered");
  const auto rejected = world_.tenon({"events", "rejected", "list"});
  ASSERT_EQ(rejected["data"].size(), 3U) << rejected;
  std::map<std::string, std::string> by_code;
  for (const auto& event : rejected["data"]) by_code[event["code"]] = event["id"];
  EXPECT_TRUE(by_code.contains("too_large"));
  EXPECT_TRUE(by_code.contains("too_deep"));
  ASSERT_TRUE(by_code.contains("wrong_type"));

  const auto id = by_code["wrong_type"];
  const auto shown = world_.cli({"events", "rejected", "show", id});
  EXPECT_EQ(json::parse(shown.output, nullptr, false), odd) << shown.output;
  EXPECT_EQ(world_.cli({"events", "rejected", "reenter", id}).status, 1);  // as bad as before
  const std::string file = world_.folder() / "mended.json";
  write_file(file, track("mended").dump());
  EXPECT_EQ(world_.cli({"events", "rejected", "fix", id, "--with", file}).status, 0);
  EXPECT_TRUE(world_.trace("mended").is_null());  // fix only checks
  const auto entered = world_.tenon({"events", "rejected", "reenter", id, "--with", file});
  EXPECT_EQ(entered["reentered"], true) << entered;
  world_.trace_until("mended", "inbox", "delivered");
}

TEST_F(BadInput, BrokenHttp) {
  const auto twice = raw_exchange(world_.ingest_port(),
                                  {head("content-length: 2\r\ncontent-length: 3\r\n") + "{}x"});
  EXPECT_TRUE(twice.starts_with("HTTP/1.1 400")) << twice;
  const auto both =
      raw_exchange(world_.ingest_port(),
                   {head("content-length: 5\r\ntransfer-encoding: chunked\r\n") + "0\r\n\r\n"});
  EXPECT_TRUE(both.starts_with("HTTP/1.1 400")) << both;
  const auto nonsense = raw_exchange(world_.ingest_port(), {"nonsense\r\n\r\n"});
  EXPECT_TRUE(nonsense.starts_with("HTTP/1.1 400")) << nonsense;
  const auto long_head =
      raw_exchange(world_.ingest_port(), {head("x-pad: " + std::string(200'000, 'x') + "\r\n")});
  EXPECT_TRUE(long_head.empty() || long_head.starts_with("HTTP/1.1 4")) << long_head;
  // More promised than sent, then gone.
  raw_exchange(world_.ingest_port(), {head("content-length: 100\r\n") + "{"},
               std::chrono::milliseconds(0), std::chrono::seconds(1));
}

TEST_F(BadInput, SlowSendersDoNotHoldOthersUp) {
  const auto body = track("slow").dump();
  std::vector<std::string> pieces = {head(
      "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n")};
  for (const char byte : body) pieces.emplace_back(1, byte);
  std::string reply;
  std::thread slow(
      [&] { reply = raw_exchange(world_.ingest_port(), pieces, std::chrono::milliseconds(20)); });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(world_.post("/v1/track", track("fast-" + std::to_string(i))).status, 200);
  }
  slow.join();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200")) << reply;
  world_.trace_until("slow", "inbox", "delivered");
}

}  // namespace
}  // namespace tenon::testing
