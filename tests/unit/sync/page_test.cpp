// Emits and checkpoints in their order, and schedules.
#include "sync/page.hpp"

#include <gtest/gtest.h>

#include "sync/schedule.hpp"

namespace tenon::sync {
namespace {

Emit record(const std::string& id) {
  Emit out;
  out.kind = EmitKind::record;
  out.id = id;
  out.type = "identify";
  out.body = "{}";
  return out;
}

StepResult step(const std::vector<std::string>& covered, std::optional<std::string> cursor,
                const std::vector<std::string>& behind = {}, bool more = false) {
  StepResult out;
  for (const auto& id : covered) out.emits.push_back(record(id));
  if (cursor) {
    out.checkpointed = true;
    out.cursor = *cursor;
    out.more = more;
    out.emits_covered = static_cast<std::uint32_t>(covered.size());
  }
  for (const auto& id : behind) out.emits.push_back(record(id));
  return out;
}

std::vector<std::string> ids(const Page& page) {
  std::vector<std::string> out;
  for (const auto& one : page.records) out.push_back(one.id);
  return out;
}

TEST(PageBuilder, EmitsOfSeveralStepsCommitWithTheCheckpointBehindThem) {
  PageBuilder builder;
  auto first = step({"a", "b"}, std::nullopt), second = step({"c"}, "c1", {}, true);
  ASSERT_TRUE(builder.add(first));
  EXPECT_FALSE(builder.take());
  ASSERT_TRUE(builder.add(second));
  const auto page = builder.take();
  ASSERT_TRUE(page);
  EXPECT_EQ(ids(*page), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(page->cursor, "c1");
  EXPECT_TRUE(page->more);
}

TEST(PageBuilder, EmitsBehindTheLastCheckpointAreNotTaken) {
  PageBuilder builder;
  auto one = step({"a"}, "c1", {"b"});
  ASSERT_TRUE(builder.add(one));
  EXPECT_EQ(builder.uncovered(), 1u);
  EXPECT_EQ(ids(*builder.take()), std::vector<std::string>{"a"});
}

TEST(PageBuilder, TheLastOfSeveralCheckpointsHolds) {
  PageBuilder builder;
  auto first = step({"a"}, "c1", {"b"}), second = step({"c"}, "c2", {"d"});
  ASSERT_TRUE(builder.add(first));
  ASSERT_TRUE(builder.add(second));
  const auto page = builder.take();
  EXPECT_EQ(ids(*page), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(page->cursor, "c2");
}

TEST(PageBuilder, LimitsKeepWhatACheckpointHasCovered) {
  PageBuilder builder;
  auto sound = step({"a"}, "c1");
  ASSERT_TRUE(builder.add(sound));
  StepResult flood;
  for (std::size_t i = 0; i <= kMaxPageRecords; ++i) flood.emits.push_back(record("x"));
  EXPECT_FALSE(builder.add(flood));
  EXPECT_EQ(builder.take()->records.size(), 1u);

  PageBuilder wide;
  auto heavy = step({"a"}, "c1");
  heavy.emits[0].body.assign(kMaxPageBytes + 1, 'x');
  EXPECT_FALSE(wide.add(heavy));
  PageBuilder far;
  auto cursor = step({}, std::string(kMaxCursorBytes + 1, 'c'));
  EXPECT_FALSE(far.add(cursor));
}

TEST(PageBuilder, NewsIsARecordOrAnotherCursor) {
  Page page;
  page.cursor = "c";
  EXPECT_FALSE(PageBuilder::is_news(page, "c"));
  EXPECT_TRUE(PageBuilder::is_news(page, "b"));
  page.records.resize(1);
  EXPECT_TRUE(PageBuilder::is_news(page, "c"));
}

TEST(Schedule, RunsByIntervalAndTriesAgainWithinIt) {
  const Time now = time_from_us(1'767'225'600'000'000);
  EXPECT_EQ(next_run(now - seconds(10), seconds(60), now), now + seconds(50));
  EXPECT_EQ(next_run(now - seconds(90), seconds(60), now), now);
  RetryPolicy policy;
  const auto wait = [&](std::uint32_t failures, seconds interval) {
    return next_try(policy, "p", failures, interval, milliseconds(0), now) - now;
  };
  for (std::uint32_t failures = 1; failures < 40; ++failures) {
    EXPECT_GE(wait(failures, seconds(60)), milliseconds(500)) << failures;
    EXPECT_LE(wait(failures, seconds(60)), seconds(60)) << failures;
  }
  EXPECT_LE(wait(1, seconds(60)), seconds(1));
  EXPECT_GE(wait(12, seconds(60)), seconds(30));
  EXPECT_EQ(next_try(policy, "p", 1, seconds(60), seconds(90), now), now + seconds(90));
}

}  // namespace
}  // namespace tenon::sync
