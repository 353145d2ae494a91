// Rollouts as bytes: all of it comes back; what is cut, of a later format or senseless is told.
#include "event/rollouts.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

Rollouts some_rollouts() {
  Rollout rollout;
  rollout.connector = "crm";
  rollout.stable = "1.0.0";
  rollout.before = "0.9.0";
  rollout.candidate = "1.1.0";
  rollout.stage = RolloutStage::canary;
  rollout.percent = 10;
  rollout.frozen = true;
  rollout.frozen_why = "a holiday";
  rollout.refused = "1.0.9";
  rollout.pins = {{"hub", "0.9.0"}, {"pub", "1.0.0"}};
  rollout.policy = {{1, 10, 100}, seconds{60}, 7, false};
  rollout.since = time_from_us(5);
  rollout.deed = "canary";
  rollout.reason = "it looks well";
  rollout.actor = "uid:7";
  rollout.at = time_from_us(6);
  rollout.conformance.state = ConformanceState::failed;
  rollout.conformance.version = "1.2.0";
  rollout.conformance.passed = 57;
  rollout.conformance.failed = 2;
  rollout.conformance.skipped = 1;
  rollout.conformance.goldens = 12;
  rollout.conformance.failures = {"golden.readable", "reply.garbage"};
  rollout.conformance.why = "of not_run";
  rollout.conformance.at = time_from_us(7);
  Rollouts all;
  all.deed = "canary";
  all.connector = "crm";
  all.actor = "uid:7";
  all.rollouts = {rollout, Rollout{}};
  all.rollouts[1].connector = "mail";
  return all;
}

TEST(RolloutRecords, ComeBackWhole) {
  EXPECT_EQ(*decode_rollouts(encode(some_rollouts())), some_rollouts());
  EXPECT_EQ(*decode_rollouts(encode(Rollouts{})), Rollouts{});
}

// As the version before wrote it, byte for byte: an upgrade goes on where the old host stood.
TEST(RolloutRecords, ThoseWithoutConformanceAreRead) {
  auto all = some_rollouts();
  for (auto& one : all.rollouts) one.conformance = {};
  std::string bytes = encode(all);
  const std::size_t empty = 1 + 4 + 4 * 4 + 4 + 4 + 8;  // a verdict about nothing
  auto first = all;
  first.rollouts.resize(1);
  const std::size_t end = encode(first).size();
  bytes.erase(bytes.size() - empty);
  bytes.erase(end - empty, empty);
  bytes[0] = 1;
  const auto read = decode_rollouts(bytes);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, all);
}

TEST(RolloutRecords, CutOrLaterIsAnError) {
  const std::string bytes = encode(some_rollouts());
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    EXPECT_EQ(decode_rollouts(bytes.substr(0, i)).error().kind, ErrorKind::corrupt) << i;
  }
  EXPECT_EQ(decode_rollouts(bytes + "x").error().kind, ErrorKind::corrupt);
  std::string later = bytes;
  later[0] = 3;
  EXPECT_EQ(decode_rollouts(later).error().kind, ErrorKind::unsupported);
}

TEST(RolloutRecords, MoreTrafficThanAnybodyDecidedIsAnError) {
  for (const std::uint32_t percent : {0u, 101u}) {
    auto all = some_rollouts();
    all.rollouts[0].percent = percent;
    EXPECT_EQ(decode_rollouts(encode(all)).error().kind, ErrorKind::corrupt);
  }
  auto all = some_rollouts();
  all.rollouts[0].candidate.clear();
  EXPECT_EQ(decode_rollouts(encode(all)).error().kind, ErrorKind::corrupt);
  all = some_rollouts();
  all.rollouts[0].stage = static_cast<RolloutStage>(9);
  EXPECT_EQ(decode_rollouts(encode(all)).error().kind, ErrorKind::corrupt);
  all = some_rollouts();
  all.rollouts[0].conformance.state = static_cast<ConformanceState>(4);
  EXPECT_EQ(decode_rollouts(encode(all)).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace tenon
