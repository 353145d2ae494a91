// The board: begins and ends told once, restarts, bounds.
#include "notices/board.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tenon {
namespace {

const Time kStart = time_from_us(1'800'000'000'000'000);

Condition condition(Topic topic, std::string subject, Time since = {}) {
  Condition out;
  out.topic = topic;
  out.subject = std::move(subject);
  out.since = since;
  return out;
}

std::string names(const std::vector<Notice>& notices) {
  std::string out;
  for (const auto& one : notices) {
    out +=
        std::string(event_name(one.condition.topic, one.over)) + " " + one.condition.subject + ";";
  }
  return out;
}

TEST(Board, TellsTheBeginAndTheEndOnce) {
  NoticeBoard board;
  const std::vector<Condition> paused{condition(Topic::destination, "crm", kStart)};
  EXPECT_EQ(names(board.look({}, kStart)), "");
  EXPECT_EQ(names(board.look(paused, kStart)), "tenon.destination.paused crm;");
  EXPECT_EQ(names(board.look(paused, kStart + seconds{1})), "");
  EXPECT_EQ(names(board.look({}, kStart + seconds{2})), "tenon.destination.resumed crm;");
  EXPECT_EQ(names(board.look({}, kStart + seconds{3})), "");
  EXPECT_TRUE(board.open().empty());
}

TEST(Board, AnotherBeginIsAnotherOccurrence) {
  NoticeBoard board;
  const auto first = board.look({condition(Topic::destination, "crm", kStart)}, kStart);
  const Time later = kStart + seconds{9};
  const auto second = board.look({condition(Topic::destination, "crm", later)}, later);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(message_id_of(first[0]), message_id_of(second[0]));
}

TEST(Board, SinceIsWhenItWasFirstSeen) {
  NoticeBoard board;
  const std::vector<Condition> open{condition(Topic::breaker, "crm")};
  const auto told = board.look(open, kStart);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].condition.since, kStart);
  EXPECT_EQ(names(board.look(open, kStart + seconds{5})), "");
  const auto over = board.look({}, kStart + seconds{9});
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0].condition.since, kStart);
}

TEST(Board, ARestartTellsNothingTwice) {
  NoticeBoard before;
  auto told = before.look(
      {condition(Topic::breaker, "crm"), condition(Topic::destination, "mail", kStart)}, kStart);
  NoticeBoard board;
  for (auto& one : told) board.restore(one);
  const Time start = kStart + seconds{100};
  // The pause is seen again at once; the breaker is not, which says nothing yet.
  const std::vector<Condition> paused{condition(Topic::destination, "mail", kStart)};
  EXPECT_EQ(names(board.look(paused, start)), "");
  EXPECT_EQ(names(board.look(paused, start + seconds{59})), "");
  EXPECT_EQ(board.open().size(), 2u);
  EXPECT_EQ(names(board.look(paused, start + seconds{60})), "tenon.breaker.closed crm;");
}

TEST(Board, ABreakerThatIsOpenAgainAfterARestartIsTheSame) {
  NoticeBoard before;
  const auto told = before.look({condition(Topic::breaker, "crm")}, kStart);
  NoticeBoard board;
  board.restore(told[0]);
  EXPECT_EQ(names(board.look({}, kStart + seconds{10})), "");
  EXPECT_EQ(names(board.look({condition(Topic::breaker, "crm")}, kStart + seconds{20})), "");
  EXPECT_EQ(names(board.look({}, kStart + seconds{21})), "tenon.breaker.closed crm;");
}

TEST(Board, FlappingIsBoundedAndEndsInTheTruth) {
  NoticeBoard board;
  const std::vector<Condition> open{condition(Topic::breaker, "crm")};
  std::size_t told = 0;
  for (int i = 0; i < 600; ++i) {
    told += board.look(i % 2 == 0 ? open : std::vector<Condition>{}, kStart + seconds{i}).size();
  }
  EXPECT_GE(told, 10u);
  EXPECT_LE(told, kNoticesAtOnce + 600 / kNoticeEvery.count() + 1);
  board.look({}, kStart + seconds{900});
  board.look({}, kStart + seconds{1'200});
  EXPECT_TRUE(board.open().empty()) << "what is told last is what is so";
}

TEST(Board, AllTogetherAreBounded) {
  NoticeBoard board;
  std::vector<Condition> many;
  for (int i = 0; i < 1'000; ++i) many.push_back(condition(Topic::breaker, std::to_string(i)));
  EXPECT_EQ(board.look(many, kStart).size(), kAllNoticesAtOnce);
  EXPECT_EQ(board.held_back(), 800u);
  EXPECT_EQ(board.look(many, kStart + seconds{10}).size(), 10u);
}

TEST(Board, AnOpenOneIsShownInTheWordsOfNow) {
  NoticeBoard board;
  auto paused = condition(Topic::destination, "crm", kStart);
  for (auto& one : board.look({paused}, kStart)) board.told(one);
  paused.since = Time{};
  paused.mend = "another way";
  EXPECT_TRUE(board.look({paused}, kStart + seconds{1}).empty());
  EXPECT_EQ(board.list(1)[0].condition.mend, "another way");
  EXPECT_EQ(board.list(1)[0].condition.since, kStart);
}

TEST(Board, TheOpenOnesStandFirst) {
  NoticeBoard board;
  const auto look = [&](std::vector<Condition> present, int at) {
    for (auto& one : board.look(std::move(present), kStart + seconds{at})) board.told(one);
  };
  look({condition(Topic::destination, "crm", kStart)}, 0);
  look({condition(Topic::destination, "crm", kStart), condition(Topic::breaker, "mail")}, 1);
  look({condition(Topic::destination, "crm", kStart)}, 2);
  EXPECT_EQ(names(board.list(10)),
            "tenon.destination.paused crm;tenon.breaker.closed mail;tenon.breaker.opened mail;");
  EXPECT_EQ(board.list(1).size(), 1u);
  EXPECT_TRUE(board.is_open(board.list(1)[0]));
}

}  // namespace
}  // namespace tenon
