// The vault of a real host: from nothing to a delivery, rotation under load, keys and files gone
// wrong.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

constexpr const char* kNewSecret = "whsec_bmV3LXNpZ25pbmcta2V5LW9mLTMyLWJ5dGVzLSEhISE=";

class VaultHost : public ::testing::Test {
 protected:
  void SetUp() override { world_.start_vendor(); }
  std::string workspace() const {
    return replaced(world_.workspace(), "env:TEST_INBOX_KEY", "vault:inbox/signing");
  }
  void put(const std::string& name, const std::string& value,
           std::vector<std::string> more = {}) const {
    write_file(world_.folder() / "value", value + "\n");
    std::vector<std::string> command = {"vault", "put", name, "--from-file",
                                        world_.folder() / "value"};
    command.insert(command.end(), more.begin(), more.end());
    const auto done = world_.cli(command);
    EXPECT_EQ(done.status, 0) << done.output;
    EXPECT_EQ(done.output.find(value), std::string::npos) << done.output;
  }
  std::string doctor() const { return world_.cli({"doctor"}).output; }
  bool doctor_says(const std::string& text) const {
    return eventually([&] { return doctor().find(text) != std::string::npos; });
  }
  void send(const std::string& id) const {
    ASSERT_EQ(world_.post("/v1/track", track(id)).status, 200);
  }
  // All that the host has written and said.
  std::string everything() const {
    std::string all = world_.host().output();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.data())) {
      if (entry.is_regular_file()) all += read_file(entry.path());
    }
    for (const auto& command : std::vector<std::vector<std::string>>{
             {"doctor"}, {"vault", "list"}, {"--json", "vault", "list"}, {"config", "show"}}) {
      all += world_.cli(command).output;
    }
    return all;
  }
  void stop() {
    world_.host().signal(SIGTERM);
    EXPECT_EQ(world_.host().wait(), 0);
  }
  std::string file() const { return world_.data() + "/vault/vault"; }

  mutable World world_;
};

TEST_F(VaultHost, FromNothingToADelivery) {
  world_.spawn_host(replaced(workspace(), "env:TEST_WRITE_KEY", "vault:web/write-key"));
  ASSERT_TRUE(eventually([&] { return world_.cli({"vault", "list"}).status == 0; }));
  EXPECT_TRUE(doctor_says("tenon vault put web/write-key")) << doctor();
  EXPECT_TRUE(doctor_says("tenon vault put inbox/signing")) << doctor();
  put("web/write-key", World::kWriteKey);
  ASSERT_TRUE(world_.wait_ready());
  send("m1");
  put("inbox/signing", World::kSecret);
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
  const auto list = world_.tenon({"vault", "list"});
  EXPECT_EQ(list["state"], "open");
  EXPECT_EQ(list["data"].size(), 3U) << "two, and the key of the audit chain: " << list;
  EXPECT_EQ(world_.tenon({"vault", "verify"})["versions"], 3);

  const std::string said = everything();
  EXPECT_EQ(said.find(World::kSecret), std::string::npos);
  EXPECT_EQ(said.find(World::kWriteKey), std::string::npos);
  stop();
  ASSERT_TRUE(
      world_.start_host_with(replaced(workspace(), "env:TEST_WRITE_KEY", "vault:web/write-key")));
  send("m2");
  EXPECT_FALSE(world_.trace_until("m2", "inbox", "delivered").is_null());
}

TEST_F(VaultHost, SigningKeysAndWriteKeysRotateUnderLoadWithoutARefusal) {
  world_.spawn_host(replaced(workspace(), "env:TEST_WRITE_KEY", "vault:web"));
  ASSERT_TRUE(eventually([&] { return world_.cli({"vault", "list"}).status == 0; }));
  put("web", World::kWriteKey);
  put("inbox/signing", World::kSecret);
  ASSERT_TRUE(world_.wait_ready());
  int next = 0;
  const auto load = [&](int events) {
    for (int i = 0; i < events; ++i) send("m" + std::to_string(next++));
  };
  load(20);
  put("inbox/signing", kNewSecret, {"--overlap", "1h"});
  put("web", "another-write-key-91", {"--overlap", "1h"});
  load(20);
  ASSERT_TRUE(world_.eventually_distinct(40));
  world_.inbox().set({{"secret", kNewSecret}});
  EXPECT_EQ(world_.cli({"vault", "rotate"}).status, 0);
  load(20);
  EXPECT_EQ(world_.cli({"vault", "rekey"}).status, 0);
  load(20);
  ASSERT_TRUE(world_.eventually_distinct(80));
  for (const auto& request : world_.journal()) {
    EXPECT_EQ(request.value("status", 0), 200) << request;
  }
  // Without an overlap the old key ends at once.
  put("web", "another-write-key-92");
  EXPECT_EQ(world_.post("/v1/track", track("late")).status, 401);
}

TEST_F(VaultHost, AnOlderFileIsRefusedUntilItIsAccepted) {
  world_.spawn_host(workspace());
  ASSERT_TRUE(world_.wait_ready());
  put("inbox/signing", World::kSecret);
  ASSERT_TRUE(eventually([&] {
    return world_.tenon({"vault", "list"})["data"].size() == 2;
  })) << "the key of the audit chain";
  const std::string older = read_file(file());
  put("inbox/signing", kNewSecret);
  stop();
  write_file(file(), older);
  ASSERT_TRUE(world_.start_host_with(workspace()));
  EXPECT_EQ(world_.cli({"vault", "list"}).status, 1);
  EXPECT_TRUE(doctor_says("wanted generation 3, which the log knows, found the older 2"));
  EXPECT_EQ(world_.cli({"vault", "put", "a", "--from-env", "TEST_WRITE_KEY"}).status, 1);
  send("m1");
  EXPECT_EQ(world_.cli({"vault", "accept-rollback"}).status, 0);
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
  EXPECT_EQ(world_.cli({"vault", "accept-rollback"}).status, 1);
}

TEST_F(VaultHost, AWrongKeyClosesTheVaultAndLosesNothing) {
  ASSERT_TRUE(world_.start_host_with(workspace()));
  put("inbox/signing", World::kSecret);
  const std::string key = read_file(world_.data() + "/vault.key");
  stop();
  write_file(world_.data() + "/vault.key", std::string(64, '7') + "\n");
  ASSERT_TRUE(world_.start_host_with(workspace())) << "its write key is elsewhere";
  EXPECT_TRUE(doctor_says("the vault itself is not damaged"));
  send("m1");
  stop();
  write_file(world_.data() + "/vault.key", key);
  ASSERT_TRUE(world_.start_host_with(workspace()));
  const auto list = world_.tenon({"destinations", "list"})["data"][0];
  if (list["state"] == "paused") {
    EXPECT_EQ(world_.cli({"destinations", "resume", "inbox"}).status, 0);
  }
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
}

TEST_F(VaultHost, ADamagedFileNamesTheWayOut) {
  ASSERT_TRUE(world_.start_host_with(workspace()));
  put("inbox/signing", World::kSecret);
  put("other", "x");
  stop();
  std::string bytes = read_file(file());
  bytes[bytes.size() / 2] ^= 1;
  write_file(file(), bytes);
  ASSERT_TRUE(world_.start_host_with(workspace()));
  EXPECT_TRUE(doctor_says("vault.previous (one change older)")) << doctor();
  stop();
  std::filesystem::copy_file(file() + ".previous", file(),
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(world_.start_host_with(workspace()));
  EXPECT_EQ(world_.cli({"vault", "accept-rollback"}).status, 0);
  EXPECT_EQ(world_.cli({"vault", "verify"}).status, 0);
  send("m1");
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
}

TEST_F(VaultHost, ShreddingLeavesNothingToRead) {
  ASSERT_TRUE(world_.start_host_with(workspace()));
  put("inbox/signing", World::kSecret);
  EXPECT_EQ(world_.cli({"vault", "shred", "--workspace", "wrong"}).status, 1);
  EXPECT_EQ(world_.cli({"vault", "shred", "--workspace", "main"}).status, 0);
  EXPECT_TRUE(world_.tenon({"vault", "list"})["data"].empty());
  EXPECT_TRUE(doctor_says("tenon vault put inbox/signing"));
  put("inbox/signing", World::kSecret);
  send("m1");
  EXPECT_FALSE(world_.trace_until("m1", "inbox", "delivered").is_null());
}

TEST_F(VaultHost, APassphraseFromTheEnvironment) {
  world_.host_arguments = {"--vault-key", "passphrase:env:TEST_PASSPHRASE"};
  world_.environment["TEST_PASSPHRASE"] = "correct horse battery staple";
  ASSERT_TRUE(world_.start_host_with(workspace()));
  put("inbox/signing", World::kSecret);
  stop();
  ASSERT_TRUE(world_.start_host_with(workspace()));
  EXPECT_EQ(world_.tenon({"vault", "verify"})["versions"], 2);
  EXPECT_FALSE(std::filesystem::exists(world_.data() + "/vault.key"));
  EXPECT_EQ(everything().find("correct horse"), std::string::npos);
}

}  // namespace
}  // namespace tenon::testing
