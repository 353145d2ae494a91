// Hot swap: releases exchanged again and again under load; nothing lost, nothing out of order, and
// the code that runs is always the one that was promised.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "crash/ledger.hpp"
#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
using SwapClock = std::chrono::steady_clock;

std::string manifest_of_release(const std::string& version) {
  return replaced(read_file(TENON_SOURCE_DIR "/manifests/webhook.toml"), "version = \"1.0.0\"",
                  "version = \"" + version + "\"");
}

class Swap : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto text = from_environment("TENON_SWAPS");
    swaps_ = text ? std::atoi(text->c_str()) : 50;
    world_.start_vendor({{"delay_ms", 1}});
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/release_a.so",
                         manifest_of_release("1.0.0"));
    ASSERT_TRUE(world_.start_host());
  }
  void TearDown() override { stop_load(); }
  // Installed while the host runs, so that the first swap is to what it has never seen.
  void install_b() {
    const std::string so = world_.folder() / "release_b.so";
    const std::string toml = world_.folder() / "b.toml";
    write_file(so, read_file(TENON_BINARY_DIR "/tests/connectors/release_b.so"));
    write_file(toml, manifest_of_release("2.0.0"));
    const auto done = run({"objcopy", "--remove-section", ".tenon_manifest", "--add-section",
                           ".tenon_manifest=" + toml, "--set-section-flags",
                           ".tenon_manifest=contents,readonly", so});
    ASSERT_EQ(done.status, 0) << done.output;
    const auto packed = world_.tenon({"connector", "pack", so, "--out", world_.folder().path()});
    ASSERT_TRUE(packed.contains("file")) << packed;
    const auto installed = world_.tenon({"connector", "install", packed["file"]});
    ASSERT_EQ(installed["release"], "webhook@2.0.0") << installed;
  }

  // Of 97 users in turn, as fast as the host takes them; waits while too much is open.
  void load() {
    int next = 0;
    while (!stop_) {
      if (open_ > 150) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      json batch = json::array();
      std::vector<std::pair<std::string, std::string>> sent;
      for (int i = 0; i < 10; ++i, ++next) {
        sent.emplace_back("s" + std::to_string(next), "user-" + std::to_string(next % 97));
        batch.push_back({{"type", "track"},
                         {"event", "Order"},
                         {"userId", sent.back().second},
                         {"messageId", sent.back().first}});
      }
      const auto status = world_.post("/v1/batch", {{"batch", batch}}).status;
      const Said said = status == 200 ? Said::acknowledged
                        : status == 0 ? Said::nothing
                                      : Said::refused;
      const std::lock_guard lock(mutex_);
      for (auto& [id, user] : sent) ledger_.sent(id, user, said);
      if (said == Said::acknowledged) acknowledged_ += 10;
      open_ = acknowledged_ - distinct_;
    }
  }
  void stop_load() {
    stop_ = true;
    if (loading_.joinable()) loading_.join();
  }

  // The vendor shows its last 1,000 requests: what is new of them goes behind what is known.
  void look() {
    const json page = world_.journal();
    if (!page.is_array()) return;
    std::size_t from = 0;
    if (!journal_.empty()) {
      from = page.size();
      for (std::size_t i = page.size(); i-- > 0;) {
        if (page[i] == journal_.back()) {
          from = i + 1;
          break;
        }
        if (i == 0) FAIL() << "more than the vendor remembers came between two looks";
      }
    }
    for (std::size_t i = from; i < page.size(); ++i) {
      const auto body = json::parse(page[i]["body"].get<std::string>());
      if (page[i]["status"] == 200) ids_.insert(body.value("messageId", ""));
      journal_.push_back(page[i]);
    }
    const std::lock_guard lock(mutex_);
    distinct_ = ids_.size();
    open_ = acknowledged_ - distinct_;
  }
  std::string code_of(const json& entry) const {
    return entry["headers"].value("x-code", std::string("none"));
  }

  json act(const std::string& deed, json body) {
    const auto answer = world_.admin("POST", "/rollouts/webhook/" + deed, body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  // One swap; the milliseconds until it was in force.
  double swap_to(const std::string& version) {
    if (version == "2.0.0") act("start", {{"version", version}, {"again", true}, {"gate", false}});
    const auto began = SwapClock::now();
    const json now =
        version == "2.0.0" ? act("promote", json::object()) : act("rollback", {{"reason", "swap"}});
    const std::chrono::duration<double, std::milli> took = SwapClock::now() - began;
    EXPECT_EQ(now["stable"], version);
    return took.count();
  }

  World world_;
  int swaps_ = 50;
  std::mutex mutex_;
  Ledger ledger_;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> open_{0};
  std::size_t acknowledged_ = 0, distinct_ = 0;
  std::set<std::string> ids_;
  json journal_ = json::array();
  std::thread loading_;
};

TEST_F(Swap, NothingIsLostAndTheNewCodeRuns) {
  install_b();
  loading_ = std::thread([this] { load(); });
  ASSERT_TRUE(eventually([&] {
    look();
    return distinct_ >= 100;
  }));
  std::vector<double> rollbacks;
  int wrong_code = 0;
  for (int i = 0; i < swaps_ && !HasFatalFailure(); ++i) {
    const bool forward = i % 2 == 0;
    const double took = swap_to(forward ? "2.0.0" : "1.0.0");
    if (!forward) rollbacks.push_back(took);
    // What comes in from now on must be sent by the release of now.
    const std::string probe = "p" + std::to_string(i);
    ASSERT_EQ(
        world_.post("/v1/track", {{"event", "Probe"}, {"userId", probe}, {"messageId", probe}})
            .status,
        200);
    {
      const std::lock_guard lock(mutex_);
      ledger_.sent(probe, probe, Said::acknowledged);
      ++acknowledged_;
    }
    ASSERT_TRUE(eventually([&] {
      look();
      return ids_.contains(probe);
    })) << world_.admin("GET", "/rollouts").body
        << world_.admin("GET", "/deliveries?limit=5").body;
    for (const auto& entry : journal_) {
      if (json::parse(entry["body"].get<std::string>()).value("messageId", "") != probe) continue;
      wrong_code += code_of(entry) == (forward ? "b" : "a") ? 0 : 1;
    }
  }
  stop_load();
  ASSERT_TRUE(eventually([&] {
    look();
    return distinct_ >= acknowledged_;
  })) << acknowledged_
      << " acknowledged, " << distinct_ << " delivered";
  CompletenessCounts counts;
  EXPECT_TRUE(eventually([&] {
    counts = sums_of(world_.admin("GET", "/completeness").json()["data"]);
    return counts.pending == 0 && counts.decided >= counts.routed;
  })) << text_of(counts);
  EXPECT_EQ(counts.delivered, counts.received) << text_of(counts);
  EXPECT_EQ(wrong_code, 0);
  ledger_.arrived(journal_, 1);
  const auto breaks = ledger_.breaks("/in", {});
  EXPECT_TRUE(breaks.empty());
  std::size_t lost = 0, order = 0, repeated = 0, from_a = 0, from_b = 0;
  for (const auto& one : breaks) {
    std::cout << "  " << one << "\n";
    lost += one.find("is lost") != std::string::npos;
    order += one.find("came after") != std::string::npos;
    repeated += one.find("repeated") != std::string::npos;
  }
  for (const auto& entry : journal_) {
    from_a += code_of(entry) == "a";
    from_b += code_of(entry) == "b";
  }
  EXPECT_GT(from_a, 0u);
  EXPECT_GT(from_b, 0u);
  EXPECT_EQ(from_a + from_b, journal_.size());
  std::sort(rollbacks.begin(), rollbacks.end());
  const double p99 = rollbacks.empty() ? 0 : rollbacks[(rollbacks.size() - 1) * 99 / 100];
  EXPECT_LT(p99, 1'000) << "the promise is a second";
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0) << world_.host().output();
  EXPECT_EQ(recount_of(world_.data()), counts);
  std::cout << "swap: swaps=" << swaps_ << " lost=" << lost << " order_breaks=" << order
            << " repeats=" << repeated << " wrong_code=" << wrong_code
            << " rollback_ms_p99=" << static_cast<int>(p99 + 0.5) << " events=" << counts.received
            << "\n";
}

}  // namespace
}  // namespace tenon::testing
