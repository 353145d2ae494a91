// A backup of a running host, and the host that is restored from it.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::set<std::string> ids_of(const World& world) {
  std::set<std::string> ids;
  for (const auto& id : message_ids(world.journal())) ids.insert(id);
  return ids;
}

TEST(Backup, ARestoredHostHasAllThatWasAcknowledgedBeforeTheCut) {
  World world;
  world.start_vendor();
  std::string workspace = world.workspace();
  const std::string reference = "env:TEST_INBOX_KEY";
  workspace.replace(workspace.find(reference), reference.size(), "vault:inbox/signing");
  ASSERT_TRUE(world.start_host_with(workspace));
  const std::string key = world.folder() / "key";
  write_file(key, World::kSecret);
  ASSERT_EQ(world.cli({"vault", "put", "inbox/signing", "--from-file", key}).status, 0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(world.post("/v1/track", track("done-" + std::to_string(i))).status, 200);
  }
  ASSERT_TRUE(world.eventually_distinct(10));
  ASSERT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "cut"}).status, 0);
  // The notice of that is an event of the log, too.
  ASSERT_TRUE(eventually([&] {
    const auto list = world.tenon({"notices"});
    return list.is_object() && list["data"].size() == 1;
  }));
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(world.post("/v1/track", track("waits-" + std::to_string(i))).status, 200);
  }
  const std::string backup = world.folder() / "backup";
  const auto made = world.cli({"backup", "create", backup});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_NE(made.output.find("env:TEST_WRITE_KEY the vault's key"), std::string::npos)
      << made.output;
  EXPECT_NE(world.cli({"backup", "create", backup}).status, 0) << "never over what is there";

  // What comes after the cut is not in it, and its ids are never given again.
  ASSERT_EQ(world.post("/v1/track", track("after")).status, 200);
  json after;
  ASSERT_TRUE(eventually([&] { return !(after = world.trace("after")).is_null(); }));
  const std::string config = world.tenon({"config", "show"}).value("version", "none");
  world.host().signal(SIGKILL);
  world.host().wait();

  const auto verified = world.tenon({"backup", "verify", backup});
  EXPECT_TRUE(verified["adds_up"].get<bool>()) << verified;
  EXPECT_EQ(verified["pending"], 5) << verified;
  EXPECT_EQ(verified["vault_generation"], 2) << verified;  // with the key of the audit chain
  const std::string data = world.data();
  EXPECT_EQ(world.cli({"backup", "restore", backup, "--into", data}).status, 2);
  EXPECT_EQ(world.cli({"backup", "restore", backup, "--into", data, "--original-is-gone"}).status,
            1)
      << "never over data";
  fs::rename(data, data + ".lost");
  const auto restored =
      world.cli({"backup", "restore", backup, "--into", data, "--original-is-gone"});
  ASSERT_EQ(restored.status, 0) << restored.output;

  fs::copy_file(data + ".lost/vault.key", data + "/vault.key");  // kept elsewhere, one hopes
  ASSERT_TRUE(world.start_host_with(workspace));
  EXPECT_EQ(world.tenon({"config", "show"}).value("version", "?"), config);
  const auto paused = world.tenon({"destinations", "list"});
  EXPECT_EQ(paused["data"][0]["state"], "paused") << paused;
  ASSERT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  ASSERT_TRUE(eventually([&] { return ids_of(world).size() >= 15; })) << world.journal();
  EXPECT_EQ(ids_of(world).count("after"), 0u);
  EXPECT_EQ(message_ids(world.journal()).size(), 15u) << "nothing is sent twice";

  ASSERT_EQ(world.post("/v1/track", track("new")).status, 200);
  const auto fresh = world.tenon({"explain", "--message-id", "web:new", "--wait", "10"});
  ASSERT_TRUE(fresh.is_array() && fresh.size() == 1) << fresh;
  EXPECT_NE(fresh[0]["id"], after["id"]);
  ASSERT_TRUE(eventually([&] { return ids_of(world).count("new") == 1; }));
  const auto recount = world.cli({"completeness", "--recount"});
  EXPECT_EQ(recount.status, 0) << recount.output;

  // And a backup of what was restored is one, too.
  const auto again = world.cli({"backup", "create", world.folder() / "again"});
  EXPECT_EQ(again.status, 0) << again.output;
  const auto second = world.tenon({"backup", "verify", world.folder() / "again"});
  EXPECT_TRUE(second.is_object() && second.value("events", 0) >= 16) << second;
}

// Chunks of a MiB, of which only what is needed stays.
TEST(Backup, OfALogThatHasForgottenItsBeginningKnowsWhatWasInIt) {
  World world;
  world.start_vendor();
  world.host_arguments = {"--log-chunk", "1", "--log-keep-mib", "1"};
  const std::string workspace = world.workspace() + "\n[dedupe]\nmax_ids = 1000\n";
  ASSERT_TRUE(world.start_host_with(workspace));
  const auto send = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      json event = track("big-" + std::to_string(i));
      event["userId"] = "ada";  // of one partition
      event["properties"] = {{"filler", std::string(30'000, 'x')}};
      ASSERT_EQ(world.post("/v1/track", event).status, 200);
    }
  };
  const auto first_chunk_is_gone = [&] {
    for (const auto& lane : fs::directory_iterator(world.data() + "/log")) {
      if (!lane.is_directory()) continue;
      if (!fs::exists(lane.path() / "0000000000000000.chunk")) return true;
    }
    return false;
  };
  int sent = 130;  // four chunks
  send(0, sent);
  ASSERT_TRUE(eventually(
      [&] {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        send(sent, sent + 4);
        sent += 4;
        return first_chunk_is_gone();
      },
      std::chrono::seconds(180)));
  ASSERT_TRUE(world.eventually_distinct(sent));
  // A recount of what is left is no reason for alarm.
  const auto recount = world.cli({"completeness", "--recount"});
  EXPECT_EQ(recount.status, 0) << recount.output;
  EXPECT_NE(recount.output.find("not compared"), std::string::npos) << recount.output;
  ASSERT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "cut"}).status, 0);
  ASSERT_EQ(world.post("/v1/track", track("waits")).status, 200);
  const std::string backup = world.folder() / "backup";
  const auto made = world.cli({"backup", "create", backup});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_FALSE(fs::exists(world.data() + "/backup-states"));
  const auto verified = world.cli({"backup", "verify", backup});
  EXPECT_EQ(verified.status, 0) << verified.output;
  const auto sums = [&] {
    json sum = json::object();
    const auto answer = world.tenon({"completeness", "--source", "web"});
    for (const auto& row : answer["data"]) {
      for (const auto& [key, value] : row.items()) {
        if (value.is_number_unsigned()) sum[key] = sum.value(key, 0) + value.get<int>();
      }
    }
    sum["adds_up"] = answer["adds_up"];
    return sum;
  };
  const json before = sums();
  EXPECT_EQ(before["delivered"], sent);
  world.host().signal(SIGKILL);
  world.host().wait();

  fs::rename(world.data(), world.data() + ".lost");
  const auto restored =
      world.cli({"backup", "restore", backup, "--into", world.data(), "--original-is-gone"});
  ASSERT_EQ(restored.status, 0) << restored.output;
  ASSERT_TRUE(world.start_host_with(workspace));
  json after;
  EXPECT_TRUE(eventually([&] { return (after = sums()) == before; })) << before << after;
  ASSERT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  ASSERT_TRUE(world.eventually_distinct(sent + 1));
  EXPECT_EQ(message_ids(world.journal()).size(), std::size_t(sent) + 1) << "nothing goes twice";
  // Its size is that of what it holds: nothing more is forgotten for addresses that were left out.
  const json doctor = world.tenon({"doctor"});
  for (const auto& one : doctor["data"]) {
    if (one["name"] != "retention") continue;
    EXPECT_EQ(one["text"].get<std::string>().find("TiB"), std::string::npos) << one;
  }
}

TEST(Backup, ADamagedOrUnfinishedOneIsRefused) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  const std::string backup = world.folder() / "backup";
  ASSERT_EQ(world.cli({"backup", "create", backup}).status, 0);
  ASSERT_EQ(world.cli({"backup", "verify", backup}).status, 0);
  // A byte of a record.
  std::string damaged;
  for (const auto& one : fs::recursive_directory_iterator(backup + "/log")) {
    if (one.path().extension() != ".chunk") continue;
    std::string bytes = read_file(one.path());
    bytes[bytes.size() - 9] ^= 1;
    write_file(one.path(), bytes);
    damaged = one.path();
    break;
  }
  const auto refused = world.cli({"backup", "verify", backup});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.output.find(damaged), std::string::npos) << refused.output;
  EXPECT_EQ(world
                .cli({"backup", "restore", backup, "--into", world.folder() / "new",
                      "--original-is-gone"})
                .status,
            1);
  EXPECT_FALSE(fs::exists(world.folder() / "new"));
  EXPECT_FALSE(fs::exists(world.folder() / "new.unfinished"));
  // One without its inventory, as a crash leaves it.
  fs::create_directories(world.folder() / "cut.unfinished");
  const auto cut = world.cli({"backup", "verify", world.folder() / "cut.unfinished"});
  EXPECT_EQ(cut.status, 1);
  EXPECT_NE(cut.output.find("cut short"), std::string::npos) << cut.output;
}

TEST(DataFolder, OfALaterFormatIsRefused) {
  World world;
  world.start_vendor();
  fs::create_directories(world.data());
  write_file(world.data() + "/format", "tenon data folder, format 2\n");
  world.spawn_host(world.workspace());
  EXPECT_NE(world.host().wait(), 0);
  EXPECT_NE(world.host().output().find("found format 2; a later version wrote it"),
            std::string::npos)
      << world.host().output();
  EXPECT_FALSE(fs::exists(world.data() + "/log")) << "nothing may be touched";
}

}  // namespace
}  // namespace tenon::testing
