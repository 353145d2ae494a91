// Rollouts in a running host: what is installed moves nobody; shadow, canary, promotion, rollback
// by a person and by the gate; pins, holds and freezes; and all of it over a restart and a backup.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string webhook_manifest(const std::string& version) {
  return replaced(read_file(TENON_SOURCE_DIR "/manifests/webhook.toml"), "version = \"1.0.0\"",
                  "version = \"" + version + "\"");
}

class Rollouts : public ::testing::Test {
 protected:
  void SetUp() override { world_.start_vendor(); }
  // A release of webhook in the host's folder, as one of the test connectors.
  void add(const std::string& name, const std::string& version) {
    world_.add_connector(TENON_BINARY_DIR "/tests/connectors/" + name + ".so",
                         webhook_manifest(version));
  }
  // Another release of webhook as a package, with a changes.toml; installed into the running host.
  void install(const std::string& name, const std::string& version, const std::string& changes) {
    install_package(TENON_BINARY_DIR "/tests/connectors/" + name + ".so", webhook_manifest(version),
                    changes);
  }
  // `goldens`: a folder of them to go into the package, or "".
  void install_package(const std::string& from, const std::string& manifest,
                       const std::string& changes, const std::string& goldens = {}) {
    const std::string folder = world_.folder() / ("package-" + std::to_string(++packages_));
    fs::create_directories(folder);
    if (!goldens.empty()) fs::copy(goldens, folder + "/golden", fs::copy_options::recursive);
    write_file(folder + "/changes.toml", changes);
    const std::string so = folder + "/connector.so", toml = folder + "/manifest.toml";
    write_file(so, read_file(from));
    write_file(toml, manifest);
    const auto done = run({"objcopy", "--remove-section", ".tenon_manifest", "--add-section",
                           ".tenon_manifest=" + toml, "--set-section-flags",
                           ".tenon_manifest=contents,readonly", so});
    ASSERT_EQ(done.status, 0) << done.output;
    const auto packed =
        world_.tenon({"connector", "pack", so, folder, "--out", world_.folder().path()});
    ASSERT_TRUE(packed.contains("file")) << packed;
    good({"connector", "install", packed["file"]});
  }
  // With one more destination, "second", that gets everything as well.
  std::string two() const {
    return world_.workspace() + destination("second") +
           "[[routes]]\nname = \"all-second\"\ndestination = \"second\"\naction = \"send\"\n";
  }
  std::string destination(const std::string& name) const {
    return "[[destinations]]\nname = \"" + name +
           "\"\nconnector = \"webhook\"\npeers = \"allow_loopback\"\non_ambiguous = \"resend\"\n"
           "[destinations.settings]\nurl = \"" +
           world_.vendor() + "/" + name +
           "\"\n[destinations.credentials]\nkey = \"env:TEST_INBOX_KEY\"\n"
           "[destinations.retry]\nfirst = \"1s\"\n";
  }
  Finished cli(std::vector<std::string> arguments) const {
    return world_.cli(std::move(arguments));
  }
  void good(std::vector<std::string> arguments) {
    const auto done = cli(std::move(arguments));
    EXPECT_EQ(done.status, 0) << done.output;
  }
  void refused(std::vector<std::string> arguments, const std::string& text) {
    const auto done = cli(std::move(arguments));
    EXPECT_NE(done.status, 0) << done.output;
    EXPECT_NE(done.output.find(text), std::string::npos) << done.output << "wanted: " << text;
  }
  json rollout() const { return world_.admin("GET", "/rollouts/webhook").json(); }
  // Sends `count` events of as many users, and gives what code the vendor got each from.
  std::map<std::string, std::string> send(const std::string& prefix, int count) {
    json batch = json::array();
    for (int i = 0; i < count; ++i) {
      const std::string id = prefix + std::to_string(i);
      batch.push_back(
          {{"type", "track"}, {"event", "Order"}, {"userId", "u-" + id}, {"messageId", id}});
    }
    EXPECT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
    std::map<std::string, std::string> codes;
    EXPECT_TRUE(eventually([&] {
      codes = codes_of(prefix, "/in");
      return codes.size() >= static_cast<std::size_t>(count);
    })) << codes.size()
        << rollout();
    return codes;
  }
  std::map<std::string, std::string> codes_of(const std::string& prefix, const std::string& path) {
    std::map<std::string, std::string> codes;
    for (const auto& entry : world_.journal()) {
      const auto body = json::parse(entry["body"].get<std::string>(), nullptr, false);
      const std::string id = body.is_object() ? body.value("messageId", "") : "";
      if (id.starts_with(prefix) && entry["path"] == path) {
        codes[id] = entry["headers"].value("x-code", std::string("none"));
      }
    }
    return codes;
  }
  static std::size_t count_of(const std::map<std::string, std::string>& codes,
                              const std::string& code) {
    std::size_t count = 0;
    for (const auto& [id, one] : codes) count += one == code;
    return count;
  }
  json sums() const {
    json out = {{"received", 0}, {"delivered", 0}, {"dead", 0}, {"pending", 0}, {"routed", 0}};
    const json page = world_.admin("GET", "/completeness").json();
    for (const auto& row : page["data"]) {
      if (row["source"] == "tenon") continue;
      for (const char* name : {"received", "delivered", "dead", "pending", "routed"}) {
        out[name] = out[name].get<std::size_t>() + row.value(name, std::size_t{0});
      }
    }
    return out;
  }

  World world_;
  int packages_ = 0;
};

TEST_F(Rollouts, WhatIsInstalledMovesNobodyUntilItIsPromoted) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(count_of(send("m", 5), "a"), 5u);
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(rollout()["stable"], "1.0.0");
  EXPECT_EQ(count_of(send("n", 5), "a"), 5u) << "a newer file in the folder is no decision";
  good({"rollout", "start", "webhook@2.0.0", "--reason", "the new one", "--no-gate"});
  EXPECT_EQ(rollout()["stage"], "shadow");
  EXPECT_EQ(count_of(send("o", 20), "a"), 20u) << "a shadow sends nothing";
  good({"rollout", "canary", "webhook@2.0.0", "--percent", "40"});
  const auto some = send("p", 60);
  EXPECT_GT(count_of(some, "b"), 5u);
  EXPECT_GT(count_of(some, "a"), 5u);
  const auto shown = cli({"rollout", "status", "webhook"});
  EXPECT_NE(shown.output.find("canary 40 %"), std::string::npos) << shown.output;
  EXPECT_NE(shown.output.find("candidate 2.0.0"), std::string::npos) << shown.output;
  good({"rollout", "promote", "webhook@2.0.0"});
  EXPECT_EQ(count_of(send("q", 10), "b"), 10u);
  good({"rollout", "rollback", "webhook", "--reason", "second thoughts"});
  EXPECT_EQ(count_of(send("r", 10), "a"), 10u);
  refused({"rollout", "start", "webhook@2.0.0"}, "was rolled back before (second thoughts)");
  refused({"rollout", "start", "webhook@3.0.0"}, "installed: 1.0.0, 2.0.0");
  refused({"rollout", "canary", "webhook@2.0.0", "--percent", "10"}, "has no candidate");
  refused({"rollout", "status", "other"}, "no rollout of \"other\"");
  refused({"rollout", "start", "webhook@2.0.0", "--steps", "1,x"}, "--steps");
  const auto audit = world_.tenon({"audit", "list"});
  std::string acts;
  for (const auto& entry : audit["data"]) {
    acts += entry.value("act", "") + " " + entry.value("target", "") + "\n";
  }
  EXPECT_NE(acts.find("release.promote webhook: 1.0.0 with 2.0.0 -> 2.0.0"), std::string::npos)
      << acts;
}

// One key, one release, at every percentage: so a user's events keep their order.
TEST_F(Rollouts, AKeyStaysWithItsReleaseAndGoesOverOnce) {
  add("release_a", "1.0.0");
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(rollout()["stable"], "2.0.0") << "the newest, when it begins";
  good({"rollout", "start", "webhook@1.0.0", "--no-gate"});
  std::map<std::string, std::string> last;
  for (const char* percent : {"10", "50", "100"}) {
    good({"rollout", "canary", "webhook@1.0.0", "--percent", percent});
    std::map<std::string, std::string> now;
    for (int round = 0; round < 2; ++round) {
      json batch = json::array();
      const std::string prefix = std::string("k") + percent + "-" + std::to_string(round) + "-";
      for (int i = 0; i < 50; ++i) {
        batch.push_back({{"type", "track"},
                         {"event", "Order"},
                         {"userId", "user-" + std::to_string(i)},
                         {"messageId", prefix + std::to_string(i)}});
      }
      ASSERT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
      ASSERT_TRUE(eventually([&] { return codes_of(prefix, "/in").size() == 50; }));
      for (const auto& [id, code] : codes_of(prefix, "/in")) {
        const std::string user = id.substr(prefix.size());
        const auto [known, fresh] = now.emplace(user, code);
        EXPECT_EQ(known->second, code) << "user " << user << " changed its release in a step";
        if (last.contains(user) && last[user] == "a") {
          EXPECT_EQ(code, "a") << "and never back";
        }
      }
    }
    last = now;
  }
  EXPECT_EQ(count_of(last, "a"), 50u);
}

TEST_F(Rollouts, T7_PinsPercentagesAndStatesSurviveRestartCrashAndRestore) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host_with(two()));
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host_with(two()));
  good({"rollout", "pin", "second", "webhook@1.0.0", "--reason", "their own test"});
  good({"rollout", "start", "webhook@2.0.0", "--steps", "7,50", "--every", "1h", "--no-gate"});
  good({"rollout", "canary", "webhook@2.0.0", "--percent", "30"});
  good({"rollout", "freeze", "webhook", "--reason", "holidays"});
  const auto same = [&](const json& before) {
    json now = rollout();
    for (const char* name : {"connector", "stable", "candidate", "stage", "percent", "frozen",
                             "frozen_why", "pins", "destinations", "policy", "since", "last"}) {
      EXPECT_EQ(now.value(name, json()), before.value(name, json())) << name;
    }
  };
  const json before = rollout();
  const auto first = send("a", 60);
  EXPECT_GT(count_of(first, "b"), 3u);
  EXPECT_EQ(count_of(codes_of("a", "/second"), "b"), 0u);
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  ASSERT_TRUE(world_.start_host_with(two()));
  same(before);
  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host_with(two()));
  same(before);
  const std::string backup = world_.folder() / "backup";
  good({"backup", "create", backup});
  world_.host().signal(SIGKILL);
  world_.host().wait();
  fs::remove_all(world_.data());
  good({"backup", "restore", backup, "--into", world_.data(), "--original-is-gone"});
  ASSERT_TRUE(world_.start_host_with(two()));
  same(before);
  // Who went over before goes over now: the share is of the keys, not of the moment.
  const auto again = [&] {
    json batch = json::array();
    for (int i = 0; i < 60; ++i) {
      const std::string id = "a" + std::to_string(i);
      batch.push_back(
          {{"type", "track"}, {"event", "Order"}, {"userId", "u-" + id}, {"messageId", "z" + id}});
    }
    EXPECT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
    EXPECT_TRUE(eventually([&] { return codes_of("za", "/in").size() == 60; }));
    return codes_of("za", "/in");
  }();
  for (const auto& [id, code] : first) EXPECT_EQ(again.at("z" + id), code) << id;
  refused({"rollout", "promote", "webhook@2.0.0"}, "frozen (holidays)");
}

TEST_F(Rollouts, T8_RollbackInFlightRepeatsNothingAndLosesNothing) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  good({"rollout", "start", "webhook@2.0.0", "--no-gate"});
  good({"rollout", "promote", "webhook@2.0.0"});
  world_.inbox().set({{"delay_ms", 20}});
  json batch = json::array();
  constexpr int kEvents = 400;
  for (int i = 0; i < kEvents; ++i) {
    batch.push_back({{"type", "track"},
                     {"event", "Order"},
                     {"userId", "user-" + std::to_string(i % 40)},
                     {"messageId", "t" + std::to_string(i)}});
  }
  ASSERT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
  ASSERT_TRUE(world_.eventually_distinct(40));
  const auto rolled = cli({"rollout", "rollback", "webhook", "--reason", "in flight"});
  ASSERT_EQ(rolled.status, 0) << rolled.output;
  ASSERT_TRUE(world_.eventually_distinct(kEvents));
  std::map<std::string, std::vector<std::string>> sent;  // id -> codes, in order
  for (const auto& entry : world_.journal()) {
    const auto body = json::parse(entry["body"].get<std::string>());
    sent[body["messageId"]].push_back(entry["headers"].value("x-code", "none"));
  }
  std::size_t by_new = 0, by_old = 0;
  for (const auto& [id, codes] : sent) {
    EXPECT_EQ(codes.size(), 1u) << id << " was sent again";
    by_new += codes.front() == "b";
    by_old += codes.front() == "a";
  }
  EXPECT_GE(by_new, 40u);
  EXPECT_GT(by_old, 0u);
  EXPECT_EQ(by_new + by_old, static_cast<std::size_t>(kEvents));
  ASSERT_TRUE(eventually([&] { return sums()["pending"] == 0; })) << sums();
  EXPECT_EQ(sums()["delivered"], kEvents) << sums();
  EXPECT_EQ(sums()["received"], kEvents) << sums();
}

TEST_F(Rollouts, T9_NewcomersAreHeldOffWithoutMovingThoseWhoAdopted) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  good({"rollout", "start", "webhook@2.0.0"});
  good({"rollout", "promote", "webhook@2.0.0"});
  good({"rollout", "hold", "webhook@1.0.0", "--reason", "phones lose their country"});
  const std::string file = world_.folder() / "two.toml";
  write_file(file, two());
  good({"config", "apply", file});
  EXPECT_EQ(count_of(send("h", 8), "b"), 8u) << "inbox had adopted it";
  ASSERT_TRUE(eventually([&] { return codes_of("h", "/second").size() == 8; }));
  EXPECT_EQ(count_of(codes_of("h", "/second"), "a"), 8u) << "second is a newcomer";
  EXPECT_EQ(rollout()["destinations"]["inbox"], "2.0.0");
  EXPECT_EQ(rollout()["destinations"]["second"], "1.0.0");
}

class BadReleases : public Rollouts, public ::testing::WithParamInterface<const char*> {};

// It crashes, hangs or gives up what it could have sent: the gate ends it, and the reason is told.
TEST_P(BadReleases, AreRolledBackByTheGateAndTheOldReleaseGoesOn) {
  const std::string bad = GetParam();
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add(bad, "2.0.0");
  ASSERT_TRUE(world_.start_host());
  good({"rollout", "start", "webhook@2.0.0"});
  good({"rollout", "canary", "webhook@2.0.0", "--percent", "50"});
  std::size_t sent = 0;
  EXPECT_TRUE(eventually(
      [&] {
        json batch = json::array();
        for (int i = 0; i < 10; ++i, ++sent) {
          batch.push_back({{"type", "track"},
                           {"event", "Order"},
                           {"userId", "u" + std::to_string(sent)},
                           {"messageId", "g" + std::to_string(sent)}});
        }
        EXPECT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return rollout()["last"]["deed"] == "rollback";
      },
      std::chrono::seconds(120)))
      << rollout();
  const json after = rollout();
  EXPECT_EQ(after["last"]["actor"], "gate");
  EXPECT_EQ(after["stable"], "1.0.0");
  EXPECT_EQ(after["refused"], "2.0.0");
  EXPECT_EQ(after["stage"], "none");
  EXPECT_FALSE(after["last"].value("reason", "").empty());
  EXPECT_EQ(count_of(send("after", 10), "a"), 10u) << "and the destination is not paused for it";
  ASSERT_TRUE(eventually([&] { return sums()["pending"] == 0; }, std::chrono::seconds(90)))
      << sums();
  EXPECT_EQ(sums()["received"], sent + 10) << sums();
  EXPECT_EQ(sums()["delivered"].get<std::size_t>() + sums()["dead"].get<std::size_t>(), sent + 10)
      << sums();
  if (bad != "release_refuses") {
    EXPECT_EQ(sums()["dead"], 0) << sums();
  }
  ASSERT_TRUE(eventually([&] {
    return cli({"notices"}).output.find("was rolled back to webhook@1.0.0 by gate") !=
           std::string::npos;
  })) << cli({"notices"}).output;
}
INSTANTIATE_TEST_SUITE_P(Rollouts, BadReleases,
                         ::testing::Values("crash", "hang", "release_refuses", "release_breaks",
                                           "release_accepts"));

// Only slow: its requests are those of the stable release, which changes.toml says of the one
// header.
TEST_F(Rollouts, ASlowReleaseIsRolledBackForThat) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  install("release_slow", "2.0.0",
          "[[change]]\naction = \"send\"\nfield = \"request.header.x-code\"\nwhy = \"its name\"\n");
  good({"rollout", "start", "webhook@2.0.0"});
  good({"rollout", "canary", "webhook@2.0.0", "--percent", "50"});
  int sent = 0;
  EXPECT_TRUE(eventually(
      [&] {
        json batch = json::array();
        for (int i = 0; i < 20; ++i, ++sent) {
          const std::string id = "w" + std::to_string(sent);
          batch.push_back(
              {{"type", "track"}, {"event", "Order"}, {"userId", "u-" + id}, {"messageId", id}});
        }
        EXPECT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return rollout()["last"]["deed"] == "rollback";
      },
      std::chrono::seconds(120)))
      << rollout();
  EXPECT_NE(rollout()["last"].value("reason", "").find("ms on average"), std::string::npos)
      << rollout();
  ASSERT_TRUE(eventually([&] { return sums()["pending"] == 0; }, std::chrono::seconds(90)));
  EXPECT_EQ(sums()["delivered"], sent) << sums();
}

// The next release of hubspot has a fault, which the goldens of this one find: it does not start.
TEST_F(Rollouts, AReleaseThatFailsItsGoldensIsNotStarted) {
  world_.start_crm();
  ASSERT_TRUE(world_.start_host());
  const std::string goldens = TENON_SOURCE_DIR "/connectors/hubspot/golden";
  const auto of_version = [&](const std::string& version) {
    return replaced(hubspot_manifest(world_.crm().url()), "version = \"1.0.0\"",
                    "version = \"" + version + "\"");
  };
  install_package(TENON_BINARY_DIR "/hubspot_next/hubspot_next.so", of_version("1.1.0"), "",
                  goldens);
  install_package(TENON_BINARY_DIR "/connectors/hubspot.so", of_version("1.2.0"), "", goldens);
  install_package(TENON_BINARY_DIR "/connectors/hubspot.so", of_version("1.3.0"), "");
  const auto of_hubspot = [&] { return world_.admin("GET", "/rollouts/hubspot").json(); };
  refused({"rollout", "start", "hubspot@1.1.0"}, "hubspot@1.1.0 does not keep the contract");
  json verdict = of_hubspot()["conformance"];
  EXPECT_EQ(verdict["state"], "failed") << verdict;
  EXPECT_EQ(verdict["version"], "1.1.0");
  EXPECT_GT(verdict["passed"], 20) << verdict;
  EXPECT_GE(verdict["failed"], 1) << verdict;
  ASSERT_FALSE(verdict["failures"].empty());
  const std::string failure = verdict["failures"][0];
  refused({"rollout", "start", "hubspot@1.1.0"}, failure);
  auto shown = cli({"rollout", "status", "hubspot"}).output;
  EXPECT_NE(shown.find("not started for: "), std::string::npos) << shown;
  EXPECT_NE(shown.find(failure), std::string::npos) << shown;
  EXPECT_EQ(of_hubspot()["candidate"], json());
  EXPECT_FALSE(fs::exists(world_.data() + "/conformance")) << "nothing is left of it";
  // It survives a restart, and a good one begins.
  verdict = of_hubspot()["conformance"];  // of the second look
  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(of_hubspot()["conformance"], verdict);
  good({"rollout", "start", "hubspot@1.2.0"});
  EXPECT_EQ(of_hubspot()["conformance"]["state"], "passed") << of_hubspot();
  EXPECT_EQ(of_hubspot()["candidate"], "1.2.0");
  good({"rollout", "rollback", "hubspot"});
  // Without goldens nothing is known, which is enough unless the workspace says otherwise.
  good({"rollout", "start", "hubspot@1.3.0"});
  EXPECT_EQ(of_hubspot()["conformance"]["why"], "it has no goldens") << of_hubspot();
  good({"rollout", "rollback", "hubspot"});
  const std::string file = world_.folder() / "rules.toml";
  write_file(file, world_.workspace() + "[rollout]\nconformance = \"required\"\n");
  good({"config", "apply", file});
  refused({"rollout", "start", "hubspot@1.3.0", "--again"}, "has no goldens");
  write_file(file, world_.workspace() + "[rollout]\nconformance = \"off\"\n");
  good({"config", "apply", file});
  good({"rollout", "start", "hubspot@1.1.0"});
  EXPECT_EQ(of_hubspot()["candidate"], "1.1.0");
  shown = cli({"rollout", "status", "hubspot"}).output;
  EXPECT_NE(shown.find("1.1.0  not run: [rollout] conformance is off"), std::string::npos) << shown;
}

// HubSpot answers 200 with nothing in it, and does nothing. The stable release knows that trap; the
// next one takes it for a yes, and its changes.toml even lists that, so that its figures and the
// shadow are content. Only HubSpot itself tells.
TEST_F(Rollouts, WhatWasAcceptedAndDidNothingIsFoundByLookingForIt) {
  world_.start_crm();
  ASSERT_TRUE(world_.start_host());
  const std::string quick = replaced(
      replaced(hubspot_manifest(world_.crm().url()), "version = \"1.0.0\"", "version = \"1.1.0\""),
      "readback = true\n[action.batch]",
      "readback = true\nreadback_after_ms = 500\n[action.batch]");
  std::string changes;
  for (const char* field : {"outcome", "outcome.reason", "outcome.detail", "outcome.applied",
                            "outcome.vendor_ref", "body.inputs.*.properties.phone"}) {
    changes += "[[change]]\naction = \"upsert_contact\"\nfield = \"" + std::string(field) +
               "\"\nwhy = \"believed to be meant\"\n";
  }
  install_package(TENON_BINARY_DIR "/hubspot_next/hubspot_next.so", quick, changes);
  good({"rollout", "start", "hubspot@1.1.0"});
  good({"rollout", "canary", "hubspot@1.1.0", "--percent", "50"});
  const auto of_hubspot = [&] { return world_.admin("GET", "/rollouts/hubspot").json(); };
  int sent = 0;
  const auto send_contacts = [&](int count) {
    json batch = json::array();
    for (int i = 0; i < count; ++i, ++sent) {
      const std::string id = "n" + std::to_string(sent);
      auto one = identify(id, id + "@example.com");
      one["userId"] = "u-" + id;
      batch.push_back(std::move(one));
    }
    EXPECT_EQ(world_.post("/v1/batch", {{"batch", batch}}).status, 200);
  };
  send_contacts(100);
  // While HubSpot does what it says, all that is looked for is there.
  EXPECT_TRUE(eventually([&] {
    return of_hubspot()["health"]["candidate"].value("looked_for", 0) >= 1;
  })) << of_hubspot();
  EXPECT_EQ(of_hubspot()["health"]["candidate"]["did_nothing"], 0) << of_hubspot();
  world_.crm().script({{{"path", "/crm/v3/objects/contacts/batch/upsert"},
                        {"times", 100'000},
                        {"status", 200},
                        {"body", ""}}});
  std::string last_status;
  EXPECT_TRUE(eventually(
      [&] {
        send_contacts(20);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        const auto shown = cli({"rollout", "status", "hubspot"});
        const bool over = of_hubspot()["last"]["deed"] == "rollback";
        if (!over) last_status = shown.output;
        return over;
      },
      std::chrono::seconds(150)))
      << of_hubspot() << world_.host().output();
  const std::string reason = of_hubspot()["last"].value("reason", "");
  EXPECT_TRUE(reason.starts_with("did nothing: of ")) << reason;
  EXPECT_EQ(of_hubspot()["stable"], "1.0.0");
  EXPECT_NE(last_status.find("DID NOTHING"), std::string::npos) << last_status;
  EXPECT_NE(world_.host().output().find("rollout.did_nothing"), std::string::npos);
}

// What a vendor's circuit breaker holds is no matter of releases.
TEST_F(Rollouts, AnActLeavesWhatIsHeldBackHeld) {
  add("release_a", "1.0.0");
  const std::string good_text = world_.workspace();
  auto bad = good_text;
  bad.replace(bad.find(world_.vendor()), world_.vendor().size(), "http://127.0.0.1:1");
  ASSERT_TRUE(world_.start_host_with(bad));
  for (int i = 0; i < 8; ++i) {
    auto event = track("b" + std::to_string(i));
    event["userId"] = "user " + std::to_string(i);
    ASSERT_EQ(world_.post("/v1/track", event).status, 200);
  }
  const auto is_held = [&] {
    const json page = world_.tenon({"destinations", "list"});
    return page["data"][0].value("reason", "").find("circuit breaker: ") != std::string::npos;
  };
  ASSERT_TRUE(eventually(is_held));
  good({"rollout", "freeze", "webhook", "--reason", "a test"});
  EXPECT_TRUE(is_held());
}

TEST_F(Rollouts, ByPolicyAGoodReleaseGoesForwardByItself) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  good({"rollout", "start", "webhook@2.0.0", "--steps", "10,60,100", "--every", "1s", "--records",
        "3", "--no-gate"});
  int round = 0;
  EXPECT_TRUE(eventually([&] {
    send("s" + std::to_string(round++) + "-", 20);
    return rollout()["stable"] == "2.0.0";
  })) << rollout();
  EXPECT_EQ(rollout()["before"], "1.0.0");
  EXPECT_EQ(rollout()["last"]["actor"], "gate");
  std::string steps;
  EXPECT_TRUE(eventually([&] {
    steps.clear();
    const json page = world_.tenon({"audit", "list"});
    for (const auto& entry : page["data"]) {
      const std::string act = entry.value("act", "");
      if (act.starts_with("release.")) steps = act.substr(8) + " " + steps;
    }
    return steps == "start canary canary promote ";
  })) << steps;
}

// Nothing is sent for it: the candidate is run on what the stable release did, and compared.
TEST_F(Rollouts, TheShadowEndsWhatNobodyAnnouncedAndLetsPassWhatChangesTomlLists) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  install("release_b", "2.0.0", "");
  good({"rollout", "start", "webhook@2.0.0"});
  EXPECT_EQ(count_of(send("s", 40), "a"), 40u) << "a shadow sends nothing";
  ASSERT_TRUE(eventually([&] { return rollout()["last"]["deed"] == "rollback"; })) << rollout();
  EXPECT_NE(rollout()["last"].value("reason", "").find("send request.header.x-code changed"),
            std::string::npos)
      << rollout();
  install("release_b", "3.0.0",
          "[[change]]\naction = \"send\"\nfield = \"request.header.x-code\"\nwhy = \"b\"\n");
  good({"rollout", "start", "webhook@3.0.0"});
  EXPECT_EQ(count_of(send("t", 40), "a"), 40u);
  ASSERT_TRUE(eventually([&] { return rollout()["shadow"]["calls"] >= 3; })) << rollout();
  const json now = rollout();
  EXPECT_EQ(now["stage"], "shadow") << now;
  EXPECT_EQ(now["shadow"]["different"], now["shadow"]["calls"]) << now;
  EXPECT_EQ(now["shadow"]["unlisted"], 0) << now;
  const auto shown = cli({"rollout", "status", "webhook"});
  EXPECT_NE(shown.output.find("none that changes.toml does not list"), std::string::npos)
      << shown.output;
  EXPECT_EQ(world_.vendor_state()["requests"], 80);
}

// With another required setting the configuration in force would not do: nobody is moved into it.
TEST_F(Rollouts, AReleaseThatTheConfigurationDoesNotSuitIsNotStarted) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  world_.add_connector(TENON_BINARY_DIR "/tests/connectors/release_b.so",
                       webhook_manifest("2.0.0") +
                           "[[setting]]\nname = \"more\"\ntitle = \"More\"\ntype = \"string\"\n"
                           "required = true\n");
  ASSERT_TRUE(world_.start_host());
  refused({"rollout", "start", "webhook@2.0.0"}, "would not be good any more");
  EXPECT_EQ(rollout()["candidate"], json());
  EXPECT_EQ(count_of(send("m", 3), "a"), 3u);
}

// Nobody is moved because a file is gone: events wait, and doctor says for what.
TEST_F(Rollouts, AStableReleaseThatIsGoneMovesNobodySilently) {
  add("release_a", "1.0.0");
  ASSERT_TRUE(world_.start_host());
  send("m", 3);
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  fs::remove(world_.folder() / "connectors/release_a.so");
  add("release_b", "2.0.0");
  ASSERT_TRUE(world_.start_host());
  ASSERT_EQ(world_.post("/v1/track", track("waits")).status, 200);
  const auto doctor = cli({"doctor"});
  EXPECT_NE(doctor.output.find("stable is 1.0.0, which is not installed"), std::string::npos)
      << doctor.output;
  good({"rollout", "start", "webhook@2.0.0"});
  good({"rollout", "promote", "webhook@2.0.0"});
  ASSERT_TRUE(eventually([&] { return codes_of("waits", "/in").size() == 1; }));
  EXPECT_EQ(count_of(codes_of("waits", "/in"), "b"), 1u);
}

}  // namespace
}  // namespace tenon::testing
