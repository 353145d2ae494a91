// The audit chain of a real host: every access is in it, over crashes; a log that was changed
// behind its back is found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class AuditHost : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.start_vendor();
    world_.host_arguments = {"--api-listen", "127.0.0.1:0"};
    ASSERT_TRUE(world_.start_host());
  }
  std::vector<json> entries(std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"audit", "list", "--limit", "500"};
    command.insert(command.end(), more.begin(), more.end());
    const json answer = world_.tenon(command);
    std::vector<json> out(answer["data"].begin(), answer["data"].end());
    std::reverse(out.begin(), out.end());
    return out;
  }
  json verify(std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"--json", "audit", "verify"};
    command.insert(command.end(), more.begin(), more.end());
    return json::parse(world_.cli(command).output, nullptr, false);
  }
  std::string head() const {
    std::string text = world_.cli({"audit", "head"}).output;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  // Whether an entry of this act is there, with this status.
  bool has(const std::string& act, int status) const {
    for (const auto& entry : entries()) {
      if (entry["act"] == act && entry["status"] == status) return true;
    }
    return false;
  }
  void kill_host() {
    world_.host().signal(SIGKILL);
    world_.host().wait();
  }
  void stop() {
    world_.host().signal(SIGTERM);
    EXPECT_EQ(world_.host().wait(), 0) << world_.host().output();
  }
  void make_key() const {
    write_file(world_.folder() / "value", "a secret");
    ASSERT_EQ(world_.cli({"vault", "put", "a", "--from-file", world_.folder() / "value"}).status,
              0);
    ASSERT_TRUE(eventually([&] { return entries().back()["keyed"] == true; }));
  }
  mutable World world_;
};

TEST_F(AuditHost, EveryAccessIsInTheChainOverCrashes) {
  const std::string api = world_.api();
  EXPECT_EQ(world_.cli({"destinations", "pause", "inbox", "--reason", "audit"}).status, 0);
  const auto made = world_.tenon({"token", "create", "x", "--scope", "read:audit"});
  const std::string bearer = "authorization: Bearer " + made["value"].get<std::string>();
  EXPECT_EQ(http("GET", api + "/api/v1/vault").status, 401);
  EXPECT_EQ(http("GET", api + "/api/v1/vault", "", {bearer}).status, 403);
  EXPECT_EQ(http("GET", api + "/api/v1/audit/head", "", {bearer}).status, 200);
  const std::string pause = "POST /api/v1/destinations/*/pause";
  EXPECT_TRUE(has(pause, 0));
  EXPECT_TRUE(has(pause, 200));
  EXPECT_TRUE(eventually([&] { return has("GET /api/v1/vault", 403); }));
  EXPECT_TRUE(eventually([&] { return has("GET /api/v1/audit/head", 200); }));
  const std::string actor = "token:" + made["id"].get<std::string>();
  const auto refused = entries({"--refused", "--actor", actor});
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0]["why"], "scope-missing");
  EXPECT_EQ(refused[0]["peer"], "127.0.0.1");
  const auto before = entries();
  const std::string anchor = head();
  kill_host();
  ASSERT_TRUE(world_.start_host());
  const auto after = entries();
  ASSERT_GT(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i], before[i]);
  const auto verdict = verify({"--anchor", anchor});
  EXPECT_EQ(verdict["whole"], true) << verdict;
  EXPECT_EQ(verdict["anchor"], "found");
  EXPECT_EQ(verdict["without_key"], verdict["entries"]) << "there is no vault yet";
  // Each act that was answered has its end.
  std::set<std::uint64_t> begun, ended;
  for (const auto& entry : after) {
    if (entry["status"] == 0) begun.insert(entry["sequence"].get<std::uint64_t>());
    if (entry.contains("begun")) ended.insert(entry["begun"].get<std::uint64_t>());
  }
  EXPECT_EQ(begun, ended);
}

TEST_F(AuditHost, AKeyBeginsWithTheVault) {
  make_key();
  const std::string doctor = world_.cli({"doctor"}).output;
  EXPECT_NE(doctor.find("under a key of the vault"), std::string::npos) << doctor;
  EXPECT_EQ(world_.cli({"vault", "put", "host/audit", "--from-env", "PATH"}).status, 1);
  stop();
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(world_.cli({"vault", "rotate"}).status, 0);
  EXPECT_EQ(world_.cli({"vault", "rekey"}).status, 0);
  stop();
  ASSERT_TRUE(world_.start_host());
  const auto verdict = verify();
  EXPECT_EQ(verdict["whole"], true) << verdict;
  EXPECT_EQ(verdict["key_gone"], 0);
  EXPECT_GT(verdict["entries"], verdict["without_key"]);
  EXPECT_FALSE(verdict.contains("without_key_since"));
}

// Somebody who can write the data folder, and mends the checksums of the log: here by leaving it
// whole, but older.
TEST_F(AuditHost, AnEndThatWasCutOffIsFoundByAnAnchor) {
  make_key();
  stop();
  std::filesystem::copy(world_.data() + "/log", world_.folder() / "older",
                        std::filesystem::copy_options::recursive);
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(world_.cli({"destinations", "pause", "inbox", "--reason", "unwanted"}).status, 0);
  ASSERT_TRUE(eventually([&] { return has("POST /api/v1/destinations/*/pause", 200); }));
  const std::string anchor = head();
  stop();
  std::filesystem::remove_all(world_.data() + "/log");
  std::filesystem::remove_all(world_.data() + "/state");
  std::filesystem::copy(world_.folder() / "older", world_.data() + "/log",
                        std::filesystem::copy_options::recursive);
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(verify()["whole"], true) << "nothing tells that without an anchor";
  const auto verdict = world_.cli({"audit", "verify", "--anchor", anchor});
  EXPECT_EQ(verdict.status, 1) << verdict.output;
  EXPECT_TRUE(verdict.output.find("ends before the anchor") != std::string::npos ||
              verdict.output.find("in the anchor's place") != std::string::npos)
      << verdict.output;
  EXPECT_EQ(world_.cli({"audit", "verify", "--anchor", "5"}).status, 1);
}

TEST_F(AuditHost, WhoAsksAllTheTimeDoesNotFillTheLog) {
  const std::string api = world_.api();
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(http("GET", api + "/api/v1/nothing-" + std::to_string(i)).status, 401);
  }
  stop();
  ASSERT_TRUE(world_.start_host());
  std::size_t rows = 0, times = 0;
  for (const auto& entry : entries({"--refused"})) {
    if (entry["status"] != 401) continue;
    ++rows;
    times += entry.value("count", 1u);
    EXPECT_EQ(entry["act"], "GET");
  }
  EXPECT_LE(rows, 4u);
  EXPECT_EQ(times, 200u) << "a host that is stopped writes all that it has counted";
}

}  // namespace
}  // namespace tenon::testing
