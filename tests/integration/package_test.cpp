// A connector's package on its way: packed twice, signed, installed into a running host, used,
// removed; and packages that must not come in, with the host unharmed.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kWebhook = TENON_BINARY_DIR "/connectors/webhook.so";
constexpr const char* kAgain = TENON_BINARY_DIR "/again/build/again/connectors/webhook.so";
constexpr const char* kFolder = TENON_SOURCE_DIR "/connectors/webhook";

class Packages : public ::testing::Test {
 protected:
  // A host that has hubspot only, in its folder: webhook has to be installed.
  void SetUp() override {
    world_.start_vendor();
    world_.add_connector(TENON_BINARY_DIR "/connectors/hubspot.so");
    open_ = keygen("key");
  }
  std::string keygen(const std::string& name) {
    return world_.tenon({"connector", "keygen", world_.folder() / name}).value("public_key", "");
  }
  // The webhook connector under another version, packed; `line`: one more of its manifest.
  std::string pack(const std::string& version, const std::string& line = {}) {
    const std::string manifest = read_file(TENON_SOURCE_DIR "/manifests/webhook.toml");
    const std::string so = world_.folder() / ("webhook-" + version + ".so");
    const std::string toml = world_.folder() / "webhook.toml";
    write_file(toml,
               replaced(manifest, "version = \"1.0.0\"", "version = \"" + version + "\"") + line);
    fs::copy_file(kWebhook, so, fs::copy_options::overwrite_existing);
    const auto done = run({"objcopy", "--remove-section", ".tenon_manifest", "--add-section",
                           ".tenon_manifest=" + toml, "--set-section-flags",
                           ".tenon_manifest=contents,readonly", so});
    EXPECT_EQ(done.status, 0) << done.output;
    return pack_file(so);
  }
  std::string pack_file(const std::string& so) {
    const auto packed =
        world_.tenon({"connector", "pack", so, kFolder, "--out", world_.folder().path()});
    EXPECT_TRUE(packed.contains("digest")) << packed;
    return packed.value("file", "");
  }
  std::string signed_by(const std::string& package, const std::string& key) {
    const auto done = world_.cli({"connector", "sign", package, "--key", world_.folder() / key});
    EXPECT_EQ(done.status, 0) << done.output;
    return package;
  }
  std::string trust(bool required) const {
    return std::string("[trust]\nrequire_signature = ") + (required ? "true" : "false") +
           "\n[[trust.keys]]\nname = \"team\"\nkey = \"" + open_ + "\"\n";
  }
  // No destination needs webhook before it is there.
  bool start(const std::string& more) {
    std::string text = world_.workspace();
    return world_.start_host_with(text.substr(0, text.find("[[destinations]]")) + more);
  }
  // Its newest release; null: none is installed.
  json connector(const std::string& id) {
    const json page = world_.tenon({"connector", "list"});
    json newest;
    for (const auto& one : page.value("data", json::array())) {
      if (one["id"] == id) newest = one;
    }
    return newest;
  }
  std::string doctor_of(const std::string& name) {
    std::string out;
    const json page = world_.tenon({"doctor"});
    for (const auto& finding : page.value("data", json::array())) {
      if (finding["name"] == name) {
        out +=
            finding["level"].get<std::string>() + " " + finding["text"].get<std::string>() + "\n";
      }
    }
    return out;
  }
  void apply(const std::string& text) {
    const std::string file = world_.folder() / "applied.toml";
    write_file(file, text);
    const auto done = world_.cli({"config", "apply", file});
    ASSERT_EQ(done.status, 0) << done.output;
  }

  World world_;
  std::string open_;
};

TEST_F(Packages, TwoBuildsPackToTheSameBytes) {
  const std::string first = pack_file(kWebhook);
  const std::string bytes = read_file(first);
  ASSERT_FALSE(bytes.empty());
  fs::remove(first);
  // Not EXPECT_EQ: it would print both of them.
  EXPECT_TRUE(read_file(kWebhook) == read_file(kAgain)) << "a path of the machine is in it";
  EXPECT_TRUE(read_file(pack_file(kAgain)) == bytes);
}

TEST_F(Packages, ARunningHostTakesOneInDeliversThroughItAndKeepsIt) {
  ASSERT_TRUE(start(trust(true)));
  EXPECT_TRUE(connector("webhook").is_null());
  const std::string package = signed_by(pack_file(kWebhook), "key");
  const auto installed = world_.tenon({"connector", "install", package});
  EXPECT_EQ(installed["release"], "webhook@1.0.0") << installed;
  EXPECT_EQ(installed["signers"][0]["name"], "team");
  apply(world_.workspace() + trust(true));
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  world_.trace_until("m1", "inbox", "delivered");

  // A newer one moves nobody before it is rolled out.
  const auto newer = world_.tenon({"connector", "install", signed_by(pack("1.1.0"), "key")});
  EXPECT_EQ(newer["release"], "webhook@1.1.0") << newer;
  ASSERT_EQ(world_.post("/v1/track", track("m1b")).status, 200);
  EXPECT_EQ(delivery_of(world_.trace_until("m1b", "inbox", "delivered"),
                        "inbox")["attempts"][0]["release"],
            "webhook@1.0.0");
  ASSERT_EQ(world_.cli({"rollout", "start", "webhook@1.1.0"}).status, 0);
  ASSERT_EQ(world_.cli({"rollout", "promote", "webhook@1.1.0"}).status, 0);
  ASSERT_EQ(world_.post("/v1/track", track("m2")).status, 200);
  const auto trace = world_.trace_until("m2", "inbox", "delivered");
  EXPECT_EQ(delivery_of(trace, "inbox")["attempts"][0]["release"], "webhook@1.1.0") << trace;
  const auto used = world_.cli({"connector", "remove", "webhook@1.1.0", "--reason", "test"});
  EXPECT_EQ(used.status, 1);
  EXPECT_NE(used.output.find("is used by inbox"), std::string::npos) << used.output;
  const auto kept = world_.cli({"connector", "remove", "webhook@1.0.0", "--reason", "test"});
  EXPECT_NE(kept.output.find("a rollback goes back to it"), std::string::npos) << kept.output;

  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + trust(true)));
  EXPECT_EQ(connector("webhook")["version"], "1.1.0");
  EXPECT_EQ(connector("webhook")["package"]["digest"], newer["digest"]);
  ASSERT_EQ(world_.post("/v1/track", track("m3")).status, 200);
  world_.trace_until("m3", "inbox", "delivered");
  EXPECT_EQ(world_.vendor_state()["model"]["distinct"], 4);
  const auto shown = world_.cli({"connector", "show", "webhook@1.1.0"});
  EXPECT_NE(shown.output.find("team " + open_), std::string::npos) << shown.output;
  EXPECT_NE(doctor_of("trust").find("ok 2 packages are signed"), std::string::npos);
}

TEST_F(Packages, WhatMustNotComeInDoesNotAndTheHostGoesOn) {
  ASSERT_TRUE(start(trust(true)));
  const std::string good = signed_by(pack("2.0.0"), "key");
  ASSERT_EQ(world_.cli({"connector", "install", good}).status, 0);
  apply(world_.workspace() + trust(true));
  const auto refused = [&](const std::string& package, const std::string& text) {
    const auto done = world_.cli({"connector", "install", package});
    EXPECT_EQ(done.status, 1) << done.output;
    EXPECT_NE(done.output.find(text), std::string::npos) << done.output << "wanted: " << text;
  };
  refused(pack("2.1.0"), "it is not signed");
  keygen("stranger");
  refused(signed_by(pack("2.1.0"), "stranger"), "a key that [trust] does not name");
  refused(signed_by(pack("1.9.0"), "key"), "newer than 2.0.0");
  refused(signed_by(pack("2.0.0", "# other content\n"), "key"), "give the new one another version");
  // Straight to the host, past the checks of the program.
  const auto post = [&](const std::string& bytes) {
    return http("POST", "http://tenon/api/v1/connectors", bytes,
                {"content-type: application/octet-stream"}, world_.data() + "/admin.sock");
  };
  const std::string bytes = read_file(signed_by(pack("2.1.0"), "key"));
  for (const auto& spoiled : {std::string("no package"), bytes.substr(0, bytes.size() / 2),
                              bytes + "x", bytes.substr(0, 5'000) + "x" + bytes.substr(5'001)}) {
    const auto answer = post(spoiled);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.json()["type"], "urn:tenon:problem:invalid") << answer.body;
  }
  // A sound package of code that asks the loader for what it may not.
  const std::string odd = world_.folder() / "odd.so";
  fs::copy_file(kWebhook, odd, fs::copy_options::overwrite_existing);
  auto code = read_file(odd);
  const auto at = code.find("libc.so.6");
  ASSERT_NE(at, std::string::npos);
  write_file(odd, code.replace(at, 9, "libx.so.6"));
  refused(signed_by(pack_file(odd), "key"), "libx.so.6");

  EXPECT_EQ(connector("webhook")["version"], "2.0.0");
  EXPECT_EQ(world_.tenon({"connector", "list"})["data"].size(), 2u);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& one : fs::directory_iterator(world_.data() + "/connectors")) {
    ++files;
  }
  EXPECT_EQ(files, 2u) << "nothing is left of those";
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  world_.trace_until("m1", "inbox", "delivered");
  EXPECT_TRUE(world_.healthy());
}

TEST_F(Packages, UnsignedOnesComeInWhereNothingSaysOtherwiseAndDoctorTells) {
  ASSERT_TRUE(start(""));
  ASSERT_EQ(world_.cli({"connector", "install", pack_file(kWebhook)}).status, 0);
  EXPECT_NE(doctor_of("trust").find("warning webhook@1.0.0: it is not signed"), std::string::npos)
      << doctor_of("trust");
  apply(world_.workspace() + trust(true));
  EXPECT_NE(doctor_of("trust").find("error webhook@1.0.0: it is not signed"), std::string::npos);
  EXPECT_NE(doctor_of("trust").find("hubspot@1."), std::string::npos) << "a .so in a folder";
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  world_.trace_until("m1", "inbox", "delivered");
  // Its signature comes later, with the same package once more.
  const auto again = world_.tenon(
      {"connector", "install", signed_by(world_.folder() / "webhook-1.0.0.tenonpkg", "key")});
  EXPECT_EQ(again["present"], true) << again;
  EXPECT_EQ(doctor_of("trust").find("error"), std::string::npos) << doctor_of("trust");
}

TEST_F(Packages, ADamagedOneIsNotLoadedAndMendedByInstallingItAgain) {
  ASSERT_TRUE(start(""));
  const std::string package = pack_file(kWebhook);
  const auto installed = world_.tenon({"connector", "install", package});
  apply(world_.workspace());
  world_.host().signal(SIGTERM);
  ASSERT_EQ(world_.host().wait(), 0);
  const std::string so =
      world_.data() + "/connectors/" + installed["digest"].get<std::string>() + ".so";
  auto bytes = read_file(so);
  bytes[bytes.size() / 2] ^= 1;
  write_file(so, bytes);
  ASSERT_TRUE(start(""));
  EXPECT_TRUE(connector("webhook").is_null());
  EXPECT_NE(doctor_of("connector").find("found other bytes"), std::string::npos);
  ASSERT_EQ(world_.cli({"connector", "install", package}).status, 0);
  EXPECT_EQ(doctor_of("connector"), "");
  apply(world_.workspace());
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  world_.trace_until("m1", "inbox", "delivered");
}

TEST_F(Packages, UnderALockOnlyTheBytesItNamesAreLoadedAndInstalled) {
  ASSERT_TRUE(start(""));
  const std::string first = pack("1.0.0"), other = pack("1.1.0");
  ASSERT_EQ(world_.cli({"connector", "install", first}).status, 0);
  const auto printed = world_.cli({"connector", "lock"});
  EXPECT_NE(printed.output.find("webhook@1.0.0 package "), std::string::npos) << printed.output;
  EXPECT_NE(printed.output.find("hubspot@1.0.0 so "), std::string::npos) << printed.output;
  const std::string lock = world_.folder() / "connectors.lock";
  write_file(lock, printed.output);
  const auto restart = [&] {
    world_.host().signal(SIGTERM);
    EXPECT_EQ(world_.host().wait(), 0);
    world_.host_arguments = {"--lock", lock};
    return start("");
  };
  ASSERT_TRUE(restart());
  EXPECT_EQ(connector("webhook")["version"], "1.0.0");
  const auto refused = world_.cli({"connector", "install", other});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.output.find("the lock does not name webhook@1.1.0"), std::string::npos)
      << refused.output;
  // With other bytes under the name it is not loaded, and doctor says so.
  write_file(lock, replaced(printed.output, "webhook@1.0.0 package ", "webhook@1.0.0 so "));
  ASSERT_TRUE(restart());
  EXPECT_TRUE(connector("webhook").is_null());
  EXPECT_NE(doctor_of("connector").find("the lock wants webhook@1.0.0 as a .so"), std::string::npos)
      << doctor_of("connector");
  // What cannot be read as a lock ends the start, with its place.
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);
  write_file(lock, "tenon lock 1\nwebhook@1.0.0 package\n");
  world_.spawn_host(world_.workspace());
  EXPECT_EQ(world_.host().wait(), 2);
  EXPECT_NE(world_.host().output().find("connectors.lock:2: "), std::string::npos)
      << world_.host().output();
}

// T16 as people and CI meet it.
TEST_F(Packages, T16_DoctorAndLintTellWhatEnds) {
  ASSERT_TRUE(start(""));
  const std::string package =
      pack("1.0.0", "[vendor_api]\nversion = \"v3\"\nsunset = \"2020-01-01\"\n");
  ASSERT_EQ(world_.cli({"connector", "install", package}).status, 0);
  EXPECT_EQ(doctor_of("support"), "") << "nobody runs it";
  apply(world_.workspace());
  EXPECT_NE(
      doctor_of("support").find("error webhook@1.0.0: the vendor's API v3 ended on 2020-01-01"),
      std::string::npos)
      << doctor_of("support");
  EXPECT_NE(doctor_of("support").find("used by inbox"), std::string::npos);
  const std::string toml = world_.folder() / "ends.toml";
  write_file(toml, read_file(TENON_SOURCE_DIR "/manifests/webhook.toml") +
                       "[vendor_api]\nversion = \"v3\"\nsunset = \"2027-03-31\"\n");
  const auto lint = [&](const std::string& day) {
    return world_.cli({"manifest", "lint", "--strict", "--on", day, toml});
  };
  EXPECT_EQ(lint("2027-02-28").status, 0);
  EXPECT_EQ(lint("2027-03-01").status, 0) << "30 days before it is told, and no failure";
  EXPECT_NE(lint("2027-03-01").output.find("ends on 2027-03-31, in 30 days"), std::string::npos);
  EXPECT_EQ(lint("2027-03-24").status, 1) << "7 days before";
  EXPECT_EQ(lint("soon").status, 2);
}

TEST_F(Packages, ABackupHasThemAsTheyWereInstalled) {
  ASSERT_TRUE(start(trust(true)));
  ASSERT_EQ(world_.cli({"connector", "install", signed_by(pack_file(kWebhook), "key")}).status, 0);
  const std::string backup = world_.folder() / "backup";
  const auto made = world_.cli({"backup", "create", backup});
  ASSERT_EQ(made.status, 0) << made.output;
  world_.host().signal(SIGKILL);
  world_.host().wait();
  fs::remove_all(world_.data());
  const auto restored =
      world_.cli({"backup", "restore", backup, "--into", world_.data(), "--original-is-gone"});
  ASSERT_EQ(restored.status, 0) << restored.output;
  ASSERT_TRUE(world_.start_host_with(world_.workspace() + trust(true)));
  EXPECT_EQ(connector("webhook")["package"]["signers"][0]["name"], "team");
  ASSERT_EQ(world_.post("/v1/track", track("m1")).status, 200);
  world_.trace_until("m1", "inbox", "delivered");
}

}  // namespace
}  // namespace tenon::testing
