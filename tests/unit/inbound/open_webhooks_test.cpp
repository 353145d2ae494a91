// What is open, whose turn it is, and where to begin reading again.
#include "inbound/open_webhooks.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tenon::inbound {
namespace {

const NameHash kDown{1}, kGood{2}, kOther{3};

class OpenWebhooksTest : public ::testing::Test {
 protected:
  void add(NameHash source, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++next_) {
      const EventId id{LogId{7}, PartitionId{0}, Offset{next_}, 0};
      open.add(id, source, time_from_us(static_cast<std::int64_t>(next_)));
    }
  }
  // Begins what is due; how many of which source.
  std::map<NameHash, std::size_t> begin() {
    std::map<NameHash, std::size_t> out;
    for (const auto& entry : open.due(Instant{})) {
      open.run(*entry);
      ++out[entry->source];
      running.push_back(entry);
    }
    return out;
  }
  OpenWebhooks open{LogId{7}};
  std::vector<OpenWebhookPtr> running;

 private:
  std::uint64_t next_ = 1;
};

TEST_F(OpenWebhooksTest, ASourceThatIsFullLeavesTheOthersTheirRoom) {
  add(kDown, kMaxOpenOfSource);
  EXPECT_TRUE(open.full(kDown));
  EXPECT_FALSE(open.full(kGood));
  open.end(open.all().front()->id);
  EXPECT_FALSE(open.full(kDown));
}

TEST_F(OpenWebhooksTest, TriesThatHangLeaveTheOthersTheirRoom) {
  add(kDown, 100);
  EXPECT_EQ(begin()[kDown], kMaxTriesOfSource);
  EXPECT_FALSE(open.may_run(kDown));
  EXPECT_TRUE(open.may_run(kGood));
  add(kGood, 2);
  EXPECT_EQ(begin()[kGood], 2u);
  EXPECT_TRUE(begin().empty());
  open.rest(*running[0]);
  EXPECT_EQ(begin()[kDown], 1u);
}

TEST_F(OpenWebhooksTest, SourcesTakeTurnsWhereThereIsNotRoomForAll) {
  const std::size_t sources = kMaxTries + 8;
  for (std::uint64_t source = 1; source <= sources; ++source) add(NameHash{source}, 50);
  const auto first = begin();
  EXPECT_EQ(first.size(), kMaxTries);
  for (const auto& entry : running) open.rest(*entry);
  running.clear();
  const auto second = begin();
  for (std::uint64_t source = 1; source <= sources; ++source) {
    EXPECT_GE(first.count(NameHash{source}) + second.count(NameHash{source}), 1u) << source;
  }
}

TEST_F(OpenWebhooksTest, TheOldestOfASourceGoesFirstAndNoneTwice) {
  add(kOther, 3);
  const auto all = open.all();
  all[0]->next = Instant{} + seconds(1);
  const auto due = open.due(Instant{});
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0], all[1]);
  open.run(*all[1]);
  EXPECT_EQ(open.due(Instant{}).size(), 1u);
  open.end(all[1]->id);
  open.rest(*all[1]);
  EXPECT_EQ(open.size(), 2u);
}

TEST_F(OpenWebhooksTest, ResumesBeforeWhatIsOpenOrUnderWay) {
  const PartitionId p{2};
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{500});
  open.begin_append(p, Offset{300});
  open.begin_append(p, Offset{300});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{300});
  open.end_append(p, Offset{300});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{300});
  open.end_append(p, Offset{300});
  const EventId id{LogId{7}, p, Offset{200}, 0};
  open.add(id, NameHash{1}, Time{});
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{200});
  EXPECT_EQ(open.resume(PartitionId{1}, Offset{500}), Offset{500});
  EXPECT_EQ(open.resume(PartitionId{3}, Offset{500}), Offset{500});
  open.end(id);
  EXPECT_EQ(open.resume(p, Offset{500}), Offset{500});
}

}  // namespace
}  // namespace tenon::inbound
