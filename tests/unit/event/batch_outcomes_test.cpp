// A batch in short: as small as it is uniform, exact where it matters, and read as hostile.
#include "event/batch_outcomes.hpp"

#include <gtest/gtest.h>

#include "base/codec.hpp"
#include "base/limits.hpp"

namespace tenon {
namespace {

DeliveryOutcome at(std::uint32_t place, OutcomeFate fate) {
  DeliveryOutcome outcome;
  outcome.delivery.event = Offset{place + 1};
  outcome.position = place;
  outcome.fate = fate;
  outcome.reason = fate == OutcomeFate::retry ? "vendor_retry" : "";
  outcome.vendor_ref = "ref-" + std::to_string(place);
  outcome.detail = "of " + std::to_string(place % 2);
  if (fate == OutcomeFate::retry) outcome.next_at = time_from_us(1'000 + place);
  return outcome;
}

BatchOutcomes read_again(const BatchOutcomes& batch) {
  Writer out;
  put(out, batch);
  Reader in(out.view());
  auto again = take_batch_outcomes(in);
  EXPECT_TRUE(again && in.done());
  return again ? *again : BatchOutcomes();
}

TEST(BatchOutcomes, TellsOfEachPlaceWhateverTheOrder) {
  const std::vector<DeliveryOutcome> all{at(4, OutcomeFate::retry), at(0, OutcomeFate::delivered),
                                         at(3, OutcomeFate::dead), at(1, OutcomeFate::retry),
                                         at(2, OutcomeFate::retry)};
  const BatchOutcomes batch = batch_outcomes_of(all);
  EXPECT_EQ(read_again(batch), batch);
  for (const auto& one : all) {
    DeliveryOutcome wanted = one;
    wanted.delivery = DeliveryRef();
    if (one.fate == OutcomeFate::delivered) wanted.vendor_ref = wanted.detail = "";
    EXPECT_EQ(outcome_at(batch, one.position), wanted) << one.position;
  }
  EXPECT_FALSE(outcome_at(batch, 5));
}

TEST(BatchOutcomes, AGapSaysNothing) {
  DeliveryOutcome outside = at(0, OutcomeFate::dead);
  outside.position = UINT32_MAX;
  const BatchOutcomes batch =
      batch_outcomes_of({outside, at(0, OutcomeFate::delivered), at(2, OutcomeFate::delivered)});
  EXPECT_TRUE(outcome_at(batch, 0));
  EXPECT_FALSE(outcome_at(batch, 1));
  EXPECT_TRUE(outcome_at(batch, 2));
  EXPECT_TRUE(batch_outcomes_of({outside}).runs.empty());
  EXPECT_FALSE(outcome_at(BatchOutcomes(), 0));
}

TEST(BatchOutcomes, AThousandThatWentWellAreAFewBytes) {
  std::vector<DeliveryOutcome> all;
  for (std::uint32_t i = 0; i < kMaxCallRecords; ++i) all.push_back(at(i, OutcomeFate::delivered));
  Writer out;
  put(out, batch_outcomes_of(all));
  EXPECT_LT(out.size(), 60u);
}

TEST(BatchOutcomes, WhatDoesNotFitIsRefused) {
  const BatchOutcomes good =
      batch_outcomes_of({at(0, OutcomeFate::delivered), at(1, OutcomeFate::retry)});
  BatchOutcomes no_kind = good, too_long = good, no_time = good;
  no_kind.runs[1].kind = 2;
  too_long.runs[0].count = kMaxCallRecords;
  no_time.next_at.clear();
  for (const auto& bad : {no_kind, too_long, no_time}) {
    Writer out;
    put(out, bad);
    Reader in(out.view());
    EXPECT_FALSE(take_batch_outcomes(in));
  }
  Writer whole;
  put(whole, good);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Reader in(std::string_view(whole.view()).substr(0, size));
    EXPECT_FALSE(take_batch_outcomes(in)) << size;
  }
}

// What earlier hosts wrote of an attempt is all but this.
TEST(BatchOutcomes, ARecordOfTheFormatBeforeIsRead) {
  AttemptOutcome ended;
  ended.attempt = "att_1";
  ended.destination = "crm";
  ended.outcomes.push_back(at(0, OutcomeFate::retry));
  std::string bytes = encode(ended);
  EXPECT_EQ(bytes[0], 5);
  bytes[0] = 4;
  bytes.resize(bytes.size() - 12);
  const auto read = decode_attempt_outcome(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, ended);
}

}  // namespace
}  // namespace tenon
