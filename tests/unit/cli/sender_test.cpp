// Sending events: what is sent, what is told of bad lines, and how refusals are met.
#include "cli/sender.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/limits.hpp"

namespace tenon::cli {
namespace {

using nlohmann::json;

// An ingest endpoint that accepts all, unless `answers` says otherwise.
struct FakeIngest {
  std::vector<HttpCall> calls;
  std::vector<Result<HttpAnswer>> answers;  // used up first
  std::vector<std::chrono::milliseconds> sleeps;
  int ids = 0;

  SendWorld world() {
    SendWorld world;
    world.call = [this](const HttpCall& call) -> Result<HttpAnswer> {
      calls.push_back(call);
      if (!answers.empty()) {
        auto answer = answers.front();
        answers.erase(answers.begin());
        return answer;
      }
      auto verdicts = json::array();
      const auto body = json::parse(call.body);
      for (const auto& event : body["batch"]) {
        const bool good = event.value("event", "") != "refuse me";
        verdicts.push_back({{"messageId", event["messageId"]},
                            {"status", good ? "accepted" : "rejected"},
                            {"id", "evt_" + event["messageId"].get<std::string>()}});
        if (!good) verdicts.back()["code"] = "bad_event";
      }
      return HttpAnswer{202, verdicts.dump(), -1};
    };
    world.sleep = [this](std::chrono::milliseconds wait) { sleeps.push_back(wait); };
    world.new_message_id = [this] { return "new-" + std::to_string(++ids); };
    world.progress = [](const SendReport&) {};
    return world;
  }
};

SendOptions options(std::size_t batch = 100) {
  SendOptions out;
  out.source_url = "http://127.0.0.1:1";
  out.write_key = "wk";
  out.batch = batch;
  return out;
}

std::string track(const std::string& id) {
  return R"({"type":"track","messageId":")" + id + "\"}\n";
}

TEST(Sender, SendsInBatchesAndKnowsEachEventsId) {
  FakeIngest ingest;
  std::istringstream in(track("a") + "\n" + track("b") + "{\"type\":\"identify\"}\r\n");
  SendReport report;
  ASSERT_TRUE(send_lines(in, options(2), ingest.world(), report));
  EXPECT_EQ(report.lines, 3u);
  EXPECT_EQ(report.accepted, 3u);
  EXPECT_EQ(report.batches, 2u);
  ASSERT_EQ(report.sent.size(), 3u);
  EXPECT_EQ(report.sent[2].line, 4u);
  EXPECT_EQ(report.sent[2].message_id, "new-1");
  EXPECT_EQ(report.sent[2].id, "evt_new-1");
  EXPECT_EQ(ingest.calls[0].url, "http://127.0.0.1:1/v1/batch");
  EXPECT_EQ(ingest.calls[0].user, "wk");
  EXPECT_EQ(json::parse(ingest.calls[0].body)["batch"].size(), 2u);
}

TEST(Sender, NamesBadLinesAndGoesOn) {
  FakeIngest ingest;
  std::istringstream in("{\n[]\n{}\n{\"type\":\"dance\"}\n{\"type\":\"track\",\"messageId\":7}\n" +
                        track("a") + R"({"type":"track","event":"refuse me","messageId":"r"})" +
                        "\n" + R"({"type":"track","p":")" + std::string(kMaxEventBytes, 'x') +
                        "\"}\n");
  SendReport report;
  ASSERT_TRUE(send_lines(in, options(), ingest.world(), report));
  EXPECT_EQ(report.bad, 6u);
  EXPECT_EQ(report.rejected, 1u);
  EXPECT_EQ(report.accepted, 1u);
  std::string told;
  for (const auto& fault : report.faults) {
    told += std::to_string(fault.line) + ":" + fault.code + " ";
  }
  EXPECT_EQ(told,
            "1:not_json 2:not_an_object 3:bad_type 4:bad_type 5:bad_message_id 8:too_large "
            "7:bad_event ");
  EXPECT_EQ(report.faults.back().id, "evt_r");
}

TEST(Sender, CutsBatchesBySize) {
  FakeIngest ingest;
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    lines += R"({"type":"track","messageId":"m","p":")" + std::string(30'000, 'x') + "\"}\n";
  }
  std::istringstream in(lines);
  SendReport report;
  ASSERT_TRUE(send_lines(in, options(1'000), ingest.world(), report));
  EXPECT_EQ(report.accepted, 30u);
  EXPECT_EQ(report.batches, 3u);
  for (const auto& call : ingest.calls) EXPECT_LE(call.body.size(), kMaxSendBatchBytes + 100);
}

TEST(Sender, ObeysRetryAfterAndBacksOffElse) {
  FakeIngest ingest;
  ingest.answers = {HttpAnswer{429, "", 7}, HttpAnswer{429, "", 100'000}, HttpAnswer{503, "", -1},
                    unavailable("connection refused")};
  std::istringstream in(track("a"));
  SendReport report;
  ASSERT_TRUE(send_lines(in, options(), ingest.world(), report));
  EXPECT_EQ(report.accepted, 1u);
  EXPECT_EQ(report.waits, 4u);
  using std::chrono::milliseconds;
  EXPECT_EQ(ingest.sleeps, (std::vector<milliseconds>{milliseconds(7'000), milliseconds(300'000),
                                                      milliseconds(2'000), milliseconds(4'000)}));
  EXPECT_EQ(ingest.calls.front().body, ingest.calls.back().body);
}

TEST(Sender, GivesUpAfterItsTries) {
  FakeIngest ingest;
  ingest.answers.assign(100, unavailable("connection refused"));
  std::istringstream in(track("a") + track("b"));
  SendReport report;
  const auto sent = send_lines(in, options(1), ingest.world(), report);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(ingest.calls.size(), static_cast<std::size_t>(kMaxSendTries));
}

TEST(Sender, StopsAtOnceOnARefusalForGood) {
  for (const auto& [status, kind] :
       {std::pair(401L, ErrorKind::unauthorized), std::pair(400L, ErrorKind::invalid),
        std::pair(413L, ErrorKind::invalid)}) {
    FakeIngest ingest;
    ingest.answers = {HttpAnswer{status, R"({"detail":"wanted a write key"})", -1}};
    std::istringstream in(track("a") + track("b"));
    SendReport report;
    const auto sent = send_lines(in, options(1), ingest.world(), report);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, kind);
    EXPECT_NE(sent.error().message.find("wanted a write key"), std::string::npos);
    EXPECT_EQ(ingest.calls.size(), 1u);
  }
}

TEST(Sender, AForeignServerIsNotBelieved) {
  FakeIngest ingest;
  ingest.answers = {HttpAnswer{200, "<html>", -1}};
  std::istringstream in(track("a"));
  SendReport report;
  const auto sent = send_lines(in, options(), ingest.world(), report);
  ASSERT_FALSE(sent);
  EXPECT_EQ(report.accepted, 0u);
}

TEST(Sender, KeepsToTheRate) {
  FakeIngest ingest;
  auto slow = options(10);
  slow.rate = 20;
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += track("m");
  std::istringstream in(lines);
  SendReport report;
  ASSERT_TRUE(send_lines(in, slow, ingest.world(), report));
  EXPECT_EQ(ingest.sleeps,
            (std::vector<std::chrono::milliseconds>(2, std::chrono::milliseconds(500))));
}

TEST(Sender, ToldFaultsAreBounded) {
  FakeIngest ingest;
  std::string lines;
  for (std::size_t i = 0; i <= kMaxKeptFaults; ++i) lines += "x\n";
  std::istringstream in(lines);
  SendReport report;
  ASSERT_TRUE(send_lines(in, options(), ingest.world(), report));
  EXPECT_EQ(report.bad, kMaxKeptFaults + 1);
  EXPECT_EQ(report.faults.size(), kMaxKeptFaults);
}

TEST(Reference, WriteKeysComeFromReferencesOnly) {
  ::setenv("TENON_TEST_KEY", "secret", 1);
  EXPECT_EQ(*resolve_reference("env:TENON_TEST_KEY"), "secret");
  EXPECT_EQ(resolve_reference("env:TENON_NO_SUCH").error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolve_reference("secret").error().kind, ErrorKind::invalid);
  EXPECT_EQ(resolve_reference("secret").error().text().find("secret"), std::string::npos);
  const auto path = ::testing::TempDir() + "tenon_key";
  std::ofstream(path) << "from-file\n";
  EXPECT_EQ(*resolve_reference("file:" + path), "from-file");
  std::ofstream(path) << "\n";
  EXPECT_EQ(resolve_reference("file:" + path).error().kind, ErrorKind::invalid);
  EXPECT_EQ(resolve_reference("file:/no/such").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tenon::cli
