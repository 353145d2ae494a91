// What a reading proves about a delivery that may or may not have arrived.
#include "delivery/read_back.hpp"

#include <gtest/gtest.h>

namespace tenon::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Time kAsked = time_from_us(1'767'225'600'000'000);

ReadBackFacts reading(Presence state, std::string record = "{}") {
  ReadBackFacts facts;
  facts.pick.ref.id.bytes[0] = 1;
  facts.pick.attempts_before = 2;
  facts.pick.age_from = kAsked - minutes{8};
  facts.sent = R"({"email":"a@b.c","age":7,"name":{"first":"Ada"},"tags":["x","y"],"fax":null})";
  facts.found.state = state;
  facts.found.record = std::move(record);
  return facts;
}
DeliveryOutcome judged(const ReadBackFacts& facts, OnAmbiguous otherwise = OnAmbiguous::park) {
  return judge_read_back(facts, RetryPolicy{}, otherwise, kAsked);
}

constexpr const char* kSame =
    R"({"id":"77","email":"a@b.c","age":"7","name":{"last":"L","first":"Ada"},"tags":["x","y"]})";

TEST(FirstDifference, WhatTheVendorHasMoreIsNoneAndTextsOfNumbersAreAlike) {
  const auto ours = reading(Presence::found).sent;
  EXPECT_EQ(first_difference(ours, kSame), "");
  EXPECT_EQ(first_difference("{}", kSame), "");
  EXPECT_EQ(first_difference(R"({"a":true})", R"({"a":"true"})"), "");
}

TEST(FirstDifference, NamesThePlaceThatSaysOtherwise) {
  EXPECT_EQ(first_difference(R"({"a":1})", R"({"a":2})"), "/a");
  EXPECT_EQ(first_difference(R"({"a":{"b/c":1}})", R"({"a":{}})"), "/a/b~1c");
  EXPECT_EQ(first_difference(R"({"a":[1,2]})", R"({"a":[1,3]})"), "/a/1");
  EXPECT_EQ(first_difference(R"({"a":[1,2]})", R"({"a":[1]})"), "/a");
  EXPECT_EQ(first_difference(R"({"a":{}})", R"({"a":"{}"})"), "/a");
  EXPECT_EQ(first_difference(R"({"a":1})", "[]"), "/");
  EXPECT_EQ(first_difference(R"({"a":1})", "{half"), "/");
}

TEST(ReadBack, FoundWithAllThatWasSentIsDelivered) {
  const auto outcome = judged(reading(Presence::found, kSame));
  EXPECT_EQ(outcome.fate, OutcomeFate::delivered);
  EXPECT_EQ(outcome.number, 2u) << "a reading is no attempt";
}

TEST(ReadBack, AbsentIsDueAgainAtOnceAndNoLongerMaybeThere) {
  const auto outcome = judged(reading(Presence::absent));
  EXPECT_EQ(outcome.fate, OutcomeFate::retry);
  EXPECT_EQ(outcome.reason, kNotApplied);
  EXPECT_EQ(outcome.next_at, kAsked);
  EXPECT_FALSE(outcome.maybe_applied);
}

TEST(ReadBack, WhatItDoesNotProveThePolicyDecides) {
  const auto other = reading(Presence::found, R"({"email":"z@b.c"})");
  EXPECT_EQ(judged(other).fate, OutcomeFate::ambiguous);
  EXPECT_NE(judged(other).detail.find("/email"), std::string::npos);
  EXPECT_EQ(judged(other, OnAmbiguous::resend).fate, OutcomeFate::retry);
  EXPECT_NE(judged(other, OnAmbiguous::resend).reason, kReadBack) << "it would read for ever";
  auto silent = reading(Presence::unknown);
  silent.found.detail = "the connector did not say";
  EXPECT_EQ(judged(silent).fate, OutcomeFate::ambiguous);
  EXPECT_EQ(judged(silent).detail, "the connector did not say");
}

TEST(ReadBack, AFailedCallIsMadeAgainMoreAndMoreSeldomUntilTheAgeIsOver) {
  auto facts = reading(Presence::found, kSame);  // what a failed call found is not believed
  facts.failure = "step_failed";
  facts.failure_text = "a web page";
  const auto soon = judged(facts);
  EXPECT_EQ(soon.fate, OutcomeFate::retry);
  EXPECT_EQ(soon.reason, kReadBack);
  EXPECT_EQ(soon.next_at, kAsked + minutes{1});
  facts.pick.age_from = kAsked - hours{4};
  EXPECT_EQ(judged(facts).next_at, kAsked + minutes{30});
  facts.pick.age_from = kAsked - RetryPolicy{}.max_age;
  EXPECT_EQ(judged(facts).fate, OutcomeFate::ambiguous);
}

TEST(ReadBack, AWorkerThatDiesOfItIsNotAskedAgain) {
  auto facts = reading(Presence::absent);
  facts.failure = "worker_died";
  EXPECT_EQ(judged(facts).fate, OutcomeFate::ambiguous);
}

}  // namespace
}  // namespace tenon::delivery
