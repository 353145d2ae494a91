// A crash that left a part of what was written of a batch: what the fold makes of it.
#include <gtest/gtest.h>

#include <map>

#include "backends/memory/memory_state_store.hpp"
#include "base/limits.hpp"
#include "delivery/fold.hpp"
#include "delivery/policy.hpp"
#include "event/batch_outcomes.hpp"

namespace tenon::delivery {
namespace {

constexpr std::int64_t kThen = 1'767'225'600'000'000;

class TwoPartitions : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kBatch = 4;  // places 0 and 2 in partition 3, 1 and 3 in 9

  TwoPartitions() { EXPECT_TRUE(fold_.load(std::vector<Offset>(kPartitions), Time{})); }

  static DeliveryRef ref(std::uint32_t place) {
    DeliveryRef ref;
    ref.id = delivery_id_of("crm", EventId{LogId{7}, partition(place), Offset{place}, 0}, "send");
    ref.event = Offset{place};
    return ref;
  }
  static PartitionId partition(std::uint32_t place) { return PartitionId(place % 2 == 0 ? 3 : 9); }
  void begin(const std::string& attempt, const std::vector<std::uint32_t>& places) {
    std::map<PartitionId, AttemptBegin> parts;
    for (const auto place : places) {
      AttemptBegin& part = parts[partition(place)];
      part.attempt = attempt;
      part.destination = "crm";
      part.action = "send";
      part.idempotency = "idk_of_all";
      part.total = kBatch;
      part.deliveries.push_back(ref(place));
      part.positions.push_back(place);
      part.numbers.push_back(2);
    }
    for (const auto& [p, part] : parts) read(p, Stream::attempt, encode(part));
  }
  // Places 0 to 2 are delivered, 3 waits.
  static AttemptOutcome ended(const std::string& attempt, PartitionId p, bool alone = false) {
    std::vector<DeliveryOutcome> all(kBatch);
    for (std::uint32_t place = 0; place < kBatch; ++place) {
      all[place].delivery = ref(place);
      all[place].fate = place == 3 ? OutcomeFate::retry : OutcomeFate::delivered;
      all[place].verdict = place == 3 ? Verdict::retry : Verdict::accepted;
      all[place].position = place;
      all[place].number = 2;
      all[place].vendor_ref = "ref-" + std::to_string(place);
      if (place == 3) all[place].next_at = time_from_us(kThen + 77);
    }
    AttemptOutcome part;
    part.attempt = attempt;
    part.destination = "crm";
    part.action = "send";
    part.release = "crm@1.2.3";
    if (!alone) part.batch = batch_outcomes_of(all);
    for (auto& one : all) {
      if (partition(one.position) == p) part.outcomes.push_back(std::move(one));
    }
    return part;
  }
  void read(PartitionId p, Stream stream, std::string body) {
    Record record;
    record.offset = Offset{next_};
    record.next = Offset{next_ += 10};
    record.header.stream = stream;
    record.header.tenant = NameHash{5};
    record.header.appended = time_from_us(kThen);
    record.body = std::move(body);
    ASSERT_TRUE(fold_.apply_other(p, record));
    fold_.outcomes_read_to(p, record.next);
  }

  MemoryStateStore store_;
  DeliveryFold fold_{"crm", LogId{7}, store_};

 private:
  std::uint64_t next_ = 100;
};

TEST_F(TwoPartitions, TheRecordOfOneTellsWhatWasInThatOfTheOther) {
  for (const std::uint16_t lost : {3, 9}) {
    SCOPED_TRACE(lost);
    const PartitionId left(lost == 3 ? 9 : 3);
    const std::string attempt = "att_" + std::to_string(lost);
    begin(attempt, {0, 1, 2, 3});
    read(left, Stream::outcome, encode(ended(attempt, left)));
    const auto records = fold_.lost_outcomes();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].partition, PartitionId(lost));
    EXPECT_EQ(records[0].header.tenant, NameHash{5});
    EXPECT_EQ(records[0].header.stream, Stream::outcome);
    const auto told = decode_attempt_outcome(records[0].body);
    ASSERT_TRUE(told);
    const auto written = ended(attempt, PartitionId(lost));
    EXPECT_EQ(told->batch, written.batch) << "it is as good as any of them";
    EXPECT_EQ(told->release, "crm@1.2.3");
    ASSERT_EQ(told->outcomes.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      DeliveryOutcome wanted = written.outcomes[i];
      const bool waits = wanted.fate == OutcomeFate::retry;
      if (!waits) wanted.vendor_ref.clear();
      wanted.reason = kToldByBatch;
      EXPECT_EQ(told->outcomes[i], wanted);
    }
    read(PartitionId(lost), Stream::outcome, records[0].body);
    EXPECT_TRUE(fold_.lost_outcomes().empty());
    EXPECT_TRUE(fold_.open_attempts().empty());
  }
}

TEST_F(TwoPartitions, WithNoneOfItsRecordsAnAttemptIsCutShortAsAWhole) {
  begin("att_1", {0, 1, 2, 3});
  EXPECT_TRUE(fold_.lost_outcomes().empty());
  fold_.restored();
  EXPECT_EQ(fold_.open_attempts().at("att_1").members.size(), 4u);
}

TEST_F(TwoPartitions, ARecordOfAnEarlierFormatTellsOfItsOwnOnly) {
  begin("att_1", {0, 1, 2, 3});
  read(PartitionId(3), Stream::outcome, encode(ended("att_1", PartitionId(3), true)));
  EXPECT_TRUE(fold_.lost_outcomes().empty());
  fold_.restored();
  EXPECT_EQ(fold_.open_attempts().at("att_1").members.size(), 2u);
}

TEST_F(TwoPartitions, ABatchBegunAgainInPartIsOneBatchStill) {
  begin("att_1", {0, 1, 2, 3});
  begin("att_2", {0, 2});  // its record in the other partition is lost
  ASSERT_EQ(fold_.open_attempts().size(), 2u);
  fold_.restored();
  ASSERT_EQ(fold_.open_attempts().size(), 1u);
  const OpenAttempt& open = fold_.open_attempts().begin()->second;
  EXPECT_EQ(open.members.size(), 4u);
  EXPECT_EQ(open.began.size(), 2u);
  begin("att_3", {0, 1, 2, 3});
  ASSERT_EQ(fold_.open_attempts().size(), 1u);
  EXPECT_EQ(fold_.open_attempts().begin()->first, "att_3") << "it takes over all of them";
}

}  // namespace
}  // namespace tenon::delivery
