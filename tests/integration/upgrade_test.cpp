// A data folder that an earlier release left behind, opened by the host of today.
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

std::string frozen(const std::string& file) {
  return TENON_SOURCE_DIR "/tests/integration/frozen/" + file;
}

// The data folder becomes that of the archive.
void unpack(World& world, const std::string& name) {
  const auto unpacked = run(
      {"tar", "-xzf", frozen(name + ".tar.gz"), "-C", world.folder().path(), "--no-same-owner"});
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
}

// All hours together, by the names of the counts.
json sums_of(const json& rows) {
  json sums = json::object();
  for (const auto& row : rows) {
    for (const auto& [name, value] : row.items()) {
      if (value.is_number_unsigned()) sums[name] = sums.value(name, 0u) + value.get<unsigned>();
    }
  }
  return sums;
}

TEST(Upgrade, TheFirstFolderKeepsItsCountsAndDeliversWhatWasPending) {
  World world;
  world.start_vendor();
  unpack(world, "first");
  ASSERT_TRUE(world.start_host());
  EXPECT_EQ(read_file(world.data() + "/format"), "tenon data folder, format 1\n");

  const json then = sums_of(json::parse(read_file(frozen("first.json")))["data"]);
  json now;
  EXPECT_TRUE(eventually([&] {
    const auto answer = world.tenon({"completeness", "--source", "web"});
    if (!answer.is_object() || !answer["adds_up"].get<bool>()) return false;
    now = sums_of(answer["data"]);
    for (const auto& [name, value] : then.items()) {
      if (now.value(name, 0u) != value) return false;
    }
    return true;
  })) << "then "
      << then << "\nnow " << now;
  const auto before = world.cli({"completeness", "--recount"});
  EXPECT_EQ(before.status, 0) << before.output;

  ASSERT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  const std::set<std::string> wanted{"waits-1", "waits-2", "waits-3"};
  std::set<std::string> came;
  EXPECT_TRUE(eventually([&] {
    const auto ids = message_ids(world.journal());
    came = std::set<std::string>(ids.begin(), ids.end());
    return came == wanted;
  })) << world.journal();
  EXPECT_TRUE(eventually([&] {
    const auto answer = world.tenon({"completeness", "--source", "web"});
    if (!answer.is_object()) return false;
    now = sums_of(answer["data"]);
    return answer["adds_up"].get<bool>() && now["delivered"] == 11u && now["pending"] == 0u;
  })) << now;
  // A duplicate of what the earlier release took is one today.
  json again = track("done-1");
  again["userId"] = "u1";  // ids are known by the partition of their user
  ASSERT_EQ(world.post("/v1/track", again).status, 200);
  EXPECT_TRUE(eventually([&] {
    now = sums_of(world.tenon({"completeness", "--source", "web"})["data"]);
    return now["duplicate"] == 2u;
  })) << now;
  const auto after = world.cli({"completeness", "--recount"});
  EXPECT_EQ(after.status, 0) << after.output;
}

// Events of many users in one request, so that they lie in many partitions and go as one batch.
void post_of_many(World& world, const std::string& name, int count) {
  json batch = json::array();
  for (int i = 0; i < count; ++i) {
    batch.push_back(track(name + "-" + std::to_string(i)));
    batch.back()["userId"] = "u" + std::to_string(i);
  }
  ASSERT_EQ(world.post("/v1/batch", {{"batch", batch}}).status, 200);
}

std::string batches_workspace(const World& world) {
  std::string text = world.workspace();
  const std::string one = "action = \"send\"", many = "action = \"send_batch\"";
  text.replace(text.find(one), one.size(), many);
  const std::string key = "\"env:TEST_INBOX_KEY\"", sealed = "\"vault:inbox/key\"";
  text.replace(text.find(key), key.size(), sealed);
  return text;
}

unsigned count_of(const World& world, const std::string& name) {
  const auto answer = world.tenon({"completeness", "--source", "web"});
  return answer.is_object() ? sums_of(answer["data"]).value(name, 0u) : 0u;
}

// How `batches` was made; a later one is made the same way: see frozen/README.md.
TEST(Upgrade, DISABLED_MakesTheFolderOfBatches) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host_with(batches_workspace(world)));
  write_file(world.folder() / "key", World::kSecret);
  ASSERT_EQ(world.cli({"vault", "put", "inbox/key", "--from-file", world.folder() / "key"}).status,
            0);
  post_of_many(world, "done", 12);
  ASSERT_TRUE(eventually([&] { return count_of(world, "delivered") == 12; }));
  world.inbox().script({{{"status", 400}, {"times", 40}}});
  post_of_many(world, "refused", 6);
  ASSERT_TRUE(eventually([&] { return count_of(world, "dead") == 6; }));
  ASSERT_EQ(http("POST", world.vendor() + "/_model/script", "{\"clear\": true}").status, 200);
  ASSERT_EQ(world
                .cli({"replay", "--from", "2020-01-01T00:00:00Z", "--to", now_text(),
                      "--destination", "inbox", "--accept-duplicates", "--yes"})
                .status,
            0);
  ASSERT_TRUE(eventually([&] {
    const auto list = world.tenon({"replay", "list"});
    return list.is_object() && list["data"].size() == 1 && list["data"][0]["state"] == "done";
  })) << world.cli({"replay", "list"}).output;
  ASSERT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "a skip"}).status, 0);
  post_of_many(world, "skipped", 5);
  ASSERT_TRUE(eventually([&] { return count_of(world, "pending") == 5; }))
      << world.cli({"completeness"}).output << world.cli({"destinations", "list"}).output;
  ASSERT_EQ(world.cli({"destinations", "skip", "inbox", "--yes", "--reason", "of no use"}).status,
            0);
  ASSERT_TRUE(eventually([&] { return count_of(world, "skipped") == 5; }));
  ASSERT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  // A batch under way, whose end the host does not live to see.
  world.inbox().script({{{"hang", true}, {"times", 9}}});
  post_of_many(world, "open", 7);
  ASSERT_TRUE(
      eventually([&] { return world.journal().dump().find("open-6") != std::string::npos; }));
  const auto then = world.tenon({"completeness", "--source", "web"});
  ASSERT_TRUE(then["adds_up"].get<bool>()) << then;
  ASSERT_EQ(count_of(world, "pending"), 7u) << then;
  world.host().signal(SIGKILL);
  EXPECT_EQ(world.host().wait(), 128 + SIGKILL);
  write_file("/tmp/batches.json", then.dump(2) + "\n");
  ASSERT_EQ(run({"tar", "-czf", "/tmp/batches.tar.gz", "-C", world.folder().path(),
                 "--exclude=reserve", "--exclude=*.sock", "--exclude=lock", "data"})
                .status,
            0);
}

TEST(Upgrade, TheFolderOfBatchesKeepsItsCountsItsSecretAndWhatWasUnderWay) {
  World world;
  world.start_vendor();
  unpack(world, "batches");
  ASSERT_TRUE(world.start_host_with(batches_workspace(world)));
  const auto verified = world.cli({"vault", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
  // What was under way goes again, and nothing else.
  const json then = sums_of(json::parse(read_file(frozen("batches.json")))["data"]);
  ASSERT_TRUE(eventually([&] { return count_of(world, "pending") == 0; }));
  std::set<std::string> came;
  const json requests = world.journal();
  for (const auto& request : requests) {
    const json events = json::parse(request["body"].get<std::string>());
    for (const auto& event : events) came.insert(event.value("messageId", ""));
  }
  const std::set<std::string> wanted{"open-0", "open-1", "open-2", "open-3",
                                     "open-4", "open-5", "open-6"};
  EXPECT_EQ(came, wanted) << world.journal();
  for (const auto* name : {"received", "dead", "skipped", "filtered", "duplicate"}) {
    EXPECT_EQ(count_of(world, name), then.value(name, 0u)) << name;
  }
  EXPECT_EQ(count_of(world, "delivered"), then.value("delivered", 0u) + 7);
  const auto recount = world.cli({"completeness", "--recount"});
  EXPECT_EQ(recount.status, 0) << recount.output;
  const auto dead = world.tenon({"dead-letters", "list", "--destination", "inbox"});
  EXPECT_EQ(dead["data"].size(), then.value("dead", 0u)) << dead;
}

}  // namespace
}  // namespace tenon::testing
