// Tally: the first of a kind at once, the rest counted, and never more kinds than there is room
// for.
#include "chain/tally.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

const Time kStart = time_from_us(1'767'225'600'000'000);

AuditEntry access_by(const std::string& actor, const std::string& target, Time at) {
  AuditEntry entry;
  entry.at = at;
  entry.status = 200;
  entry.actor = actor;
  entry.act = "GET /api/v1/events/*";
  entry.target = target;
  return entry;
}

TEST(TallyTest, TheFirstIsWrittenAtOnceAndTheRestCounted) {
  Tally tally;
  const auto first = tally.add(access_by("uid:7", "a", kStart), kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 1u);
  EXPECT_FALSE(tally.waiting());
  for (int i = 1; i <= 5; ++i) {
    const Time now = kStart + seconds{i};
    EXPECT_FALSE(tally.add(access_by("uid:7", "a", now), now));
  }
  EXPECT_TRUE(tally.add(access_by("uid:7", "b", kStart), kStart));  // another target
  EXPECT_TRUE(tally.waiting());
  EXPECT_TRUE(tally.due(kStart + kTallyFor - seconds{1}).empty());
  const auto due = tally.due(kStart + kTallyFor);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].count, 5u);
  EXPECT_EQ(due[0].at, kStart + seconds{1});
  EXPECT_EQ(due[0].until, kStart + seconds{5});
  EXPECT_FALSE(tally.waiting());
  // A new minute begins with an entry of its own.
  EXPECT_TRUE(tally.add(access_by("uid:7", "a", kStart), kStart + kTallyFor));
}

TEST(TallyTest, NothingIsLostWhateverThereIs) {
  Tally tally;
  std::uint64_t written = 0, kinds = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto entry =
        access_by(i % 2 == 0 ? "uid:7" : "token:" + std::to_string(i), std::to_string(i), kStart);
    const auto now = tally.add(entry, kStart);
    if (now) ++kinds;
    written += now ? now->count : 0;
  }
  EXPECT_LE(kinds, 2 * kMaxTallied + 10);
  for (const auto& entry : tally.due(kStart + kTallyFor)) written += entry.count;
  EXPECT_EQ(written, 20'000u);
  EXPECT_FALSE(tally.waiting());
}

TEST(TallyTest, AClockThatIsSetBackHoldsNothing) {
  Tally tally;
  tally.add(access_by("uid:7", "a", kStart), kStart);
  tally.add(access_by("uid:7", "a", kStart), kStart);
  EXPECT_EQ(tally.due(kStart - seconds{3'600}).size(), 1u);
}

TEST(TallyTest, AllAreDueAtTheEnd) {
  Tally tally;
  tally.add(access_by("uid:7", "a", kStart), kStart);
  tally.add(access_by("uid:7", "a", kStart), kStart);
  EXPECT_EQ(tally.due(kStart, true).size(), 1u);
}

}  // namespace
}  // namespace tenon
