// The fold of a destination: the same state whichever way its records are read.
#include "delivery/fold.hpp"

#include <set>

#include "delivery/batch.hpp"
#include "delivery/policy.hpp"
#include "unit/delivery/fold_story.hpp"

namespace tenon::delivery {
namespace {

// What keeps the log from being trimmed.
TEST_F(FoldTest, TheOldestEventThatIsStillToBeSentIsKnown) {
  const auto refs = decide({1, 2, 3, 4});
  end(refs[0], OutcomeFate::dead, "vendor_rejected");
  end(refs[1], OutcomeFate::retry, "timeout");
  end(refs[2], OutcomeFate::delivered);
  live(live_);
  EXPECT_EQ(*live_.oldest_waiting(kZero), refs[1].event) << "the row, before the window";
  EXPECT_EQ(*live_.oldest_row(kZero), refs[0].event) << "a dead letter, too";
  EXPECT_EQ(*live_.oldest_waiting(PartitionId{1}), std::nullopt);
}

TEST_F(FoldTest, ADeadLetterThatIsRedrivenCountsAgain) {
  const auto refs = decide({1, 2});
  end(refs[0], OutcomeFate::dead, "vendor_rejected");
  end(refs[1], OutcomeFate::delivered);
  live(live_);
  EXPECT_EQ(*live_.oldest_waiting(kZero), std::nullopt);
  write(Stream::control, static_cast<std::uint16_t>(ControlType::redriven),
        encode(Control(Redriven{refs[0], "crm", "test"})));
  ASSERT_TRUE(live_.apply_other(kZero, last()));
  EXPECT_EQ(*live_.oldest_waiting(kZero), refs[0].event);
}

TEST_F(FoldTest, AMillionRowsAtRestAreNotReadAgainAndAgain) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 1; i <= 3'000; ++i) keys.push_back(i);
  const auto refs = decide(keys);
  for (std::size_t i = 0; i + 1 < refs.size(); ++i) end(refs[i], OutcomeFate::dead, "no");
  live(live_);
  // One look shows some pages; what it has not seen yet counts as waiting.
  const auto first = *live_.oldest_waiting(kZero);
  ASSERT_TRUE(first);
  EXPECT_GT(*first, refs[0].event);
  EXPECT_LT(*first, refs.back().event);
  EXPECT_EQ(*live_.oldest_waiting(kZero), refs.back().event);
}

TEST_F(FoldTest, APlaceThatWasTrimmedAwayIsLeftBehind) {
  (void)decide({1});
  live(live_);
  DeliveryFold later("crm", LogId{7}, live_store_);
  ASSERT_TRUE(later.load(std::vector<Offset>(kPartitions, Offset{1'000}), Time{}));
  EXPECT_TRUE(later.trimmed_under());
  EXPECT_EQ(later.decisions_from(kZero), Offset{1'000});
  EXPECT_EQ(later.outcomes_from(kZero), Offset{1'000});
}

TEST_F(FoldTest, OfALogWithoutItsBeginningTheCountsAddUpAndAreWholeFromTheNextHourOn) {
  const auto refs = decide({1, 2, 3});
  while (last().next <= Offset{64}) control(DestinationResumed{"another", "test"});
  const std::vector<Offset> begins(kPartitions, last().next);
  DeliveryFold fold("crm", LogId{7}, rebuilt_store_);
  ASSERT_TRUE(fold.load(begins, time_from_us(kStart)));
  end(refs[0], OutcomeFate::delivered);  // its decision is forgotten
  ASSERT_TRUE(fold.apply_other(kZero, last()));
  fold.restored();
  CompletenessRows rows;
  const CompletenessKey key{refs[0].source, hour_of(refs[0].received), "crm"};
  rows[key].decided = 3;  // as the pipeline says
  ASSERT_TRUE(fold.count_into(rows, HourRange{}, Time{}, true));
  EXPECT_EQ(rows[key].delivered, 1u);
  EXPECT_EQ(rows[key].decided, 1u) << "what it cannot know is no remainder";
  EXPECT_EQ(rows[key].remainder(), 0);
  const CompletenessKey later{key.source, hour_of(time_from_us(kStart)) + std::chrono::hours{1},
                              "crm"};
  rows[later].decided = 3;
  ASSERT_TRUE(fold.flush_places());
  DeliveryFold again("crm", LogId{7}, rebuilt_store_);
  ASSERT_TRUE(again.load(begins, time_from_us(kStart) + std::chrono::hours{24}));
  again.restored();
  ASSERT_TRUE(again.count_into(rows, HourRange{}, Time{}, true));
  EXPECT_EQ(rows[later].remainder(), 3) << "from there on a lack is a fault";
}

TEST_F(FoldTest, ASkipCountsTheSameLiveAndRebuilt) {
  const auto refs = decide({1, 2, 3, 4, 5, 6});
  end(refs[0], OutcomeFate::delivered);
  end(refs[1], OutcomeFate::dead, "vendor_rejected");
  end(refs[5], OutcomeFate::retry, "vendor_retry");
  control(DestinationSkipped{"crm", "enough", "test"});
  end(refs[2], OutcomeFate::delivered);         // it was under way
  end(refs[3], OutcomeFate::retry, "timeout");  // it, too; it stays given up
  live(live_);
  rebuilt(rebuilt_);
  const std::map<CountKind, std::int64_t> want = {{CountKind::routed, 6},
                                                  {CountKind::delivered, 2},
                                                  {CountKind::dead, 1},
                                                  {CountKind::skipped, 3}};
  EXPECT_EQ(counts(live_), want);
  EXPECT_EQ(counts(rebuilt_), want);
  const auto skips = live_.skips(), again = rebuilt_.skips();
  ASSERT_TRUE(skips && again);
  EXPECT_EQ(*skips, *again);
  ASSERT_EQ(skips->size(), 1u);
  EXPECT_EQ(skips->front().actor, "test");
  EXPECT_EQ(skips->front().reason, "enough");
  EXPECT_EQ(skips->front().count, 3) << "of four, one was delivered after all";
  ASSERT_EQ(skips->front().hours.size(), 1u);
  EXPECT_EQ(skips->front().hours.begin()->first, kStart / 3'600'000'000);
  EXPECT_EQ(live_.waiting_rows(), 0u);
  EXPECT_EQ(rebuilt_.waiting_rows(), 0u);
}

TEST_F(FoldTest, EachSkipListsWhatItGaveUp) {
  const auto first = decide({1, 2});
  control(DestinationSkipped{"crm", "test data", "ann"});
  const auto second = decide({1, 2, 3});
  end(second[0], OutcomeFate::retry, "vendor_retry");
  control(DestinationSkipped{"other", "not ours", "bob"});
  control(DestinationSkipped{"crm", "wrong list", "bob"});
  decide({9});
  live(live_);
  rebuilt(rebuilt_);
  for (auto* fold : {&live_, &rebuilt_}) {
    const auto skips = fold->skips();
    ASSERT_TRUE(skips);
    ASSERT_EQ(skips->size(), 2u);
    EXPECT_EQ((*skips)[0].reason, "wrong list") << "latest first";
    EXPECT_EQ((*skips)[0].count, 3);
    EXPECT_EQ((*skips)[1].reason, "test data");
    EXPECT_EQ((*skips)[1].count, 2);
    const auto open = fold->open_by_hour();
    ASSERT_TRUE(open);
    EXPECT_EQ(open->size(), 1u);
    EXPECT_EQ(open->begin()->second, 1) << "what came after";
  }
}

TEST_F(FoldTest, ARedriveAfterASkipIsTriedAgain) {
  const auto refs = decide({1});
  end(refs[0], OutcomeFate::dead, "vendor_rejected");
  control(DestinationSkipped{"crm", "enough", "test"});
  control(Redriven{refs[0], "crm", "test"});
  live(live_);
  rebuilt(rebuilt_);
  EXPECT_EQ(live_.waiting_rows(), 1u);
  EXPECT_EQ(rebuilt_.waiting_rows(), 1u);
}

// Else those decided after the redrive, which become rows, would go before those in memory.
TEST_F(FoldTest, ARedriveHoldsWhatWaitsOfItsKey) {
  const auto first = decide({1});
  end(first[0], OutcomeFate::dead, "vendor_rejected");
  decide({1, 2});
  control(Redriven{first[0], "crm", "test"});
  decide({1});
  live(live_);
  ASSERT_EQ(live_.window(kZero).size(), 1u);
  EXPECT_EQ(live_.window(kZero).front().ref.key, KeyHash{2});
  EXPECT_EQ(live_.waiting_rows(), 3u);
}

TEST_F(FoldTest, AReleaseThatBacksOffDoesNotClearTheDeathsOfARecord) {
  const auto refs = decide({1});
  end(refs[0], OutcomeFate::retry, "worker_died");
  end(refs[0], OutcomeFate::retry, "worker_backing_off");
  end(refs[0], OutcomeFate::retry, "worker_died");
  live(live_);
  auto row = live_.row(kZero, refs[0]);
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->deaths, 2);
}

TEST_F(FoldTest, TheBatchOfACrashComesBackInParts) {
  const auto refs = decide(std::vector<std::uint64_t>(40, 0));
  end_together(refs, kSplitAfterCrash);
  end_together({refs[0], refs[1]}, kSplitAfterCrash);
  end(refs[2], OutcomeFate::retry, "isolate_after_crash");  // as earlier hosts wrote it
  live(live_);
  rebuilt(rebuilt_);
  for (DeliveryFold* fold : {&live_, &rebuilt_}) {
    for (std::size_t i = 0; i < refs.size(); ++i) {
      auto row = fold->row(kZero, refs[i]);
      ASSERT_TRUE(row && *row);
      EXPECT_EQ(pick_of(**row).at_most, i < 3 ? 1 : 2) << i;
      EXPECT_EQ(decode_row(encode(**row)), **row);
    }
  }
}

TEST_F(FoldTest, WhatTheVendorOnceSaidOfADeliveryReachesLaterTries) {
  const auto refs = decide({1});
  DeliveryOutcome first;
  first.delivery = refs[0];
  first.fate = OutcomeFate::ambiguous;
  first.vendor_ref = "job-77";
  first.maybe_applied = true;
  end_with(first);
  control(Redriven{refs[0], "crm", "test"});
  end(refs[0], OutcomeFate::retry, "worker_died");  // says nothing about either
  for (DeliveryFold* fold : {&live_, &rebuilt_}) {
    fold == &live_ ? live(*fold) : rebuilt(*fold);
    auto row = fold->row(kZero, refs[0]);
    ASSERT_TRUE(row && *row);
    const Pick pick = pick_of(**row);
    EXPECT_EQ(pick.vendor_ref, "job-77");
    EXPECT_TRUE(pick.maybe_applied);
  }
}

TEST_F(FoldTest, OnlyWhatMayHaveArrivedIsToldSo) {
  const auto refs = decide({1});
  end(refs[0], OutcomeFate::retry, "unresolved");  // nothing was sent
  live(live_);
  auto row = live_.row(kZero, refs[0]);
  ASSERT_TRUE(row && *row);
  EXPECT_FALSE(pick_of(**row).maybe_applied);
}

std::size_t found(DeliveryFold& fold, const LetterFilter& filter) {
  const auto page = fold.letters(filter, "", 100);
  EXPECT_TRUE(page);
  return page->rows.size();
}

TEST_F(FoldTest, LettersAreFoundByEachOfTheirProperties) {
  const auto refs = decide({1, 2, 3, 4});
  die(refs[0], "vendor_rejected", "E1", 422);
  die(refs[1], "vendor_rejected", "E2", 400);
  die(refs[2], "attempts_exhausted", "", 503);
  die(refs[3], "maybe_applied", "", 0, OutcomeFate::ambiguous);
  live(live_);
  LetterFilter filter;
  EXPECT_EQ(found(live_, filter), 4u);
  filter.reason = "vendor_rejected";
  EXPECT_EQ(found(live_, filter), 2u);
  filter.vendor_code = "E2";
  EXPECT_EQ(found(live_, filter), 1u);
  filter = {};
  filter.http_status = 503;
  EXPECT_EQ(found(live_, filter), 1u);
  filter = {};
  filter.state = RowState::ambiguous;
  EXPECT_EQ(found(live_, filter), 1u);
  filter = {};
  filter.action = "other";
  EXPECT_EQ(found(live_, filter), 0u);
  filter = {};
  const auto all = live_.letters(filter, "", 100);
  filter.until = all->rows[1].since;  // half-open
  EXPECT_EQ(found(live_, filter), 1u);
  filter.since = filter.until;
  filter.until = Time{};
  EXPECT_EQ(found(live_, filter), 3u);
  const auto oldest = live_.oldest_letter();
  ASSERT_TRUE(oldest && *oldest);
  EXPECT_EQ(**oldest, all->rows.front().since);
}

TEST_F(FoldTest, LettersComeByPagesAndEachPageLooksAtSoManyOnly) {
  const auto refs = decide(std::vector<std::uint64_t>(30, 0));
  for (std::size_t i = 0; i < refs.size(); ++i) {
    die(refs[i], i % 10 == 9 ? "rare" : "usual", "", 400,
        i % 3 == 0 ? OutcomeFate::parked : OutcomeFate::dead);
  }
  live(live_);
  LetterFilter rare;
  rare.reason = "rare";
  std::set<DeliveryId> seen;
  std::size_t pages = 0;
  std::string after;
  do {
    const auto page = live_.letters(rare, after, 2, 7);
    ASSERT_TRUE(page);
    EXPECT_LE(page->rows.size(), 2u);
    for (const auto& row : page->rows) EXPECT_TRUE(seen.insert(row.ref.id).second);
    after = page->next;
    ++pages;
  } while (!after.empty() && pages < 100);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_GE(pages, 30u / 7);
}

TEST_F(FoldTest, LettersAreCountedByClassUntilTheyLeave) {
  const auto refs = decide({1, 2, 3});
  die(refs[0], "vendor_rejected", "E1", 422);
  die(refs[1], "vendor_rejected", "E1", 422);
  die(refs[2], "age_exceeded", "", 0);
  control(Redriven{refs[1], "crm", "test"});
  control(Redriven{refs[2], "crm", "test"});
  for (DeliveryFold* fold : {&live_, &rebuilt_}) {
    fold == &live_ ? live(*fold) : rebuilt(*fold);
    const auto counts = fold->letter_counts();
    ASSERT_TRUE(counts);
    ASSERT_EQ(counts->size(), 1u);
    EXPECT_EQ(counts->front().reason, "vendor_rejected");
    EXPECT_EQ(counts->front().count, 1);
    EXPECT_EQ(found(*fold, {}), 1u);
  }
}

TEST_F(FoldTest, AStateOfAnotherLayoutIsNotRead) {
  StateBatch batch;
  batch.put("c" + std::string(2, '\0'), std::string(24, '\0'));
  ASSERT_TRUE(live_store_.commit(std::move(batch)));
  const auto loaded = live_.load(std::vector<Offset>(kPartitions), Time{});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
}

TEST_F(FoldTest, WhatIsDecidedAndNeverMetIsARemainder) {
  const auto refs = decide({1, 2, 0});
  end(refs[0], OutcomeFate::delivered);
  end(refs[1], OutcomeFate::retry, "vendor_retry");
  live(live_);
  rebuilt(rebuilt_);
  const Time hour = hour_of(time_from_us(kStart));
  const CompletenessKey key{hash_of_name("web"), hour, "crm"};
  for (DeliveryFold* fold : {&live_, &rebuilt_}) {
    for (const bool whole : {true, false}) {
      CompletenessRows rows;
      rows[key].decided = 4;  // the pipeline says so, and the fold has met three
      ASSERT_TRUE(fold->count_into(rows, HourRange{}, Time{}, whole));
      EXPECT_EQ(rows[key].delivered, 1u);
      EXPECT_EQ(rows[key].pending, whole ? 2u : 3u) << "not read yet is pending";
      EXPECT_EQ(rows[key].remainder(), whole ? 1 : 0);
    }
    CompletenessRows early;
    early[key].decided = 1;  // of an hour before such counts were kept
    ASSERT_TRUE(fold->count_into(early, HourRange{}, hour + std::chrono::hours{1}, true));
    EXPECT_EQ(early[key].decided, 3u);
    EXPECT_EQ(early[key].remainder(), 0);
    CompletenessRows none;
    ASSERT_TRUE(
        fold->count_into(none, HourRange{hour + std::chrono::hours{1}, Time::max()}, Time{}, true));
    EXPECT_TRUE(none.empty());
  }
}

}  // namespace
}  // namespace tenon::delivery
