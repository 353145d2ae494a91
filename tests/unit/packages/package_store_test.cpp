// The store: what it keeps, and that a fault or crash at any moment leaves it whole.
#include "backends/package_store/package_store.hpp"

#include "backends/file_log/sim_disk.hpp"
#include "base/hash.hpp"
#include "packed.hpp"

namespace tenon::packages {
namespace {

struct StoreWorld {
  StoreWorld() { EXPECT_TRUE(disk.make_directory("data") && disk.sync_directory(".")); }
  PackageStore opened() {
    PackageStore store(disk, "data/connectors");
    const auto done = store.open();
    EXPECT_TRUE(done) << done.error().text();
    return store;
  }
  void write(const std::string& name, std::string_view bytes) {
    auto file = disk.open("data/connectors/" + name, DiskOpen::replace);
    ASSERT_TRUE(file && write_all(**file, 0, bytes) && (*file)->sync());
    ASSERT_TRUE(disk.sync_directory("data/connectors"));
  }
  std::vector<std::string> names() { return *disk.list("data/connectors"); }
  SimDisk disk;
};

std::vector<std::string> releases_of(const PackageStore& store) {
  std::vector<std::string> out;
  for (const auto& one : store.packages()) out.push_back(one.release());
  return out;
}

using Names = std::vector<std::string>;

TEST(PackageStore, KeepsWhatIsInstalled) {
  StoreWorld world;
  auto store = world.opened();
  Package signed_one = tiny("2.0.0");
  ASSERT_TRUE(sign(signed_one, key_of('a')));
  ASSERT_TRUE(store.add(signed_one));
  const auto added = store.add(tiny());
  ASSERT_TRUE(added) << added.error().text();
  EXPECT_EQ(added->digest, tiny().digest);
  EXPECT_EQ(added->so_path, "data/connectors/" + tiny().digest + ".so");
  world.disk.crash(1);
  auto again = world.opened();
  EXPECT_EQ(releases_of(again), (Names{"tiny@1.0.0", "tiny@2.0.0"}));
  EXPECT_EQ(releases_of(again), releases_of(store));
  EXPECT_TRUE(again.errors().empty());
  const auto* stored = again.find("tiny@2.0.0");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->signers, signed_one.signers);
  EXPECT_EQ(stored->so_digest, digest_hex(signed_one.file(kConnectorFile)->bytes));
  EXPECT_EQ(again.read("tiny@2.0.0")->files, signed_one.files);
  EXPECT_EQ(again.connectors()->size(), 2u);
  EXPECT_EQ(again.read("tiny@3.0.0").error().kind, ErrorKind::not_found);
}

TEST(PackageStore, ASecondCopyBringsItsSignatures) {
  StoreWorld world;
  auto store = world.opened();
  Package one = tiny(), two = tiny();
  ASSERT_TRUE(sign(one, key_of('a')) && sign(two, key_of('b')));
  ASSERT_TRUE(store.add(one) && store.add(two) && store.add(tiny()));
  EXPECT_EQ(store.find("tiny@1.0.0")->signers.size(), 2u);
  EXPECT_EQ(world.opened().find("tiny@1.0.0")->signers.size(), 2u);
  EXPECT_EQ(store.add(tiny("1.0.0", "other")).error().kind, ErrorKind::conflict);
}

TEST(PackageStore, RemovesAllOfIt) {
  StoreWorld world;
  auto store = world.opened();
  ASSERT_TRUE(store.add(tiny()) && store.add(tiny("2.0.0")));
  ASSERT_TRUE(store.remove("tiny@1.0.0"));
  EXPECT_EQ(store.remove("tiny@1.0.0").error().kind, ErrorKind::not_found);
  EXPECT_EQ(releases_of(store), Names{"tiny@2.0.0"});
  world.disk.crash(1);
  EXPECT_EQ(releases_of(world.opened()), Names{"tiny@2.0.0"});
  EXPECT_EQ(world.names().size(), 2u);
}

TEST(PackageStore, DamageIsToldAndMendedByInstallingAgain) {
  const std::string so = tiny().digest + ".so", package = tiny().digest + ".tenonpkg";
  for (const auto& spoiled : {so, package}) {
    StoreWorld world;
    {
      auto store = world.opened();
      ASSERT_TRUE(store.add(tiny()) && store.add(tiny("2.0.0")));
    }
    world.disk.flip_bit("data/connectors/" + spoiled, 100, 3);
    auto store = world.opened();
    EXPECT_EQ(releases_of(store), Names{"tiny@2.0.0"}) << spoiled;
    ASSERT_EQ(store.errors().size(), 1u);
    expect_error(store.errors()[0], ErrorKind::corrupt, "installed again");
    EXPECT_EQ(store.connectors()->size(), 1u) << "the host must not load it";
    ASSERT_TRUE(store.add(tiny()));
    EXPECT_TRUE(store.errors().empty());
    EXPECT_EQ(releases_of(world.opened()).size(), 2u);
  }
}

TEST(PackageStore, AnotherPackageUnderADigestIsRefused) {
  StoreWorld world;
  auto store = world.opened();
  ASSERT_TRUE(store.add(tiny()));
  const std::string other(64, '0');
  world.write(other + ".tenonpkg", bytes_of(tiny("3.0.0")));
  world.write(other + ".so", tiny("3.0.0").file(kConnectorFile)->bytes);
  world.write(std::string(64, '1') + ".so", "no package beside it");
  auto again = world.opened();
  EXPECT_EQ(releases_of(again), Names{"tiny@1.0.0"});
  ASSERT_EQ(again.errors().size(), 2u);
  expect_error(again.errors()[0], ErrorKind::corrupt, "wanted the package of digest 0000");
  expect_error(again.errors()[1], ErrorKind::corrupt, "its package cannot be read");
}

TEST(PackageStore, WhatSomebodyPutThereIsListedAndLeft) {
  StoreWorld world;
  world.opened();
  world.write("webhook@1.0.0.so", "restored from an older backup");
  world.write("readme.txt", "x");
  world.write(tiny().digest + ".tenonpkg", "half an install");
  world.write(tiny().digest + ".so.new", "half an install");
  auto store = world.opened();
  EXPECT_EQ(*store.connectors(), Names{"data/connectors/webhook@1.0.0.so"});
  EXPECT_EQ(world.names(), (Names{"readme.txt", "webhook@1.0.0.so"}));
}

// Each fault at each operation of an install or a removal: afterwards, and after a crash, the store
// is as it was before or as it is behind; and what was acknowledged holds.
enum class Act { add, remove, sign };

Result<void> run(PackageStore& store, Act act) {
  if (act == Act::remove) return store.remove("tiny@1.0.0");
  Package package = act == Act::add ? tiny("2.0.0") : tiny();
  if (act == Act::sign) TENON_TRY(sign(package, key_of('a')));
  const auto added = store.add(std::move(package));
  if (!added) return Error(added.error());
  return {};
}

Names state_of(PackageStore& store) {
  Names out;
  for (const auto& one : store.packages()) {
    out.push_back(one.release() + " " + std::to_string(one.signers.size()));
    const auto read = store.read(one.release());
    EXPECT_TRUE(read) << read.error().text();
  }
  return out;
}

class PackageStoreFaults : public ::testing::TestWithParam<std::tuple<Act, DiskFault>> {};

TEST_P(PackageStoreFaults, AreBeforeOrBehind) {
  const auto [act, fault] = GetParam();
  Names before, behind;
  std::uint64_t operations = 0;
  {
    StoreWorld world;
    auto store = world.opened();
    ASSERT_TRUE(store.add(tiny()));
    before = state_of(store);
    const auto from = world.disk.operations();
    ASSERT_TRUE(run(store, act));
    operations = world.disk.operations() - from;
    behind = state_of(store);
  }
  ASSERT_GT(operations, 3u);
  ASSERT_NE(before, behind);
  for (std::uint64_t at = 1; at <= operations; ++at) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(at) + ", seed " + std::to_string(seed));
      StoreWorld world;
      auto store = world.opened();
      ASSERT_TRUE(store.add(tiny()));
      world.disk.fail_at(at, fault);
      const auto done = run(store, act);
      if (fault != DiskFault::power_cut) {
        const auto now = state_of(store);
        EXPECT_TRUE(now == before || now == behind) << now.size();
        if (done) {
          EXPECT_EQ(now, behind);
        }
      }
      world.disk.crash(seed);
      auto again = world.opened();
      EXPECT_TRUE(again.errors().empty()) << again.errors()[0].text();
      const auto now = state_of(again);
      EXPECT_TRUE(now == before || now == behind) << now.size();
      if (done) {
        EXPECT_EQ(now, behind) << "what was acknowledged is lost";
      }
      if (now == before) {
        EXPECT_TRUE(run(again, act)) << "it can be done now";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PackageStoreFaults,
    ::testing::Combine(::testing::Values(Act::add, Act::remove, Act::sign),
                       ::testing::Values(DiskFault::error, DiskFault::sync_forgets,
                                         DiskFault::no_space, DiskFault::short_write,
                                         DiskFault::power_cut)));

}  // namespace
}  // namespace tenon::packages
