// Soak: a host under load for a while, with everything around it failing now and then.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "crash/ledger.hpp"
#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Growth that is allowed between the second and the last quarter of the time. What a host holds in
// memory has limits, but is still filling some of them in the first minute.
constexpr double kRssGrowth = 0.10;
constexpr long kRssSlackKib = 24 * 1024;
constexpr long kFdSlack = 8;
constexpr long kMostConnections = 64;  // of CurlOptions: kept for each vendor

// Connections to the vendor are kept for the next request, so there are as many as were ever busy
// at once lately; they have a limit, and all other descriptors must not grow.
struct Sample {
  long rss_kib = 0, fds = 0, connections = 0;
};

long rss_kib_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6);
  }
  return 0;
}

// Of this machine: the inodes of sockets that are connected to a port on it.
std::set<std::string> sockets_to(int port) {
  char suffix[8];
  std::snprintf(suffix, sizeof suffix, ":%04X", static_cast<unsigned>(port));
  std::set<std::string> out;
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string field, remote, inode;
    for (int i = 0; fields >> field && i < 10; ++i) {
      if (i == 2) remote = field;
      if (i == 9) inode = field;
    }
    if (remote.ends_with(suffix)) out.insert("socket:[" + inode + "]");
  }
  return out;
}

Sample sample_of(pid_t pid, int vendor_port) {
  Sample sample;
  sample.rss_kib = rss_kib_of(pid);
  const auto connected = sockets_to(vendor_port);
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd", error);
  if (error) return sample;
  for (const auto& fd : all) {
    const std::string what = std::filesystem::read_symlink(fd.path(), error).string();
    ++(connected.contains(what) ? sample.connections : sample.fds);
  }
  return sample;
}

template <typename Field>
long median_of(const std::vector<Sample>& samples, double from, double to, Field field) {
  std::vector<long> values;
  const auto size = static_cast<double>(samples.size());
  for (auto i = static_cast<std::size_t>(size * from); i < static_cast<std::size_t>(size * to);
       ++i) {
    values.push_back(samples[i].*field);
  }
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

class Soak : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto text = from_environment("TENON_SOAK_SECONDS");
    length_ = seconds(text ? std::atol(text->c_str()) : 60);
    // The sanitizer keeps freed memory for a while, which would look like growth.
    world_.environment["ASAN_OPTIONS"] = "quarantine_size_mb=1:malloc_context_size=0";
    world_.start_vendor({{"delay_ms", 1}});
    ASSERT_TRUE(world_.start_host_with(config()));
  }

  std::string config() const {
    return world_.workspace("peers = \"allow_loopback\"\n# edition " + std::to_string(edition_));
  }

  // False: refused, or no answer.
  bool post(int count) {
    json batch = json::array();
    for (int i = 0; i < count; ++i) {
      const std::string id = "s" + std::to_string(next_++);
      batch.push_back({{"type", "track"},
                       {"event", "Order"},
                       {"userId", "user-" + std::to_string(next_ % 97)},
                       {"messageId", id},
                       {"properties", {{"total", next_ % 1'000}}}});
    }
    const bool taken = world_.post("/v1/batch", {{"batch", batch}}).status == 200;
    if (taken) acknowledged_ += static_cast<std::size_t>(count);
    return taken;
  }

  int vendor_port() const {
    const std::string& url = world_.vendor();
    return std::atoi(url.c_str() + url.rfind(':') + 1);
  }

  std::size_t distinct() const {
    const auto state = world_.vendor_state();
    return state.is_object() ? state["model"].value("distinct", std::size_t{0}) : 0;
  }

  // Deliveries in a second when nothing fails: the time that a few hundred take, end to end.
  double peak() {
    const auto began = Clock::now();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(post(20));
    EXPECT_TRUE(eventually([&] { return distinct() >= acknowledged_; }));
    const std::chrono::duration<double> took = Clock::now() - began;
    return static_cast<double>(acknowledged_) / took.count();
  }

  void disturb() {
    const auto act = [&](const std::string& verb, const json& body) {
      world_.admin("POST", "/destinations/inbox/" + verb, body);
    };
    switch (random_() % 6) {
      case 0: {
        // A release whose workers die five times in a minute is left alone for a while.
        if (Clock::now() < kill_at_) break;
        kill_at_ = Clock::now() + seconds(16);
        const auto workers = world_.admin("GET", "/workers").json();
        if (!workers.is_object()) break;
        for (const auto& worker : workers["data"]) {
          kills_ += kill(worker["pid"].get<pid_t>(), SIGKILL) == 0 ? 1 : 0;
        }
        break;
      }
      case 1: world_.inbox().set({{"throttle_next", 3}, {"retry_after_s", 1}}); break;
      case 2: world_.inbox().set({{"fail_next", 4}}); break;
      case 3:
        world_.inbox().script(
            json::array({{{"cut", true}, {"times", 2}, {"status", 200}, {"body", "0123456789"}}}));
        break;
      case 4:
        act("pause", {{"reason", "soak"}});
        post(10);
        act("resume", json::object());
        break;
      case 5:
        ++edition_;
        http("POST", "http://tenon/api/v1/config/apply", config(),
             {"content-type: application/toml"}, world_.data() + "/admin.sock");
        break;
    }
    ++disturbed_;
  }

  void run(double per_second) {
    const auto began = Clock::now();
    auto disturb_at = began + milliseconds(1'500), sample_at = began;
    double due = 0;
    auto last = began;
    while (Clock::now() - began < length_) {
      const auto now = Clock::now();
      due += per_second * std::chrono::duration<double>(now - last).count();
      last = now;
      due = std::min(due, 2 * per_second);  // what could not be sent in time is not made up for
      for (; due >= 10; due -= 10) post(10);
      if (now >= sample_at) {
        samples_.push_back(sample_of(world_.host().pid(), vendor_port()));
        sample_at += milliseconds(500);
      }
      if (now >= disturb_at) {
        disturb();
        disturb_at = Clock::now() + milliseconds(1'000 + random_() % 1'000);
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
  }

  World world_;
  seconds length_{60};
  std::mt19937 random_{20261126};
  Clock::time_point kill_at_{};
  std::vector<Sample> samples_;
  std::size_t acknowledged_ = 0;
  int next_ = 0, edition_ = 0, kills_ = 0, disturbed_ = 0;
};

TEST_F(Soak, NothingIsLostAndNothingGrows) {
  const double most = peak();
  run(most / 2);
  ASSERT_TRUE(eventually([&] { return distinct() >= acknowledged_; }, seconds(90)))
      << acknowledged_ << " acknowledged, " << distinct() << " delivered\n"
      << world_.admin("GET", "/destinations").body
      << world_.admin("GET", "/deliveries?limit=20").body
      << world_.admin("GET", "/dead-letters?limit=5").body << "\n"
      << world_.host().output();
  CompletenessCounts counts;
  EXPECT_TRUE(eventually([&] {
    counts = sums_of(world_.admin("GET", "/completeness").json()["data"]);
    return counts.pending == 0 && counts.decided >= counts.routed;
  })) << text_of(counts);
  const auto vendor = world_.vendor_state()["model"];
  EXPECT_GE(counts.received, acknowledged_);
  EXPECT_EQ(counts.delivered, counts.received) << text_of(counts);
  EXPECT_EQ(counts.delivered, vendor["distinct"]) << text_of(counts);
  EXPECT_EQ(vendor["wrong_signature"], 0);
  EXPECT_GT(kills_, 0);

  const long rss = median_of(samples_, 0.25, 0.5, &Sample::rss_kib);
  const long rss_end = median_of(samples_, 0.75, 1.0, &Sample::rss_kib);
  const long fds = median_of(samples_, 0.25, 0.5, &Sample::fds);
  const long fds_end = median_of(samples_, 0.75, 1.0, &Sample::fds);
  EXPECT_LE(rss_end - rss, std::max(kRssSlackKib, static_cast<long>(kRssGrowth * rss)));
  const long connections = median_of(samples_, 0.75, 1.0, &Sample::connections);
  EXPECT_LE(fds_end, fds + kFdSlack);
  EXPECT_GT(connections, 0);
  EXPECT_LE(connections, kMostConnections);
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0) << world_.host().output();
  EXPECT_EQ(recount_of(world_.data()), counts);
  std::cout << "soak: events=" << counts.received << " deliveries=" << vendor["requests"]
            << " per_second=" << static_cast<int>(most / 2) << " disturbed=" << disturbed_
            << " worker_kills=" << kills_ << " rss_mib=" << rss_end / 1024
            << " rss_drift=" << (rss > 0 ? 100 * (rss_end - rss) / rss : 0) << "% fds=" << fds_end
            << " connections=" << connections << "\n";
}

}  // namespace
}  // namespace tenon::testing
