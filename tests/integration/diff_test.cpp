// tenon connector diff on real packages in real sandboxed workers: hubspot 1.0.0 against a 1.1.0
// with one change that is meant and one fault that is not.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "integration/world.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kHubspot = TENON_BINARY_DIR "/connectors/hubspot.so";
constexpr const char* kNext = TENON_BINARY_DIR "/hubspot_next/hubspot_next.so";
constexpr const char* kVendorFolder = TENON_SOURCE_DIR "/connectors/hubspot";
constexpr const char* kNextFolder = TENON_SOURCE_DIR "/tests/integration/hubspot_next";

class Diff : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "author");
    fs::copy(std::string(kVendorFolder) + "/golden", folder_ / "author/golden");
  }
  // Packs a .so with the goldens of 1.0.0 and, where it is given, this changes.toml.
  std::string pack(const std::string& so, const std::string& changes = {}) const {
    fs::remove(folder_ / "author/changes.toml");
    if (!changes.empty()) write_file(folder_ / "author/changes.toml", changes);
    const auto done = run({program("tenon"), "--json", "connector", "pack", so, folder_ / "author",
                           "--out", folder_.path()},
                          {}, std::chrono::minutes(2));
    EXPECT_EQ(done.status, 0) << done.output;
    return json::parse(done.output, nullptr, false).value("file", "");
  }
  static Finished diff(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("tenon"), "connector", "diff"});
    return run(std::move(arguments), {}, std::chrono::minutes(10));
  }
  // The report as JSON; the exit status must be `status`.
  static json report(std::vector<std::string> arguments, int status) {
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto done = diff(std::move(arguments));
    EXPECT_EQ(done.status, status) << done.output;
    return json::parse(done.output, nullptr, false);
  }

  Folder folder_;
};

// "action place kind" of each kind of change, in the order of the report.
std::vector<std::string> kinds_of(const json& report) {
  std::vector<std::string> out;
  for (const auto& place : report.value("places", json::array())) {
    for (const auto& kind : place["kinds"]) {
      out.push_back(place["action"].get<std::string>() + " " + place["place"].get<std::string>() +
                    ": " + kind["kind"].get<std::string>());
    }
  }
  return out;
}

TEST_F(Diff, GoldensShowTheFaultFirstThenTheChangeAndNothingElse) {
  const std::string before = pack(kHubspot);
  const std::string after = pack(kNext, read_file(std::string(kNextFolder) + "/changes.toml"));
  const json found = report({before, after, "--goldens"}, 1);
  ASSERT_TRUE(found.is_object());
  EXPECT_EQ(kinds_of(found),
            (std::vector<std::string>{"upsert_contact outcome: unresolved to accepted",
                                      "upsert_contact body.inputs.*.properties.phone: now E.164"}));
  const json& fault = found["places"][0]["kinds"][0];
  EXPECT_EQ(fault["example"]["call"], "golden/upsert_empty_body.json");
  EXPECT_EQ(fault["listed"], false);
  const json& meant = found["places"][1]["kinds"][0];
  EXPECT_EQ(meant["example"]["before"], "\"+44 7700 900123\"");
  EXPECT_EQ(meant["example"]["after"], "\"+447700900123\"");
  EXPECT_EQ(meant["listed"], true);
  EXPECT_EQ(found["diverged"], 0);
  EXPECT_EQ(found["gate"], json({{"passed", false}, {"unlisted", 1}, {"beyond", 0}}));
  EXPECT_GE(found["calls"], 20);
  EXPECT_FALSE(found["not_run"].empty()) << "pull and webhook cannot be replayed, which is told";

  // With both listed it passes; a release against itself has no difference at all.
  const std::string both = read_file(std::string(kNextFolder) + "/changes.toml") +
                           "[[change]]\naction = \"upsert_contact\"\nfield = \"outcome\"\n"
                           "kind = \"unresolved to accepted\"\nwhy = \"a test\"\n";
  EXPECT_EQ(report({before, pack(kNext, both), "--goldens"}, 0)["gate"]["passed"], true);
  const json same = report({before, kHubspot, "--goldens"}, 0);
  EXPECT_EQ(same["same"], same["calls"]);
}

TEST_F(Diff, FormsForPeopleAndForCi) {
  const std::string before = pack(kHubspot), after = pack(kNext);
  const auto text = diff({before, after, "--goldens"});
  EXPECT_EQ(text.status, 1);
  EXPECT_LT(text.output.find("Outcomes"), text.output.find("Requests")) << text.output;
  EXPECT_NE(text.output.find("fails: 2 changes are not listed"), std::string::npos) << text.output;
  const std::string page = folder_ / "diff.html", xml = folder_ / "diff.xml";
  EXPECT_EQ(diff({before, after, "--goldens", "--format", "html", "--output", page}).status, 1);
  EXPECT_TRUE(read_file(page).starts_with("<!doctype html>"));
  EXPECT_EQ(diff({before, after, "--goldens", "--format", "junit", "--output", xml}).status, 1);
  EXPECT_NE(read_file(xml).find("failures=\"2\""), std::string::npos) << read_file(xml);
}

TEST_F(Diff, WhatCannotBeComparedIsNoVerdict) {
  write_file(folder_ / "bad.json", "{\"settings\": {}, \"op\": \"push\"}");
  const auto bad = diff({kHubspot, kNext, "--goldens", folder_.path()});
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.output.find("golden/bad.json: /op: wanted deliver"), std::string::npos)
      << bad.output;
  write_file(folder_ / "calls.jsonl", "{}\n");
  const auto captures = diff({kHubspot, kNext, "--captures", folder_ / "calls.jsonl"});
  EXPECT_EQ(captures.status, 2);
  EXPECT_NE(captures.output.find("calls.jsonl:1"), std::string::npos) << captures.output;
  write_file(folder_ / "calls.jsonl", "");
  EXPECT_EQ(diff({kHubspot, kNext, "--captures", folder_ / "calls.jsonl"}).status, 2);
}

// One contact, as 1.0.0 sent it. Each 32nd has a phone number with a country code; five of them
// were answered with nothing, three were recorded of a release that asked somewhere else.
CapturedCall captured_upsert(int number) {
  const std::string name = std::to_string(number), email = "user" + name + "@example.com";
  const std::string phone =
      number % 32 == 0 ? "+44 7700 " + std::to_string(900'000 + number % 1'000) : "07700 900123";
  CapturedCall call;
  call.release = "hubspot@1.0.0";
  call.attempt = "att_" + name;
  call.op = Op::deliver;
  call.action = "upsert_contact";
  call.seed = static_cast<std::uint64_t>(number);
  call.settings = R"({"settle_s":10})";
  CallRecord record;
  record.id = "evt_" + name;
  record.type = "identify";
  record.body = json({{"email", email}, {"phone", phone}}).dump();
  call.records = {record};
  ConnectorRequest request;
  request.endpoint = "api";
  request.method = "POST";
  request.path = number % 3'334 == 1 ? "/crm/v3/objects/contacts/batch/create"
                                     : "/crm/v3/objects/contacts/batch/upsert";
  request.covers = {0};
  HttpReply reply;
  reply.got = Got::http;
  reply.status = 200;
  if (number % 2'000 != 7) {
    const json result = {{"id", name}, {"properties", {{"email", email}}}};
    reply.body = json({{"status", "COMPLETE"}, {"results", json::array({result})}}).dump();
  }
  reply.body_total = reply.body.size();
  call.steps.resize(2);
  call.steps[0].suspended = true;
  call.steps[0].requests = {request};
  call.steps[0].replies = {reply};
  for (auto& step : call.steps) {
    step.now_ms = 1'767'323'045'000 + number;
    step.idempotency = "idk_" + name;
  }
  return call;
}

TEST_F(Diff, TenThousandCapturedCallsTwiceGiveTheSameBytes) {
  constexpr int kCalls = 10'000;
  const std::string calls = folder_ / "calls.jsonl";
  {
    std::ofstream file(calls, std::ios::binary);
    for (int i = 0; i < kCalls; ++i) file << to_json_line(captured_upsert(i)) << "\n";
  }
  const std::vector<std::string> arguments = {
      kHubspot, kNext,       "--captures",
      calls,    "--changes", std::string(kNextFolder) + "/changes.toml"};
  const auto began = std::chrono::steady_clock::now();
  const json found = report(arguments, 1);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << "shadow diff: " << kCalls << " calls on two releases in " << took.count() << " s, "
            << static_cast<int>(kCalls / took.count()) << " calls/s\n";
  ASSERT_TRUE(found.is_object());
  EXPECT_EQ(found["calls"], kCalls);
  EXPECT_EQ(found["diverged"], 3);
  EXPECT_EQ(found["different"], 318);
  EXPECT_EQ(found["same"], kCalls - 3 - 318);
  ASSERT_EQ(kinds_of(found),
            (std::vector<std::string>{"upsert_contact outcome: unresolved to accepted",
                                      "upsert_contact body.inputs.*.properties.phone: now E.164"}));
  EXPECT_EQ(found["places"][0]["calls"], 5);
  EXPECT_EQ(found["places"][1]["calls"], 313);
  ASSERT_EQ(found["divergences"].size(), 1u);
  const json& away = found["divergences"][0];
  EXPECT_EQ(away["release"], "before") << "neither asks for what was recorded";
  EXPECT_EQ(away["asked"], "POST api /crm/v3/objects/contacts/batch/upsert");
  EXPECT_EQ(away["recorded"], "POST api /crm/v3/objects/contacts/batch/create");
  EXPECT_EQ(report(arguments, 1).dump(), found.dump());
  // Reports about captured calls are for their reader alone.
  const std::string page = folder_ / "diff.html";
  auto html = arguments;
  html.insert(html.end(), {"--format", "html", "--output", page});
  EXPECT_EQ(diff(html).status, 1);
  EXPECT_EQ(fs::status(page).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Diff, AReleaseOfARunningHostAgainstAFile) {
  World world;
  world.start_vendor();
  world.add_connector(kHubspot);
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  ASSERT_TRUE(world.start_host());
  const auto run_with = [&](const std::string& before) {
    return world.cli(
        {"connector", "diff", before, kNext, "--goldens", std::string(kVendorFolder) + "/golden"});
  };
  const auto done = run_with("hubspot@1.0.0");
  EXPECT_EQ(done.status, 1) << done.output;
  EXPECT_NE(done.output.find("unresolved to accepted"), std::string::npos) << done.output;
  const auto none = run_with("hubspot@9.9.9");
  EXPECT_EQ(none.status, 2) << none.output;
  EXPECT_NE(none.output.find("hubspot@9.9.9: wanted a release that the host has"),
            std::string::npos)
      << none.output;
}

// A connector that dies of a null pointer, and takes the next call all the same.
TEST_F(Diff, AReleaseThatDiesIsAnEndOfTheCaseAndTheNextOneRuns) {
  const auto with_manifest = [&](const std::string& from, const std::string& version) {
    const std::string so = folder_ / (version + ".so"), toml = folder_ / "manifest.toml";
    write_file(toml, "[connector]\nid = \"crash\"\nversion = \"" + version +
                         "\"\ntitle = \"Crash\"\nabi = \"1.0\"\nops = [\"deliver\", \"check\"]\n"
                         "[[endpoint]]\nname = \"api\"\nhost = \"api.example.com\"\n"
                         "[[action]]\nname = \"die\"\ntitle = \"Dies\"\n"
                         "[[action]]\nname = \"live\"\ntitle = \"Lives\"\n");
    const auto done = run({"objcopy", "--add-section", ".tenon_manifest=" + toml,
                           "--set-section-flags", ".tenon_manifest=contents,readonly",
                           TENON_BINARY_DIR "/tests/connectors/" + from + ".so", so});
    EXPECT_EQ(done.status, 0) << done.output;
    return so;
  };
  const std::string goldens = folder_ / "goldens";
  fs::create_directories(goldens);
  for (const std::string action : {"die", "live"}) {
    write_file(goldens + "/" + action + ".json",
               json({{"title", action},
                     {"action", action},
                     {"settings", json::object()},
                     {"records", json::array({json{{"id", "evt_0"}, {"body", json::object()}}})}})
                   .dump());
  }
  const std::string skips = with_manifest("picky", "1.0.0");
  const json found = report({skips, with_manifest("crash", "1.1.0"), "--goldens", goldens}, 1);
  ASSERT_TRUE(found.is_object());
  EXPECT_EQ(found["calls"], 2);
  EXPECT_EQ(kinds_of(found),
            (std::vector<std::string>{"die failure: came to its end to worker_died",
                                      "live outcome: skipped to accepted"}));
}

}  // namespace
}  // namespace tenon::testing
