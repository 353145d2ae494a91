// Captures of a real host: what is kept, what cannot be read on disk, and calls run once more.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kEmail = "ada.lovelace@personal.example";

class CaptureHost : public ::testing::Test {
 protected:
  std::string captured_workspace(const std::string& lines = "") const {
    return world_.workspace() + "\n[capture]\n" + lines;
  }
  void start(const std::string& lines = "") {
    world_.start_vendor();
    world_.start_crm();
    ASSERT_TRUE(world_.start_host_with(captured_workspace(lines)));
    ASSERT_TRUE(eventually([&] { return captures()["status"]["on"] == true; }));
  }
  json captures(std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"captures", "list", "--limit", "500"};
    command.insert(command.end(), more.begin(), more.end());
    return world_.tenon(command);
  }
  // The newest attempt for a destination, once it is kept.
  std::string attempt_for(const std::string& destination) const {
    std::string attempt;
    EXPECT_TRUE(eventually([&] {
      const json all = captures({"--destination", destination});
      if (all["data"].empty()) return false;
      attempt = all["data"][0]["attempt"];
      return true;
    })) << destination;
    return attempt;
  }
  std::string files_at_rest() const {
    std::string all;
    for (const auto& entry : fs::directory_iterator(world_.data() + "/captures")) {
      all += read_file(entry.path());
    }
    return all;
  }
  static unsigned mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }
  void deliver_contact() {
    ASSERT_EQ(world_.post("/v1/identify", identify("one", kEmail)).status, 200);
    world_.trace_until("one", "crm", "delivered");
  }
  void stop() {
    world_.host().signal(SIGTERM);
    EXPECT_EQ(world_.host().wait(), 0) << world_.host().output();
  }
  mutable World world_;
};

TEST_F(CaptureHost, AFailedDeliveryIsRunAgain) {
  start();
  world_.inbox().set({{"mode", "refuse"}});
  ASSERT_EQ(world_.post("/v1/track", track("bad-1")).status, 200);
  const json trace = world_.trace_until("bad-1", "inbox", "dead");
  const std::string delivery = delivery_of(trace, "inbox")["id"];
  ASSERT_TRUE(eventually([&] { return !captures({"--failed"})["data"].empty(); }));
  const auto again = world_.cli({"repro", delivery});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_NE(again.output.find("reproduced: same requests and outcomes"), std::string::npos)
      << again.output;
  EXPECT_NE(again.output.find("-> POST target:"), std::string::npos) << again.output;
  EXPECT_NE(again.output.find("record 0: rejected"), std::string::npos) << again.output;
  const auto shown = world_.cli({"captures", "show", attempt_for("inbox")});
  EXPECT_EQ(shown.status, 0);
  EXPECT_NE(shown.output.find("POST target:"), std::string::npos) << shown.output;
  const auto unknown = world_.cli({"repro", "dlv_wpcjggdvet1de8z9js9pgdqap8"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.output.find("is kept: it was before [capture]"), std::string::npos)
      << unknown.output;
}

TEST_F(CaptureHost, NothingPersonalCanBeReadOnDiskOrInABundle) {
  start();
  deliver_contact();
  const std::string attempt = attempt_for("crm");
  const std::string at_rest = files_at_rest();
  ASSERT_GT(at_rest.size(), 500u);
  for (const char* word : {"ada.lovelace", "personal.example", "inputs", "att_"}) {
    EXPECT_EQ(at_rest.find(word), std::string::npos) << word;
  }
  for (const auto& entry : fs::directory_iterator(world_.data() + "/captures")) {
    EXPECT_EQ(mode_of(entry.path()) & 0077u, 0u);
  }
  // With the host's help it is all there ...
  const auto whole = world_.tenon({"captures", "show", attempt});
  EXPECT_NE(whole.dump().find(kEmail), std::string::npos);
  const std::string lines = world_.folder() / "calls.jsonl";
  ASSERT_EQ(world_.cli({"captures", "export", "--last", "100", "--output", lines}).status, 0);
  EXPECT_EQ(mode_of(lines), 0600u);
  EXPECT_NE(read_file(lines).find(kEmail), std::string::npos);
  // ... and in a bundle it is not, but the call runs all the same.
  const std::string bundle = world_.folder() / "bundle.json";
  const auto made = world_.cli({"repro", attempt, "--bundle", bundle});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_EQ(mode_of(bundle), 0600u);
  const std::string text = read_file(bundle);
  for (const char* word : {"ada.lovelace", "personal.example", "ada%2elovelace"}) {
    EXPECT_EQ(text.find(word), std::string::npos) << text;
  }
  for (const char* secret : {World::kSecret, World::kCrmToken, World::kWriteKey}) {
    EXPECT_EQ(text.find(secret), std::string::npos);
  }
  const json parsed = json::parse(text);
  EXPECT_EQ(parsed["call"]["release"], parsed["release"]);
  EXPECT_NE(parsed["manifest"].get<std::string>().find("[connector]"), std::string::npos);
  const auto again = world_.cli({"repro", bundle});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_NE(again.output.find("reproduced"), std::string::npos) << again.output;
  // The author has the SDK's program only.
  const std::string so = world_.folder() / "connectors/hubspot.so";
  for (const std::string how : {"--in-process", "--seed=1"}) {
    const auto checked = run({program("tenon-check"), so, "--bundle", bundle, how});
    EXPECT_EQ(checked.status, 0) << checked.output;
    EXPECT_NE(checked.output.find("not the real ones"), std::string::npos) << checked.output;
  }
}

TEST_F(CaptureHost, WhatDiffersIsShown) {
  start();
  deliver_contact();
  const std::string file = world_.folder() / "bundle.json";
  ASSERT_EQ(world_.cli({"repro", attempt_for("crm"), "--bundle", file, "--unredacted"}).status, 0);
  const std::string text = read_file(file);
  EXPECT_NE(text.find(kEmail), std::string::npos);
  const json bundle = json::parse(text);
  const auto run_changed = [&](const json& changed) {
    const std::string other = world_.folder() / "changed.json";
    write_file(other, changed.dump());
    return world_.cli({"repro", other});
  };
  json outcome = bundle;
  for (auto& one : outcome["call"]["steps"].back()["outcomes"]) one["verdict"] = "rejected";
  const auto first = run_changed(outcome);
  EXPECT_EQ(first.status, 1) << first.output;
  EXPECT_NE(first.output.find("/outcomes/0/verdict"), std::string::npos) << first.output;
  json request = bundle;
  request["call"]["steps"][0]["requests"][0]["path"] = "/another/path";
  const auto second = run_changed(request);
  EXPECT_EQ(second.status, 1) << second.output;
  EXPECT_NE(second.output.find("no reply was recorded for this request"), std::string::npos)
      << second.output;
  json unknown = bundle;
  unknown["call"]["colour"] = "blue";
  const auto third = run_changed(unknown);
  EXPECT_EQ(third.status, 1) << third.output;
  EXPECT_NE(third.output.find("call: colour: wanted no such member"), std::string::npos)
      << third.output;
}

TEST_F(CaptureHost, ACrashIsRunAgain) {
  world_.start_vendor();
  world_.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  world_.add_connector(
      TENON_BINARY_DIR "/tests/connectors/crash.so",
      "[connector]\nid = \"crash\"\nversion = \"1.0.0\"\ntitle = \"Test\"\nabi = \"1.0\"\n"
      "ops = [\"deliver\", \"check\"]\n[[endpoint]]\nname = \"api\"\nhost = "
      "\"api.vendor.example\"\n[[action]]\nname = \"send\"\ntitle = \"Send\"\nopen_fields = true\n"
      "[action.batch]\nmax_records = 10\n[retry]\nfirst_ms = 300\nceiling_ms = 300\n");
  ASSERT_TRUE(world_.start_host_with(
      captured_workspace("sample = 0.0\n") +
      "[[destinations]]\nname = \"odd\"\nconnector = \"crash\"\n"
      "[[routes]]\nname = \"odd\"\ndestination = \"odd\"\naction = \"send\"\n"));
  ASSERT_EQ(world_.post("/v1/track", track("one")).status, 200);
  const std::string attempt = attempt_for("odd");
  const json row = captures({"--destination", "odd"})["data"].back();
  EXPECT_EQ(row["failure"], "worker_died");
  const auto again = world_.cli({"repro", row["attempt"]});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_NE(again.output.find("ended by signal"), std::string::npos) << again.output;
  EXPECT_NE(again.output.find("reproduced"), std::string::npos) << again.output;
  world_.trace_until("one", "inbox", "delivered");
  EXPECT_TRUE(captures({"--destination", "inbox"})["data"].empty());  // it went well: no sample
}

TEST_F(CaptureHost, ACrashOfTheHostCostsNoMoreThanTheNewest) {
  start();
  deliver_contact();
  const std::string attempt = attempt_for("crm");
  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host_with(captured_workspace()));
  EXPECT_EQ(attempt_for("crm"), attempt);
  EXPECT_EQ(world_.cli({"repro", attempt}).status, 0);
}

TEST_F(CaptureHost, OffUnlessTheWorkspaceWantsIt) {
  world_.start_vendor();
  world_.start_crm();
  ASSERT_TRUE(world_.start_host_with(world_.workspace()));
  deliver_contact();
  const auto off = world_.cli({"captures", "list"});
  EXPECT_NE(off.output.find("Captures are off: the workspace has no [capture]"), std::string::npos)
      << off.output;
  EXPECT_FALSE(fs::exists(world_.data() + "/captures"));
  EXPECT_FALSE(fs::exists(world_.data() + "/vault.key"));
  // Turned on while it runs, and off again: then nothing is left.
  const std::string file = world_.folder() / "next.toml";
  write_file(file, captured_workspace());
  ASSERT_EQ(world_.cli({"config", "apply", file}).status, 0);
  ASSERT_TRUE(eventually([&] { return captures()["status"]["on"] == true; }));
  ASSERT_EQ(world_.post("/v1/track", track("two")).status, 200);
  attempt_for("inbox");
  write_file(file, world_.workspace());
  ASSERT_EQ(world_.cli({"config", "apply", file}).status, 0);
  EXPECT_TRUE(eventually([&] { return fs::is_empty(world_.data() + "/captures"); }));
  EXPECT_TRUE(captures()["data"].empty());
}

TEST_F(CaptureHost, WithoutItsKeyItIsOffAndDoctorSaysWhy) {
  start();
  deliver_contact();
  attempt_for("crm");
  stop();
  fs::rename(world_.data() + "/vault.key", world_.folder() / "vault.key");
  write_file(world_.data() + "/vault.key", std::string(64, 'a') + "\n");
  fs::permissions(world_.data() + "/vault.key", fs::perms::owner_read);
  ASSERT_TRUE(world_.start_host_with(captured_workspace()));
  ASSERT_EQ(world_.post("/v1/track", track("two")).status, 200);
  world_.trace_until("two", "inbox", "delivered");  // nothing waits for it
  const auto status = captures()["status"];
  EXPECT_EQ(status["on"], false);
  EXPECT_NE(status.value("off_because", "").find("the vault"), std::string::npos) << status;
  const auto doctor = world_.cli({"doctor"});
  EXPECT_NE(doctor.output.find("off, though the workspace has [capture]"), std::string::npos)
      << doctor.output;
  stop();
  fs::remove(world_.data() + "/vault.key");
  fs::rename(world_.folder() / "vault.key", world_.data() + "/vault.key");
  ASSERT_TRUE(world_.start_host_with(captured_workspace()));
  EXPECT_FALSE(attempt_for("crm").empty());
}

TEST_F(CaptureHost, WhoMayReadEventsMayNotReadCaptures) {
  world_.host_arguments = {"--api-listen", "127.0.0.1:0"};
  start();
  deliver_contact();
  const std::string attempt = attempt_for("crm");
  const auto bearer = [&](const std::string& scope) {
    const auto made = world_.tenon({"token", "create", "x" + scope.substr(5), "--scope", scope});
    return "authorization: Bearer " + made["value"].get<std::string>();
  };
  const std::string path = world_.api() + "/api/v1/captures/" + attempt;
  EXPECT_EQ(http("GET", path).status, 401);
  EXPECT_EQ(http("GET", path, "", {bearer("read:deliveries")}).status, 403);
  EXPECT_EQ(http("GET", path, "", {bearer("read:captures")}).status, 200);
  EXPECT_TRUE(eventually([&] {
    const auto entries = world_.tenon({"audit", "list"}).dump();
    return entries.find("GET /api/v1/captures/*") != std::string::npos;
  }));
}

}  // namespace
}  // namespace tenon::testing
