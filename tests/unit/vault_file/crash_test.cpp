// Each change to the vault meets each fault at each operation of the disk: afterwards the vault is
// as it was before or as it would be behind, and whole.
#include <gtest/gtest.h>

#include "unit/vault_file/world.hpp"

namespace tenon::testing {
namespace {

using Snapshot = std::map<std::string, std::vector<std::string>>;

Snapshot snapshot(VaultFile& vault) {
  Snapshot out;
  for (const auto& one : vault.list()) out[one.name] = values_of(vault, one.name);
  return out;
}

struct Act {
  const char* name;
  std::function<Result<VaultChange>(VaultFile&)> run;
};

const std::vector<Act>& acts() {
  static const std::vector<Act> kActs = {
      {"put", [](VaultFile& v) { return put(v, "b", "new"); }},
      {"overlap", [](VaultFile& v) { return put(v, "a", "2", seconds{60}); }},
      {"remove", [](VaultFile& v) { return v.remove("a"); }},
      {"rotate", [](VaultFile& v) { return v.rotate(); }},
      {"rekey", [](VaultFile& v) { return v.rekey(std::nullopt); }},
      {"shred", [](VaultFile& v) { return v.shred(); }},
  };
  return kActs;
}

enum class Start { empty, one, two };  // generations written before

// What the vault holds before and behind the act, when nothing fails; and how many operations.
struct Expected {
  Snapshot before, behind;
  std::uint64_t operations = 0;
};

std::unique_ptr<VaultFile> begin(VaultWorld& world, Start start) {
  auto vault = world.opened();
  if (start != Start::empty) {
    EXPECT_TRUE(put(*vault, "a", "0"));
  }
  if (start == Start::two) {
    EXPECT_TRUE(put(*vault, "a", "1", seconds{600}));
  }
  return vault;
}

Expected expected(const Act& act, Start start) {
  VaultWorld world;
  auto vault = begin(world, start);
  Expected out;
  out.before = snapshot(*vault);
  const auto operations = world.disk.operations();
  const auto done = act.run(*vault);
  out.operations = world.disk.operations() - operations;
  out.behind = snapshot(*vault);
  return out;
}

void sweep(const Act& act, Start start, DiskFault fault) {
  const auto want = expected(act, start);
  for (std::uint64_t at = 1; at <= want.operations; ++at) {
    SCOPED_TRACE(std::string(act.name) + ", start " + std::to_string(static_cast<int>(start)) +
                 ", operation " + std::to_string(at) + ", fault " +
                 std::to_string(static_cast<int>(fault)));
    for (std::uint64_t seed = 0; seed < (fault == DiskFault::short_write ? 1 : 12); ++seed) {
      VaultWorld world;
      auto vault = begin(world, start);
      const VaultKnown known = known_of(*vault);
      world.disk.fail_at(at, fault);
      const auto done = act.run(*vault);
      if (fault == DiskFault::short_write) {
        EXPECT_TRUE(done);
      }
      // A host that goes on: what it said holds, and it can still write.
      if (fault != DiskFault::power_cut) {
        const auto now = snapshot(*vault);
        EXPECT_TRUE(now == want.before || now == want.behind);
        if (done) {
          EXPECT_EQ(now, want.behind);
        }
        if (seed % 2 == 1) {
          const auto later = put(*vault, "later", "x");
          EXPECT_TRUE(later) << later.error().text();
        }
      }
      vault.reset();
      if (fault == DiskFault::power_cut || seed % 3 == 2) world.disk.crash(seed);
      vault = world.vault();
      const auto opened = vault->open(kMain, known);
      ASSERT_TRUE(opened) << opened.error().text();
      auto now = snapshot(*vault);
      now.erase("later");
      EXPECT_TRUE(now == want.before || now == want.behind) << "neither the one nor the other";
      if (done) {
        EXPECT_EQ(now, want.behind) << "what was acknowledged is lost";
      }
      EXPECT_TRUE(vault->verify());
      const auto mended = put(*vault, "again", "y");
      EXPECT_TRUE(mended) << mended.error().text();
      EXPECT_EQ(value_of(*world.opened(), "again"), "y");
    }
  }
}

class VaultCrash : public ::testing::TestWithParam<std::tuple<std::size_t, Start>> {};

TEST_P(VaultCrash, IsBeforeOrBehind) {
  const auto [act, start] = GetParam();
  for (const auto fault : {DiskFault::error, DiskFault::sync_forgets, DiskFault::no_space,
                           DiskFault::short_write, DiskFault::power_cut}) {
    sweep(acts()[act], start, fault);
  }
}

std::vector<std::tuple<std::size_t, Start>> cases() {
  std::vector<std::tuple<std::size_t, Start>> out = {
      {0, Start::empty}};  // then nothing else can be
  for (std::size_t act = 0; act < acts().size(); ++act) {
    for (const Start start : {Start::one, Start::two}) out.emplace_back(act, start);
  }
  return out;
}

// The key that the file on disk needs is never written over, whatever fails in two of them.
TEST(VaultRekey, TwoInARow) {
  for (std::uint64_t first = 1; first <= 12; ++first) {
    for (std::uint64_t second = 1; second <= 12; ++second) {
      for (const auto fault : {DiskFault::error, DiskFault::power_cut}) {
        SCOPED_TRACE(std::to_string(first) + ", " + std::to_string(second));
        VaultWorld world;
        auto vault = begin(world, Start::two);
        const VaultKnown known = known_of(*vault);
        world.disk.fail_at(first, DiskFault::error);
        static_cast<void>(vault->rekey(std::nullopt).has_value());
        world.disk.fail_at(second, fault);
        static_cast<void>(vault->rekey(std::nullopt).has_value());
        vault.reset();
        world.disk.crash(first * 31 + second);
        vault = world.vault();
        const auto opened = vault->open(kMain, known);
        ASSERT_TRUE(opened) << opened.error().text();
        EXPECT_EQ(values_of(*vault, "a"), (std::vector<std::string>{"1", "0"}));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Acts, VaultCrash, ::testing::ValuesIn(cases()));

}  // namespace
}  // namespace tenon::testing
