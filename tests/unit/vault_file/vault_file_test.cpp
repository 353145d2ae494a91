// What people do with the vault: put, overlap, list, remove, rotate, rekey, shred, verify.
#include <gtest/gtest.h>

#include "unit/vault_file/world.hpp"

namespace tenon::testing {
namespace {

using Values = std::vector<std::string>;

TEST(VaultFile, KeepsSecretsOverAStart) {
  VaultWorld world;
  {
    auto vault = world.opened();
    EXPECT_TRUE(vault->list().empty());
    EXPECT_EQ(world.disk.used().count, 0u) << "nothing is made before it is needed";
    const auto change = put(*vault, "hubspot/token", "one\ntwo\xff");
    ASSERT_TRUE(change) << change.error().text();
    EXPECT_EQ(change->version, 1u);
    EXPECT_EQ(change->generation, 1u);
    ASSERT_TRUE(put(*vault, "web", "key"));
  }
  auto vault = world.opened();
  EXPECT_EQ(value_of(*vault, "hubspot/token"), "one\ntwo\xff");
  EXPECT_EQ(value_of(*vault, "web"), "key");
  EXPECT_EQ(world.read("data/vault/vault").find("one"), std::string::npos);
  EXPECT_EQ(world.read("data/vault.key").size(), 65u);
}

TEST(VaultFile, AMissingSecretNamesTheCommandThatMendsIt) {
  VaultWorld world;
  auto vault = world.opened();
  const auto none = vault->get("vault:hubspot/token");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_NE(none.error().text().find("tenon vault put hubspot/token"), std::string::npos);
  EXPECT_EQ(vault->get("env:A").error().kind, ErrorKind::invalid);
}

TEST(VaultFile, NamesAreChecked) {
  for (const char* good : {"a", "hubspot/token", "a-b_c/1/2"}) EXPECT_TRUE(check_vault_name(good));
  for (const std::string bad : {"", "/a", "a/", "a//b", "A", "a b", "../a", "a.b", "\xc3\xa4"}) {
    EXPECT_FALSE(check_vault_name(bad)) << bad;
  }
  EXPECT_TRUE(check_vault_name(std::string(128, 'a')));
  EXPECT_FALSE(check_vault_name(std::string(129, 'a')));
}

TEST(VaultFile, WithoutOverlapTheVersionBeforeIsGone) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  const auto change = put(*vault, "a", "2");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->version, 2u);
  EXPECT_FALSE(change->until);
  EXPECT_EQ(values_of(*vault, "a"), Values{"2"});
}

TEST(VaultFile, OverlapEndsByItself) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  ASSERT_TRUE(put(*vault, "a", "2", seconds{60}));
  EXPECT_EQ(values_of(*vault, "a"), (Values{"2", "1"}));
  EXPECT_EQ(value_of(*vault, "a"), "2");
  EXPECT_EQ(vault->next_end(), world.clock.now() + seconds{60});
  ASSERT_EQ(vault->list().size(), 1u);
  EXPECT_EQ(vault->list()[0].versions.size(), 2u);
  EXPECT_EQ(vault->list()[0].versions[0].actor, "uid:7");
  vault = world.opened();
  EXPECT_EQ(values_of(*vault, "a"), (Values{"2", "1"}));
  world.clock.jump_wall(seconds{60});
  EXPECT_EQ(values_of(*vault, "a"), Values{"2"});
  EXPECT_FALSE(vault->next_end());
  ASSERT_TRUE(put(*vault, "b", "x"));
  EXPECT_EQ(vault->verify()->records, 2u) << "what has ended is gone with the next change";
}

TEST(VaultFile, VersionsAreBounded) {
  VaultWorld world;
  auto vault = world.opened();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put(*vault, "a", std::to_string(i), seconds{60}));
  const auto fifth = put(*vault, "a", "4", seconds{60});
  ASSERT_FALSE(fifth);
  EXPECT_EQ(fifth.error().kind, ErrorKind::conflict);
  EXPECT_EQ(values_of(*vault, "a"), (Values{"3", "2", "1", "0"}));
  EXPECT_TRUE(put(*vault, "a", "4"));
  EXPECT_EQ(values_of(*vault, "a"), Values{"4"});
}

TEST(VaultFile, ValuesAndOverlapsAreBounded) {
  VaultWorld world;
  auto vault = world.opened();
  EXPECT_EQ(put(*vault, "a", "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(put(*vault, "a", std::string(64 * 1024 + 1, 'x')).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(put(*vault, "a", std::string(64 * 1024, 'x')));
  EXPECT_EQ(put(*vault, "a", "1", seconds{-1}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(put(*vault, "a", "1", kMaxVaultOverlap + seconds{1}).error().kind, ErrorKind::invalid);
}

TEST(VaultFile, IsFullAtItsBoundAndStaysUsable) {
  VaultWorld world;
  world.most_bytes = 64 * 1024;
  auto vault = world.opened();
  const std::string big(4 * 1024, 'x');
  std::string last;
  for (int i = 0; i < 20; ++i) {
    const auto change = put(*vault, "n" + std::to_string(i), big);
    if (change) continue;
    EXPECT_EQ(change.error().kind, ErrorKind::limited);
    last = "n" + std::to_string(i);
    break;
  }
  ASSERT_FALSE(last.empty());
  EXPECT_TRUE(values_of(*vault, last).empty());
  EXPECT_TRUE(vault->remove("n0"));
  EXPECT_TRUE(put(*vault, last, big));
  EXPECT_TRUE(vault->verify());
}

TEST(VaultFile, RemovesAllVersions) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  ASSERT_TRUE(put(*vault, "a", "2", seconds{60}));
  ASSERT_TRUE(put(*vault, "b", "3"));
  EXPECT_EQ(vault->remove("a")->records, 2u);
  EXPECT_TRUE(values_of(*vault, "a").empty());
  EXPECT_EQ(vault->remove("a").error().kind, ErrorKind::not_found);
  EXPECT_EQ(value_of(*vault, "b"), "3");
}

TEST(VaultFile, RotationSealsEachSecretByANewDataKey) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  ASSERT_TRUE(put(*vault, "b", "2"));
  const std::string before = world.read("data/vault/vault");
  const auto change = vault->rotate();
  ASSERT_TRUE(change) << change.error().text();
  EXPECT_EQ(change->records, 2u);
  EXPECT_EQ(change->keys, 1u);
  EXPECT_EQ(vault->list()[0].versions[0].key, 2u);
  const auto old = read_vault(before), now = read_vault(world.read("data/vault/vault"));
  ASSERT_TRUE(old && now);
  ASSERT_EQ(now->image.keys.size(), 1u);
  EXPECT_NE(now->image.records[0].box, old->image.records[0].box);
  vault = world.opened();
  EXPECT_EQ(value_of(*vault, "a"), "1");
  EXPECT_EQ(value_of(*vault, "b"), "2");
}

TEST(VaultFile, RekeyWrapsDataKeysOnlyAndReplacesTheKeyFile) {
  VaultWorld world;
  auto vault = world.opened();
  ASSERT_TRUE(put(*vault, "a", "1"));
  const std::string key = world.read("data/vault.key"), old = world.read("data/vault/vault");
  const auto change = vault->rekey(std::nullopt);
  ASSERT_TRUE(change) << change.error().text();
  EXPECT_EQ(change->keys, 1u);
  EXPECT_NE(world.read("data/vault.key"), key);
  const std::string after = world.read("data/vault/vault");
  EXPECT_EQ(read_vault(after)->image.records, read_vault(old)->image.records);
  EXPECT_TRUE(world.read("data/vault/vault.previous").empty());
  ASSERT_TRUE(put(*vault, "b", "2"));
  vault = world.opened();
  EXPECT_EQ(value_of(*vault, "a"), "1");
  world.write("data/vault.key", key);
  vault = world.vault();
  const auto opened = vault->open(kMain, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unauthorized) << opened.error().text();
  EXPECT_EQ(vault->get("vault:a").error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(put(*vault, "c", "3").error().kind, ErrorKind::unauthorized);
}

TEST(VaultFile, ShreddingDestroysTheKeysOfOneWorkspace) {
  VaultWorld world;
  {
    auto other = world.opened("file:data/vault.key", "other");
    ASSERT_TRUE(put(*other, "a", "theirs"));
  }
  auto vault = world.opened();
  EXPECT_EQ(vault->get("vault:a").error().kind, ErrorKind::not_found) << "of another workspace";
  ASSERT_TRUE(put(*vault, "a", "ours"));
  const auto change = vault->shred();
  ASSERT_TRUE(change) << change.error().text();
  EXPECT_EQ(change->keys, 1u);
  EXPECT_EQ(change->records, 1u);
  EXPECT_TRUE(world.read("data/vault/vault.previous").empty());
  EXPECT_TRUE(vault->list().empty());
  ASSERT_TRUE(put(*vault, "a", "anew"));
  auto other = world.opened("file:data/vault.key", "other");
  EXPECT_EQ(value_of(*other, "a"), "theirs");
}

TEST(VaultFile, VerifyOpensAllAndSeesAFileChangedUnderIt) {
  VaultWorld world;
  auto vault = world.opened();
  EXPECT_EQ(vault->verify()->records, 0u);
  ASSERT_TRUE(put(*vault, "a", "1"));
  const std::string older = world.read("data/vault/vault");
  ASSERT_TRUE(put(*vault, "b", "2"));
  const auto counts = vault->verify();
  ASSERT_TRUE(counts) << counts.error().text();
  EXPECT_EQ(counts->records, 2u);
  EXPECT_EQ(counts->keys, 1u);
  EXPECT_EQ(counts->generation, 2u);
  EXPECT_EQ(counts->previous, 1u);
  world.write("data/vault/vault", older);
  EXPECT_EQ(vault->verify().error().kind, ErrorKind::conflict);
}

TEST(VaultFile, PassphraseAndItsChange) {
  VaultWorld world;
  const std::string source = "passphrase:env:P";
  world.secrets.values["env:P"] = "correct horse";
  auto vault = world.opened(source);
  ASSERT_TRUE(put(*vault, "a", "1"));
  EXPECT_EQ(vault->rekey(std::nullopt).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(value_of(*world.opened(source), "a"), "1");
  EXPECT_EQ(world.vault("file:data/vault.key")->open(kMain, {}).error().kind, ErrorKind::invalid);
  ASSERT_TRUE(vault->rekey(std::optional<Secret>(Secret("battery staple"))));
  EXPECT_EQ(world.vault(source)->open(kMain, {}).error().kind, ErrorKind::unauthorized);
  world.secrets.values["env:P"] = "battery staple";
  EXPECT_EQ(value_of(*world.opened(source), "a"), "1");
  world.secrets.values.clear();
  EXPECT_EQ(world.vault(source)->open(kMain, {}).error().kind, ErrorKind::not_found);
}

TEST(VaultFile, KeySources) {
  for (const char* good :
       {"file:/etc/k", "credential:k", "passphrase:env:P", "passphrase:file:p"}) {
    const auto source = parse_key_source(good);
    ASSERT_TRUE(source) << good;
    EXPECT_EQ(source->text(), good);
  }
  for (const char* bad :
       {"", "file:", "credential:", "credential:a/b", "passphrase:env:", "passphrase:x", "k"}) {
    EXPECT_FALSE(parse_key_source(bad)) << bad;
  }
  VaultWorld world;
  world.write("data/short", "abc\n");
  const auto vault = world.opened("file:data/short");
  EXPECT_EQ(put(*vault, "a", "1").error().kind, ErrorKind::invalid) << "it is not overwritten";
  EXPECT_EQ(world.read("data/short"), "abc\n");
}

}  // namespace
}  // namespace tenon::testing
