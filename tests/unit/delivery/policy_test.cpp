// The policy: which fate follows from which facts. Nothing is delivered without proof.
#include "delivery/policy.hpp"

#include <gtest/gtest.h>

namespace tenon::delivery {
namespace {

const Time kFailed = time_from_us(1'767'225'600'000'000);

AttemptFacts answered(Verdict verdict, std::uint32_t status = 200) {
  AttemptFacts facts;
  facts.ref.id.bytes[0] = 1;
  facts.age_from = kFailed;
  facts.said.verdict = verdict;
  facts.sent = facts.answered = true;
  facts.succeeded = status < 400;
  facts.http_status = status;
  return facts;
}

OutcomeFate fate(const AttemptFacts& facts, std::size_t batch = 1,
                 OnAmbiguous ambiguous = OnAmbiguous::park) {
  return judge(facts, RetryPolicy{}, Ambiguity{ambiguous}, batch, kFailed).fate;
}

TEST(Policy, AnAcceptedRecordWithASuccessfulAnswerIsDelivered) {
  EXPECT_EQ(fate(answered(Verdict::accepted)), OutcomeFate::delivered);
  EXPECT_EQ(fate(answered(Verdict::duplicate, 409)), OutcomeFate::delivered);
}

TEST(Policy, AcceptedWithoutAnAnswerThatSupportsItIsNeverDelivered) {
  EXPECT_NE(fate(answered(Verdict::accepted, 500)), OutcomeFate::delivered);
  auto unsent = answered(Verdict::accepted);
  unsent.sent = unsent.answered = unsent.succeeded = false;
  EXPECT_NE(fate(unsent), OutcomeFate::delivered);
  auto lost = answered(Verdict::duplicate);
  lost.answered = lost.succeeded = false;
  EXPECT_NE(fate(lost), OutcomeFate::delivered);
}

TEST(Policy, ARecordThatNobodyMentionedIsRetriedNotDelivered) {
  const auto outcome = judge(answered(Verdict::unresolved), RetryPolicy{}, Ambiguity{}, 1, kFailed);
  EXPECT_EQ(outcome.fate, OutcomeFate::retry);
  EXPECT_EQ(outcome.reason, "unresolved");
  EXPECT_GT(outcome.next_at, kFailed);
}

TEST(Policy, MaybeAppliedAndNotRepeatableIsAmbiguousUnlessThePolicyResends) {
  auto facts = answered(Verdict::retry);
  facts.answered = facts.succeeded = false;
  facts.repeatable = false;
  EXPECT_EQ(fate(facts), OutcomeFate::ambiguous);
  EXPECT_EQ(fate(facts, 1, OnAmbiguous::resend), OutcomeFate::retry);
  facts.said.applied = Applied::no;
  EXPECT_EQ(fate(facts), OutcomeFate::retry);
}

TEST(Policy, ARejectionIsADeadLetterAndIsolationSendsAlone) {
  EXPECT_EQ(fate(answered(Verdict::rejected, 400)), OutcomeFate::dead);
  EXPECT_EQ(fate(answered(Verdict::isolate, 400), 5), OutcomeFate::retry);
  EXPECT_EQ(fate(answered(Verdict::isolate, 400), 1), OutcomeFate::dead);
  const auto alone = judge(answered(Verdict::isolate, 400), RetryPolicy{}, Ambiguity{}, 5, kFailed);
  EXPECT_EQ(alone.reason, "isolate");
  EXPECT_EQ(alone.next_at, kFailed);
}

TEST(Policy, AttemptsAndAgeAreLimits) {
  RetryPolicy policy;
  policy.max_attempts = 3;
  auto facts = answered(Verdict::retry, 503);
  facts.number = 2;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).fate, OutcomeFate::retry);
  facts.number = 3;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).reason, "attempts_exhausted");
  facts.number = 1;
  facts.age_from = kFailed - policy.max_age;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).reason, "age_exceeded");
}

TEST(Policy, RetryAfterIsALowerBoundAndTheCeilingAnUpperOne) {
  RetryPolicy policy;
  policy.first = milliseconds{1'000};
  policy.ceiling = milliseconds{8'000};
  DeliveryId id;
  for (std::uint32_t number = 1; number < 40; ++number) {
    const auto wait = next_attempt_at(policy, id, number, milliseconds{0}, kFailed) - kFailed;
    EXPECT_GE(wait, milliseconds{500});
    EXPECT_LE(wait, policy.ceiling);
  }
  EXPECT_EQ(next_attempt_at(policy, id, 1, milliseconds{60'000}, kFailed), kFailed + seconds{60});
  // The same delivery and number give the same time: a fold must.
  EXPECT_EQ(next_attempt_at(policy, id, 3, milliseconds{0}, kFailed),
            next_attempt_at(policy, id, 3, milliseconds{0}, kFailed));
}

TEST(Policy, AWorkerThatDiesSplitsABatchAndGivesUpOnAKiller) {
  AttemptFacts facts;
  facts.age_from = kFailed;
  facts.failure = "worker_died";
  EXPECT_EQ(judge(facts, RetryPolicy{}, Ambiguity{}, 7, kFailed).reason, kSplitAfterCrash);
  EXPECT_EQ(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).fate, OutcomeFate::retry);
  facts.deaths = 2;
  const auto killer = judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed);
  EXPECT_EQ(killer.fate, OutcomeFate::dead);
  EXPECT_EQ(killer.reason, "kills_worker");
}

TEST(Policy, AHintBeforeTheDeathOfTheWorkerSavesNoKiller) {
  AttemptFacts facts;
  facts.age_from = kFailed;
  facts.failure = "worker_died";
  facts.hinted = HintKind::throttled;
  // The reason is what deaths in a row are counted by.
  EXPECT_EQ(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).reason, "worker_died");
  facts.deaths = 2;
  EXPECT_EQ(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).reason, "kills_worker");
  facts.deaths = 0;
  facts.number = RetryPolicy{}.max_attempts;
  EXPECT_EQ(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).reason, "attempts_exhausted");
}

TEST(Policy, CutShortIsResentOnlyWhereThatIsSafe) {
  DeliveryRef ref;
  EXPECT_EQ(judge_cut_short(ref, 1, true, Ambiguity{}, kFailed).fate, OutcomeFate::retry);
  EXPECT_EQ(judge_cut_short(ref, 1, false, Ambiguity{}, kFailed).fate, OutcomeFate::ambiguous);
  EXPECT_EQ(judge_cut_short(ref, 1, false, Ambiguity{OnAmbiguous::resend}, kFailed).fate,
            OutcomeFate::retry);
}

TEST(Policy, ATryThatTheVendorAsAWholeRefusedKillsNothing) {
  RetryPolicy policy;
  policy.max_attempts = 3;
  auto facts = answered(Verdict::retry, 401);
  facts.said.applied = Applied::no;
  facts.number = 3;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).fate, OutcomeFate::dead);
  facts.hinted = HintKind::auth_rejected;
  const auto held = judge(facts, policy, Ambiguity{}, 1, kFailed);
  EXPECT_EQ(held.fate, OutcomeFate::retry);
  EXPECT_EQ(held.reason, "auth_rejected");
  EXPECT_LE(held.next_at - kFailed, policy.first);
  facts.age_from = kFailed - policy.max_age;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).fate, OutcomeFate::dead);
}

TEST(Policy, AReleaseThatBacksOffUsesUpNoTry) {
  RetryPolicy policy;
  policy.max_attempts = 3;
  AttemptFacts facts;
  facts.age_from = kFailed;
  facts.failure = "worker_backing_off";
  facts.said.retry_after_ms = 60'000;
  facts.number = 3;
  const auto later = judge(facts, policy, Ambiguity{}, 20, kFailed);
  EXPECT_EQ(later.fate, OutcomeFate::retry);
  EXPECT_EQ(later.reason, "worker_backing_off");
  EXPECT_EQ(later.number, 2u) << "the tries that it has had";
  EXPECT_EQ(later.next_at, kFailed + seconds{60});
  facts.number = 1;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).number, 0u);
  facts.age_from = kFailed - policy.max_age;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).reason, "age_exceeded");
  // It was run, and sent something, before it had to back off.
  facts.age_from = kFailed;
  facts.sent = true;
  facts.number = 3;
  EXPECT_EQ(judge(facts, policy, Ambiguity{}, 1, kFailed).reason, "attempts_exhausted");
}

TEST(Policy, AFailedTryTellsWhetherTheVendorMayHaveIt) {
  auto facts = answered(Verdict::retry, 503);
  EXPECT_TRUE(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).maybe_applied);
  facts.said.applied = Applied::no;
  EXPECT_FALSE(judge(facts, RetryPolicy{}, Ambiguity{}, 1, kFailed).maybe_applied);
  DeliveryRef ref;
  EXPECT_TRUE(judge_cut_short(ref, 1, true, Ambiguity{}, kFailed).maybe_applied);
}

TEST(Policy, WhatMayHaveArrivedIsReadBackWhereTheActionCan) {
  Ambiguity ambiguity{OnAmbiguous::resend};
  ambiguity.readable = true;
  ambiguity.settle = milliseconds{700};
  DeliveryRef ref;
  const auto cut = judge_cut_short(ref, 1, false, ambiguity, kFailed);
  EXPECT_EQ(cut.fate, OutcomeFate::retry);
  EXPECT_EQ(cut.reason, kReadBack);
  EXPECT_EQ(cut.next_at, kFailed + milliseconds{700});
  EXPECT_EQ(judge_cut_short(ref, 1, true, ambiguity, kFailed).reason, "cut_short");
  auto facts = answered(Verdict::retry);
  facts.answered = facts.succeeded = facts.repeatable = false;
  EXPECT_EQ(judge(facts, RetryPolicy{}, ambiguity, 3, kFailed).reason, kReadBack);
  facts.said.applied = Applied::no;
  EXPECT_NE(judge(facts, RetryPolicy{}, ambiguity, 3, kFailed).reason, kReadBack);
}

}  // namespace
}  // namespace tenon::delivery
