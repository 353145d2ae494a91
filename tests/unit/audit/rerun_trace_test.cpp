// Reruns in explain and in the recount: seen in one, counted apart in the other.
#include <gtest/gtest.h>

#include "unit/audit/log_story.hpp"

namespace tenon::test {
namespace {

const RerunId kReplay{77};

class RerunTrace : public ::testing::Test {
 protected:
  RerunTrace() : id(story.raw("m1")) {
    story.decide({story.decided(id, EventFate::routed, {LogStory::to("crm")})});
    ref = story.ref(id, "crm");
  }
  void start(RerunKind kind) {
    RerunStarted started;
    started.id = kReplay;
    started.kind = kind;
    started.destination = "crm";
    started.actor = "uid:7";
    story.control(Control(started));
  }
  DeliveryRef once_more() const {
    DeliveryRef again = ref;
    again.replay = kReplay;
    return again;
  }
  void move(const DeliveryRef& delivery, bool letter, RerunFate fate = RerunFate::none) {
    RerunMoved moved;
    moved.id = kReplay;
    moved.destination = "crm";
    moved.fate = fate;
    moved.actor = "uid:8";
    if (fate == RerunFate::none) {
      RerunItem item;
      item.delivery = delivery;
      item.action = "upsert_contact";
      item.letter = letter;
      moved.items.push_back(std::move(item));
    }
    story.control(Control(std::move(moved)));
  }
  CompletenessCounts counted() {
    const auto counts = story.run(recount(story.log, ends_of(story.log)));
    EXPECT_TRUE(counts);
    const auto total = counts->total();
    EXPECT_TRUE(total.adds_up());
    return total;
  }

  LogStory story;
  EventId id;
  DeliveryRef ref;
};

TEST_F(RerunTrace, AReplayStandsBesideTheDeliveryAndChangesNoCount) {
  story.end("att_1", "crm", ref, OutcomeFate::delivered, "");
  start(RerunKind::replay);
  move(once_more(), false);
  story.end("att_2", "crm", once_more(), OutcomeFate::dead, "vendor_rejected", 1, 400);
  const auto trace = story.explained(id);
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->deliveries.size(), 2u);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::delivered);
  EXPECT_EQ(trace->deliveries[0].attempts.size(), 1u);
  const auto& again = trace->deliveries[1];
  EXPECT_EQ(again.replay, kReplay);
  EXPECT_EQ(again.id, trace->deliveries[0].id);
  EXPECT_EQ(again.state, DeliveryState::dead);
  ASSERT_EQ(again.notes.size(), 1u);
  EXPECT_EQ(again.notes[0].what, "replayed");
  EXPECT_EQ(again.notes[0].actor, "uid:7");
  EXPECT_EQ(again.notes[0].reason, to_text(kReplay));
  const auto total = counted();
  EXPECT_EQ(total.delivered, 1u);
  EXPECT_EQ(total.dead, 0u);
}

TEST_F(RerunTrace, ACancelledReplayIsToldAndLaterStepsOfItAreNone) {
  story.end("att_1", "crm", ref, OutcomeFate::delivered, "");
  start(RerunKind::replay);
  move(once_more(), false);
  move({}, false, RerunFate::cancelled);
  auto trace = story.explained(id);
  ASSERT_EQ(trace->deliveries.size(), 2u);
  EXPECT_EQ(trace->deliveries[1].state, DeliveryState::skipped);
  EXPECT_EQ(trace->deliveries[1].reason, "replay_cancelled");
  EXPECT_TRUE(trace->settled());
  // It was under way, and arrived after all.
  story.end("att_2", "crm", once_more(), OutcomeFate::delivered, "");
  trace = story.explained(id);
  EXPECT_EQ(trace->deliveries[1].state, DeliveryState::delivered);
  EXPECT_EQ(counted().delivered, 1u);
}

TEST_F(RerunTrace, ARedrivenLetterIsOpenAgainUnlessTheRedriveHadEnded) {
  story.end("att_1", "crm", ref, OutcomeFate::dead, "vendor_rejected", 1, 400);
  start(RerunKind::redrive);
  move(ref, true);
  auto trace = story.explained(id);
  ASSERT_EQ(trace->deliveries.size(), 1u);
  EXPECT_EQ(trace->deliveries[0].state, DeliveryState::pending);
  EXPECT_EQ(trace->deliveries[0].notes[0].what, "redriven");
  EXPECT_EQ(counted().pending, 1u);
  story.end("att_2", "crm", ref, OutcomeFate::dead, "vendor_rejected", 1, 400);
  move({}, true, RerunFate::cancelled);
  move(ref, true);
  EXPECT_EQ(story.explained(id)->deliveries[0].state, DeliveryState::dead);
  EXPECT_EQ(counted().dead, 1u);
}

TEST_F(RerunTrace, AClosedLetterIsNotRedriven) {
  for (const LetterEnd how : {LetterEnd::replaced, LetterEnd::expired}) {
    const auto other = story.raw("m-" + std::to_string(static_cast<int>(how)));
    story.decide({story.decided(other, EventFate::routed, {LogStory::to("crm")})});
    const auto letter = story.ref(other, "crm");
    story.end("att_" + to_text(other), "crm", letter, OutcomeFate::dead, "vendor_rejected", 1, 400);
    LetterClosed closed;
    closed.delivery = letter;
    closed.destination = "crm";
    closed.actor = "uid:7";
    closed.end = how;
    closed.replaced_by = id;
    story.control(Control(closed));
    story.control(Redriven{letter, "crm", "uid:7"});
    const auto trace = story.explained(other);
    const auto& delivery = trace->deliveries[0];
    const bool replaced = how == LetterEnd::replaced;
    EXPECT_EQ(delivery.state, replaced ? DeliveryState::skipped : DeliveryState::dead);
    EXPECT_EQ(delivery.replaced_by.empty(), !replaced);
    EXPECT_EQ(delivery.notes[0].what, replaced ? "letter_replaced" : "letter_expired");
  }
  const auto total = counted();
  EXPECT_EQ(total.skipped, 1u);
  EXPECT_EQ(total.dead, 1u);
}

}  // namespace
}  // namespace tenon::test
