// The StateStore contract: one suite that every backend passes.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/memory/seeded_random.hpp"
#include "ports/state_store.hpp"

namespace tenon {

// A Backend has: StateStores& stores().
template <typename Backend>
struct StateStoreContract : ::testing::Test {
  Backend backend;
  std::unique_ptr<StateStore> store = open("partition-03");

  std::unique_ptr<StateStore> open(std::string_view name) {
    auto opened = backend.stores().open(name);
    EXPECT_TRUE(opened) << opened.error().text();
    return opened ? std::move(*opened) : nullptr;
  }
  void put(std::string key, std::string value) {
    StateBatch batch;
    batch.put(std::move(key), std::move(value));
    EXPECT_TRUE(store->commit(std::move(batch)));
  }
  std::string keys(std::string_view from, std::string_view to, std::size_t limit = 100) {
    std::string out;
    const auto found = store->scan(from, to, limit);
    EXPECT_TRUE(found);
    for (const auto& entry : *found) out += entry.key + "=" + entry.value + " ";
    return out;
  }
};
TYPED_TEST_SUITE_P(StateStoreContract);

TYPED_TEST_P(StateStoreContract, GetsWhatWasPut) {
  EXPECT_FALSE(this->store->get("a")->has_value());
  this->put("a", "1");
  this->put("b", "");
  EXPECT_EQ(this->store->get("a")->value(), "1");
  EXPECT_EQ(this->store->get("b")->value(), "");
  this->put("a", "2");
  EXPECT_EQ(this->store->get("a")->value(), "2");
  StateBatch batch;
  batch.erase("a");
  batch.erase("never there");
  EXPECT_TRUE(this->store->commit(std::move(batch)));
  EXPECT_FALSE(this->store->get("a")->has_value());
}

TYPED_TEST_P(StateStoreContract, KeysAndValuesAreAnyBytes) {
  const std::string key("k\0\xff\x80", 4), value("\0\x01\xff\0", 4);
  this->put(key, value);
  this->put("", "of the empty key");
  this->put("large", std::string(3u << 20, 'v'));
  EXPECT_EQ(this->store->get(key)->value(), value);
  EXPECT_EQ(this->store->get("")->value(), "of the empty key");
  EXPECT_EQ(this->store->get("large")->value().size(), 3u << 20);
  EXPECT_FALSE(this->store->get(std::string("k\0", 2))->has_value());
}

TYPED_TEST_P(StateStoreContract, ScansRangesInUnsignedByteOrder) {
  for (const char* key : {"b", "a", "ab", "\xff", "a\x01", "c"}) this->put(key, "v");
  EXPECT_EQ(this->keys("a", "b"), "a=v a\x01=v ab=v ");
  EXPECT_EQ(this->keys("a", end_of_prefix("a")), "a=v a\x01=v ab=v ");
  EXPECT_EQ(this->keys("", ""), "a=v a\x01=v ab=v b=v c=v \xff=v ");
  EXPECT_EQ(this->keys("b", "", 2), "b=v c=v ");
  EXPECT_EQ(this->keys("b", "b"), "");
  EXPECT_EQ(this->keys("c", "a"), "");
  EXPECT_EQ(this->keys("", "", 0), "");
}

TYPED_TEST_P(StateStoreContract, LaterChangesOfABatchWin) {
  StateBatch batch;
  batch.put("a", "1");
  batch.erase("a");
  batch.put("a", "2");
  batch.put("b", "1");
  batch.erase("b");
  EXPECT_TRUE(this->store->commit(std::move(batch)));
  EXPECT_EQ(this->keys("", ""), "a=2 ");
  EXPECT_TRUE(this->store->commit(StateBatch{}));
}

TYPED_TEST_P(StateStoreContract, ClearForgetsAll) {
  this->put("a", "1");
  EXPECT_TRUE(this->store->clear());
  EXPECT_EQ(this->keys("", ""), "");
  this->put("b", "2");
  EXPECT_EQ(this->keys("", ""), "b=2 ");
}

TYPED_TEST_P(StateStoreContract, StatesAreApartAndReopenedAsTheyWere) {
  this->put("a", "1");
  auto other = this->open("destination-crm");
  EXPECT_FALSE(other->get("a")->has_value());
  EXPECT_TRUE(this->store->sync());
  this->put("b", "2");
  this->store.reset();
  this->store = this->open("partition-03");
  EXPECT_EQ(this->keys("", ""), "a=1 b=2 ");
}

TYPED_TEST_P(StateStoreContract, AgreesWithAMapOverManyRandomBatches) {
  SeededRandom random(11);
  std::map<std::string, std::string> model;
  for (int round = 0; round < 200; ++round) {
    StateBatch batch;
    for (auto n = random.below(20); n > 0; --n) {
      const std::string key = "k" + std::to_string(random.below(60));
      if (random.once_in(3)) {
        batch.erase(key);
        model.erase(key);
      } else {
        const std::string value = std::to_string(random.next());
        batch.put(key, value);
        model[key] = value;
      }
    }
    ASSERT_TRUE(this->store->commit(std::move(batch)));
    if (random.once_in(40)) {
      this->store.reset();
      this->store = this->open("partition-03");
    }
  }
  std::string expected;
  for (const auto& [key, value] : model) expected += key + "=" + value + " ";
  EXPECT_EQ(this->keys("", "", 1000), expected);
}

REGISTER_TYPED_TEST_SUITE_P(StateStoreContract, GetsWhatWasPut, KeysAndValuesAreAnyBytes,
                            ScansRangesInUnsignedByteOrder, LaterChangesOfABatchWin,
                            ClearForgetsAll, StatesAreApartAndReopenedAsTheyWere,
                            AgreesWithAMapOverManyRandomBatches);

}  // namespace tenon
