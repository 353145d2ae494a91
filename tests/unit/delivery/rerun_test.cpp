// Reruns in the fold: counted apart, ended at any moment, and the same whichever way they are read.
#include "base/codec.hpp"
#include "delivery/batch.hpp"
#include "delivery/replay_scan.hpp"
#include "delivery/rerun_cost.hpp"
#include "delivery/rerun_driver.hpp"
#include "unit/delivery/fold_story.hpp"

namespace tenon::delivery {
namespace {

const RerunId kReplay{77};

class RerunTest : public FoldTest {
 protected:
  void start(RerunKind kind = RerunKind::replay) {
    RerunStarted started;
    started.id = kReplay;
    started.kind = kind;
    started.destination = "crm";
    started.actor = "test";
    control(Control(started));
  }
  static DeliveryRef once_more(DeliveryRef ref) {
    ref.replay = kReplay;
    ref.key = replay_key(ref.key);
    return ref;
  }
  void take_up(const std::vector<DeliveryRef>& refs, bool letter = false) {
    RerunMoved moved;
    moved.id = kReplay;
    moved.destination = "crm";
    moved.looked = refs.size();
    for (const auto& ref : refs) {
      RerunItem item;
      item.delivery = letter ? ref : once_more(ref);
      item.action = "send";
      item.letter = letter;
      moved.items.push_back(std::move(item));
    }
    control(Control(std::move(moved)));
  }
  void finish(RerunFate fate) {
    RerunMoved moved;
    moved.id = kReplay;
    moved.destination = "crm";
    moved.fate = fate;
    moved.actor = "test";
    control(Control(std::move(moved)));
  }
  void close(const DeliveryRef& ref, LetterEnd how) {
    LetterClosed closed;
    closed.delivery = ref;
    closed.destination = "crm";
    closed.end = how;
    control(Control(std::move(closed)));
  }
  // Live, rebuilt, and restarted after each of the records, all come to the same state.
  void expect_same_all_ways() {
    live(live_);
    rebuilt(rebuilt_);
    const auto want = dump(live_store_);
    EXPECT_EQ(dump(rebuilt_store_), want) << "rebuilt";
    for (std::size_t first = 1; first < written(); ++first) {
      MemoryStateStore store;
      restarted(store, first);
      EXPECT_EQ(dump(store), want) << "restarted after " << first << " records";
    }
  }
  const RerunState& state() { return live_.reruns().at(kReplay); }

 private:
  // Without cursors, and without counts that came back to zero.
  static std::map<std::string, std::string> dump(MemoryStateStore& store) {
    std::map<std::string, std::string> out;
    const auto all = store.scan("", "", 100'000);
    EXPECT_TRUE(all);
    for (const auto& entry : *all) {
      const char kind = entry.key.front();
      const bool zero = (kind == 'n' || kind == 'h') && entry.value == std::string(8, '\0');
      if (kind != 'c' && !zero) out[entry.key] = entry.value;
    }
    return out;
  }
};

TEST_F(RerunTest, AReplayChangesNoCountOfTheDeliveriesThemselves) {
  const auto refs = decide({1, 1, 2, 3});
  for (const auto& ref : refs) end(ref, OutcomeFate::delivered);
  start();
  take_up(refs);
  end(once_more(refs[0]), OutcomeFate::delivered);
  end(once_more(refs[1]), OutcomeFate::skipped);
  end(once_more(refs[2]), OutcomeFate::dead, "vendor_rejected");
  end(once_more(refs[3]), OutcomeFate::retry, "timeout");
  expect_same_all_ways();
  const std::map<CountKind, std::int64_t> want = {{CountKind::routed, 4},
                                                  {CountKind::delivered, 4}};
  EXPECT_EQ(counts(live_), want);
  EXPECT_EQ(state().taken, 4u);
  EXPECT_EQ(state().delivered, 1u);
  EXPECT_EQ(state().skipped, 1u);
  EXPECT_EQ(state().given_up, 1u);
  EXPECT_EQ(state().waiting, 1u);
  const auto letters = live_.letters({}, "", 10);
  ASSERT_EQ(letters->rows.size(), 1u);
  EXPECT_EQ(letters->rows.front().ref.replay, kReplay);
}

TEST_F(RerunTest, AReplayKeepsItsOrderAndDoesNotHoldUpWhatIsLive) {
  const auto refs = decide({1, 1});
  for (const auto& ref : refs) end(ref, OutcomeFate::delivered);
  start();
  take_up(refs);
  decide({1});
  live(live_);
  EXPECT_EQ(live_.window(kZero).size(), 1u) << "the new event of the key must not wait";
  const auto due = live_.due(Time::max(), 10, true);
  ASSERT_EQ(due->size(), 1u) << "the second one waits for the first";
  EXPECT_EQ(due->front().ref.event, refs[0].event);
  EXPECT_EQ(pick_of(due->front()).lane, tenon::Lane::replay);
  EXPECT_EQ(live_.due(Time::max(), 10, false)->size(), 0u);
}

TEST_F(RerunTest, WhatIsUnderWayIsLeftAloneAndADeadLetterCountsAsOpenAgain) {
  const auto refs = decide({1, 2, 3});
  end(refs[0], OutcomeFate::retry, "timeout");
  end(refs[1], OutcomeFate::dead, "vendor_rejected");
  end(refs[2], OutcomeFate::delivered);
  start();
  take_up({refs[0]});
  take_up({refs[1]}, true);
  take_up({refs[2]}, true);  // no letter any more
  end(refs[1], OutcomeFate::delivered);
  expect_same_all_ways();
  const std::map<CountKind, std::int64_t> want = {
      {CountKind::routed, 3}, {CountKind::delivered, 2}, {CountKind::waiting, 1}};
  EXPECT_EQ(counts(live_), want);
  EXPECT_EQ(state().left_alone, 2u);
  EXPECT_EQ(state().taken, 1u);
  EXPECT_EQ(state().letters, 1u);
  EXPECT_EQ(state().delivered, 1u);
}

TEST_F(RerunTest, ACancelledReplaySendsNoMoreAndWhatWasUnderWayHasItsEnd) {
  const auto refs = decide({1, 1, 2, 3});
  for (const auto& ref : refs) end(ref, OutcomeFate::delivered);
  start();
  take_up(refs);
  end(once_more(refs[0]), OutcomeFate::delivered);
  finish(RerunFate::cancelled);
  take_up({refs[0]});                                // a step that came too late
  end(once_more(refs[2]), OutcomeFate::delivered);   // it was under way
  end(once_more(refs[3]), OutcomeFate::retry, "x");  // it, too: not tried again
  expect_same_all_ways();
  EXPECT_EQ(live_.waiting_rows(), 0u);
  EXPECT_EQ(state().fate, RerunFate::cancelled);
  EXPECT_EQ(state().taken, 4u);
  EXPECT_EQ(state().delivered, 2u);
  EXPECT_EQ(state().cancelled, 2u);
  EXPECT_EQ(state().waiting, 0u);
}

// The row of a replay must not be taken for the delivery that was skipped.
TEST_F(RerunTest, ASkippedDeliveryThatIsReplayedStaysCountedAsSkipped) {
  const auto refs = decide({1, 2});
  end(refs[0], OutcomeFate::delivered);
  control(DestinationSkipped{"crm", "enough", "test"});
  start();
  take_up(refs);
  expect_same_all_ways();
  const std::map<CountKind, std::int64_t> want = {
      {CountKind::routed, 2}, {CountKind::delivered, 1}, {CountKind::skipped, 1}};
  EXPECT_EQ(counts(live_), want);
  EXPECT_EQ(state().waiting, 2u);
}

TEST_F(RerunTest, ASkipGivesUpWhatAReplayHasWaiting) {
  const auto refs = decide({1});
  end(refs[0], OutcomeFate::delivered);
  start();
  take_up(refs);
  control(DestinationSkipped{"crm", "enough", "test"});
  expect_same_all_ways();
  EXPECT_EQ(state().waiting, 0u);
  EXPECT_EQ(state().cancelled, 1u);
  EXPECT_EQ(counts(live_).count(CountKind::skipped), 0u);
}

TEST_F(RerunTest, AnExpiredLetterStaysDeadAndAReplacedOneIsSkipped) {
  const auto refs = decide({1, 2, 3});
  for (const auto& ref : refs) end(ref, OutcomeFate::dead, "vendor_rejected");
  close(refs[0], LetterEnd::expired);
  close(refs[1], LetterEnd::replaced);
  control(Redriven{refs[0], "crm", "test"});  // too late
  expect_same_all_ways();
  const std::map<CountKind, std::int64_t> want = {
      {CountKind::routed, 3}, {CountKind::dead, 2}, {CountKind::skipped, 1}};
  EXPECT_EQ(counts(live_), want);
  EXPECT_EQ(live_.letters({}, "", 10)->rows.size(), 1u);
  EXPECT_EQ(rebuilt_.window_size(), 0u) << "a closed letter came back";
  EXPECT_EQ(live_.letter_counts()->front().count, 1);
}

TEST(Pace, GivesNoMoreThanTheRateAndSavesOneSecondAtMost) {
  Pace pace;
  Instant now{};
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) {
    taken += pace.take(10, 100, now);
    now += milliseconds{100};
  }
  EXPECT_GE(taken, 98u);
  EXPECT_LE(taken, 101u);
  now += seconds{60};
  EXPECT_EQ(pace.take(10, 100, now), 10u);
  EXPECT_EQ(pace.take(10, 100, now), 0u);
  EXPECT_GT(pace.next(10, now), now);
  EXPECT_LE(pace.next(10, now), now + milliseconds{101});
  pace.give_back(3);
  EXPECT_EQ(pace.take(10, 100, now), 3u);
  EXPECT_EQ(pace.take(0, 100, now), 100u);
}

TEST(RerunCost, IsThatOfTheSlowestLimit) {
  Manifest manifest;
  Action action;
  action.name = "send";
  action.batch.max_records = 100;
  manifest.actions.push_back(action);
  manifest.rate_limits = {{"default", RateScope::account, 10, seconds{1}},
                          {"default", RateScope::account, 60, seconds{60}}};
  Destination destination;
  auto cost = cost_of({{"send", 12'001}}, 0, manifest, destination);
  EXPECT_EQ(cost.calls, 121u);
  EXPECT_EQ(cost.eta, seconds{121});
  cost = cost_of({{"send", 12'001}}, 10, manifest, destination);
  EXPECT_EQ(cost.eta, milliseconds{1'200'100});
  EXPECT_EQ(declared_rate(manifest, destination), 100u) << "one call a second, full";
  destination.max_batch = 7;
  EXPECT_EQ(declared_rate(manifest, destination), 7u);
  EXPECT_EQ(declared_rate(Manifest{}, destination), 0u);
}

}  // namespace
}  // namespace tenon::delivery
