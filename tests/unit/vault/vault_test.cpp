// Credentials by slot, and clear words where there are none.
#include "vault/vault.hpp"

#include <gtest/gtest.h>

#include <map>

#include "vault/secret_router.hpp"

namespace tenon {
namespace {

class MapSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    ++reads;
    const auto it = values.find(std::string(reference));
    if (it == values.end()) return not_found("wanted a set variable, found none", "env");
    return Secret(std::string(it->second));
  }
  std::map<std::string, std::string> values{{"env:A", "value-a"}, {"env:EMPTY", ""}};
  int reads = 0;
};

Destination destination_with(std::map<std::string, std::string> credentials) {
  Destination destination;
  destination.name = DestinationName("sales");
  destination.credentials = std::move(credentials);
  return destination;
}

Slot slot_of(const char* name, bool required) {
  Slot slot;
  slot.name = name;
  slot.required = required;
  return slot;
}

TEST(Vault, ReadsAnewEachTime) {
  MapSecrets store;
  Vault vault(store);
  const auto destination = destination_with({{"token", "env:A"}});
  const auto first = vault.credential(destination, "token");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->reveal(), "value-a");
  store.values["env:A"] = "rotated";
  const auto second = vault.credential(destination, "token");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->reveal(), "rotated");
  EXPECT_EQ(store.reads, 2);
}

TEST(Vault, SaysWhichSlotOfWhichDestinationIsMissing) {
  MapSecrets store;
  Vault vault(store);
  const auto none = vault.credential(destination_with({}), "token");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::unauthorized);
  EXPECT_NE(none.error().text().find("destination sales, slot token"), std::string::npos);
  const auto unset = vault.credential(destination_with({{"token", "env:B"}}), "token");
  ASSERT_FALSE(unset);
  EXPECT_EQ(unset.error().kind, ErrorKind::not_found);
  EXPECT_NE(unset.error().text().find("slot token"), std::string::npos);
  EXPECT_FALSE(vault.credential(destination_with({{"token", "env:EMPTY"}}), "token"));
}

TEST(Vault, AllVersionsAreALineEach) {
  class Two final : public SecretStore {
   public:
    Result<Secret> get(std::string_view) override { return Secret("new"); }
    Result<std::vector<Secret>> valid(std::string_view) override {
      std::vector<Secret> out;
      out.emplace_back("new");
      out.emplace_back("old");
      return out;
    }
  };
  Two two;
  Vault both(two);
  const auto destination = destination_with({{"token", "vault:a"}});
  EXPECT_EQ(both.credentials(destination, "token")->reveal(), "new\nold");
  EXPECT_EQ(both.credential(destination, "token")->reveal(), "new");
  MapSecrets one;
  Vault vault(one);
  EXPECT_EQ(vault.credentials(destination_with({{"token", "env:A"}}), "token")->reveal(),
            "value-a");
  EXPECT_FALSE(vault.credentials(destination_with({{"token", "env:EMPTY"}}), "token"));
  EXPECT_FALSE(vault.credentials(destination_with({}), "token"));
}

TEST(Vault, AReferenceGoesToItsStore) {
  MapSecrets vault, others;
  vault.values = {{"vault:a", "sealed"}};
  SecretRouter router(vault, others);
  EXPECT_EQ(router.get("vault:a")->reveal(), "sealed");
  EXPECT_EQ(router.get("env:A")->reveal(), "value-a");
  EXPECT_EQ(router.valid("vault:a")->size(), 1u);
  EXPECT_FALSE(router.get("vault:b"));
}

TEST(Vault, ListsEveryProblem) {
  MapSecrets store;
  Vault vault(store);
  Manifest manifest;
  manifest.id = "crm";
  manifest.slots = {slot_of("token", true), slot_of("extra", false), slot_of("other", false)};
  EXPECT_TRUE(vault.problems(destination_with({{"token", "env:A"}}), manifest).empty());
  const auto problems =
      vault.problems(destination_with({{"extra", "env:B"}, {"typo", "env:A"}}), manifest);
  ASSERT_EQ(problems.size(), 3u) << "token missing, extra unreadable, typo unknown";
  for (const auto& problem : problems) {
    EXPECT_EQ(problem.text().find("value-a"), std::string::npos);
  }
}

}  // namespace
}  // namespace tenon
