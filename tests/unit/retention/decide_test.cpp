// What may be forgotten, and what keeps it.
#include "retention/decide.hpp"

#include <gtest/gtest.h>

namespace tenon::retention {
namespace {

constexpr std::chrono::hours kDay{24};
const Time kNow = time_from_us(1'767'225'600'000'000);

Cut cut_of(std::uint64_t at, std::chrono::hours age) { return Cut{Offset{at}, kNow - age}; }

Facts nothing_needed() {
  Facts facts;
  facts.needs = {{"pipeline", Offset{1'000}}, {"destination crm", Offset{900}}};
  facts.resting_from = facts.ids_from = Offset{1'000};
  facts.dedupe_window = kDay * 7;
  return facts;
}

TEST(RetentionDecide, OldAndNotNeededMayGo) {
  EXPECT_TRUE(judge(cut_of(900, kDay * 31), nothing_needed(), Rules{}, kNow).may);
  EXPECT_EQ(judge(cut_of(900, kDay * 29), nothing_needed(), Rules{}, kNow).held_by, "age");
}

TEST(RetentionDecide, WhatIsNeededStaysHoweverOldAndMuchItIs) {
  Facts facts = nothing_needed();
  facts.excess_bytes = 1;
  EXPECT_EQ(judge(cut_of(901, kDay * 400), facts, Rules{}, kNow).held_by, "destination crm");
  EXPECT_EQ(judge(cut_of(1'001, kDay * 400), nothing_needed(), Rules{}, kNow).held_by, "pipeline");
}

TEST(RetentionDecide, AnExcessMakesYoungRecordsGo) {
  Facts facts = nothing_needed();
  facts.excess_bytes = 1;
  EXPECT_TRUE(judge(cut_of(900, kDay * 1), facts, Rules{}, kNow).may);
}

TEST(RetentionDecide, IdsOfTheWindowStayUnlessTheyAreForgottenAlready) {
  Facts facts = nothing_needed();
  facts.excess_bytes = 1;
  facts.ids_from = Offset{500};
  EXPECT_EQ(judge(cut_of(600, kDay * 6), facts, Rules{}, kNow).held_by, "window of duplicates");
  EXPECT_TRUE(judge(cut_of(600, kDay * 7), facts, Rules{}, kNow).may);
  EXPECT_TRUE(judge(cut_of(500, kDay * 1), facts, Rules{}, kNow).may);
  // However short one keeps: a duplicate of what is forgotten would be taken for new.
  Rules short_one;
  short_one.keep = kDay;
  EXPECT_FALSE(judge(cut_of(600, kDay * 6), facts, short_one, kNow).may);
}

TEST(RetentionDecide, DeadLettersKeepTheirEventsForATimeOfTheirOwn) {
  Facts facts = nothing_needed();
  facts.resting_from = Offset{100};
  EXPECT_EQ(judge(cut_of(200, kDay * 89), facts, Rules{}, kNow).held_by, "dead letters");
  EXPECT_TRUE(judge(cut_of(200, kDay * 90), facts, Rules{}, kNow).may);
  facts.excess_bytes = 1;
  EXPECT_TRUE(judge(cut_of(200, kDay * 1 + kDay * 6), facts, Rules{}, kNow).may);
}

TEST(RetentionDecide, AStampInTheFutureKeepsEverything) {
  EXPECT_EQ(judge(cut_of(900, kDay * -1), nothing_needed(), Rules{}, kNow).held_by, "age");
}

}  // namespace
}  // namespace tenon::retention
