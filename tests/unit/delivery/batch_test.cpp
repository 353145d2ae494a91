// Choosing batches: order within a key, isolation, limits, fairness over partitions.
#include "delivery/batch.hpp"

#include <gtest/gtest.h>

namespace tenon::delivery {
namespace {

class BatchTest : public ::testing::Test {
 protected:
  BatchTest() : windows(2) {
    for (const auto& window : windows) waiting.windows.push_back(&window);
  }
  void entry(std::uint16_t partition, std::uint64_t key, const std::string& action = "send") {
    Entry entry;
    entry.partition = PartitionId{partition};
    entry.ref.key = KeyHash{key};
    entry.ref.id.bytes[0] = ++last_;
    entry.action = action;
    windows[partition].push_back(entry);
  }
  Row row(std::uint64_t key, bool isolated) {
    Row row;
    row.ref.key = KeyHash{key};
    row.ref.id.bytes[0] = ++last_;
    row.action = "send";
    row.isolated = isolated;
    row.state = RowState::retry;
    return row;
  }
  std::vector<int> ids(const std::vector<Pick>& picks) {
    std::vector<int> out;
    for (const auto& pick : picks) out.push_back(pick.ref.id.bytes[0]);
    return out;
  }
  std::vector<Pick> next() {
    return next_batch(waiting, claims, [this](const std::string& action) {
      std::optional<BatchLimits> known;
      if (action != "unknown") known = limits;
      return known;
    });
  }

  std::vector<std::deque<Entry>> windows;
  Waiting waiting;
  Claims claims;
  BatchLimits limits{10, 1u << 20, false, ""};
  std::uint8_t last_ = 0;
};

TEST_F(BatchTest, TakesOneOfEachKeyInOrder) {
  entry(0, 5);
  entry(0, 5);
  entry(0, 6);
  entry(1, 0);
  entry(1, 0);
  EXPECT_EQ(ids(next()), (std::vector<int>{1, 3, 4, 5}));
}

TEST_F(BatchTest, TakesManyOfAKeyWhereTheActionAllowsIt) {
  limits.same_key = true;
  entry(0, 5);
  entry(0, 5);
  EXPECT_EQ(ids(next()), (std::vector<int>{1, 2}));
}

TEST_F(BatchTest, AKeyUnderWayGivesNoMore) {
  entry(0, 5);
  entry(0, 5);
  auto first = next();
  for (const auto& pick : first) claims.add(pick);
  EXPECT_TRUE(next().empty());
  claims.remove(first[0].partition, first[0].ref);
  windows[0].pop_front();
  EXPECT_EQ(ids(next()), (std::vector<int>{2}));
}

TEST_F(BatchTest, NothingOvertakesWithinAKeyEvenByAnotherAction) {
  entry(0, 5, "send");
  entry(0, 6, "other");
  entry(0, 6, "send");
  EXPECT_EQ(ids(next()), (std::vector<int>{1}));
}

TEST_F(BatchTest, AnUnknownActionHoldsItsKeyOnly) {
  entry(0, 5, "unknown");
  entry(0, 5);
  entry(0, 6);
  EXPECT_EQ(ids(next()), (std::vector<int>{3}));
}

TEST_F(BatchTest, StopsAtTheLimit) {
  limits.max_records = 3;
  for (std::uint64_t key = 1; key < 10; ++key) entry(0, key);
  EXPECT_EQ(next().size(), 3u);
}

TEST_F(BatchTest, AnIsolatedRowGoesAlone) {
  entry(0, 7);
  waiting.due.push_back(row(1, true));
  waiting.due.push_back(row(2, false));
  EXPECT_EQ(next().size(), 1u);
  waiting.due.erase(waiting.due.begin());
  EXPECT_EQ(ids(next()), (std::vector<int>{3, 1}));
}

TEST_F(BatchTest, BeginsWithAnotherPartitionEachTurn) {
  limits.max_records = 1;
  entry(0, 1);
  entry(1, 2);
  EXPECT_EQ(ids(next()), (std::vector<int>{1}));
  waiting.first_partition = 1;
  EXPECT_EQ(ids(next()), (std::vector<int>{2}));
}

}  // namespace
}  // namespace tenon::delivery
