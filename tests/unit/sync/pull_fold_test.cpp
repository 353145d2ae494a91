// The fold of pulls: pullers that share a partition may feed it what it has already.
#include "sync/pull_fold.hpp"

#include <gtest/gtest.h>

#include "backends/memory/memory_state_store.hpp"

namespace tenon::sync {
namespace {

const PartitionId kHome{3};
const PullKey kKey{"people", "sales", "contacts"};

Record record_at(std::uint64_t offset, PulledType type, std::string body) {
  Record record;
  record.offset = Offset{offset};
  record.next = Offset{offset + 100};
  record.header.stream = Stream::pulled;
  record.header.type = static_cast<std::uint16_t>(type);
  record.body = std::move(body);
  return record;
}

Record page_at(std::uint64_t offset) {
  PulledPage page;
  page.pull = kKey.pull;
  page.destination = kKey.destination;
  page.stream = kKey.stream;
  page.cursor = "c" + std::to_string(offset);
  return record_at(offset, PulledType::page, encode(page));
}

Record mark_at(std::uint64_t offset, std::uint64_t page) {
  PulledEntered mark;
  mark.pull = kKey.pull;
  mark.destination = kKey.destination;
  mark.stream = kKey.stream;
  mark.page = Offset{page};
  mark.events = 7;
  return record_at(offset, PulledType::entered, encode(mark));
}

class PullFoldTest : public ::testing::Test {
 protected:
  PullFoldTest() { EXPECT_EQ(fold.resume(kHome, Offset{0}), Offset{0}); }
  Offset resume() { return *fold.resume(kHome, Offset{0}); }

  MemoryStateStores stores;
  std::unique_ptr<StateStore> store = *stores.open("sync");
  PullFold fold{*store};
};

TEST_F(PullFoldTest, WhatIsFedTwiceCountsOnce) {
  for (const auto& record : {page_at(0), mark_at(100, 0), page_at(0), mark_at(100, 0)}) {
    ASSERT_TRUE(fold.apply(kHome, record));
  }
  const auto state = fold.of(kKey);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->pages, 1u);
  EXPECT_EQ(state->events, 7u);
  EXPECT_FALSE(state->open);
  EXPECT_EQ(state->cursor, "c0");
}

TEST_F(PullFoldTest, WhatItHasReadOnlyGrowsAndIsKept) {
  ASSERT_TRUE(fold.apply(kHome, page_at(200)));
  EXPECT_EQ(resume(), Offset{300});
  fold.read_to(kHome, Offset{50});
  EXPECT_EQ(resume(), Offset{300});
  ASSERT_TRUE(fold.flush());
  PullFold again(*store);
  EXPECT_EQ(again.resume(kHome, Offset{0}), Offset{300});
  const auto open = again.open();
  ASSERT_TRUE(open);
  EXPECT_EQ(*open, std::vector<PullKey>{kKey});
}

}  // namespace
}  // namespace tenon::sync
