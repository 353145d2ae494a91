// The EventLog contract: one suite that every backend passes.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "async/scope.hpp"
#include "backends/memory/sim_clock.hpp"
#include "ports/event_log.hpp"

namespace tenon {

inline NewRecord new_record(std::uint16_t partition, std::string body,
                            Stream stream = Stream::raw) {
  NewRecord record;
  record.partition = PartitionId{partition};
  record.header.stream = stream;
  record.body = std::move(body);
  return record;
}

inline std::vector<NewRecord> new_records(std::uint16_t partition, int count, std::size_t size) {
  std::vector<NewRecord> records;
  for (int i = 0; i < count; ++i) {
    std::string body = std::to_string(i) + ":";
    body.resize(std::max(size, body.size()), static_cast<char>('a' + i % 26));
    records.push_back(new_record(partition, std::move(body)));
  }
  return records;
}

// Runs one Task to its end on `context`, and gives what it gave.
template <typename T>
Task<void> store_result(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}
template <typename T>
T run_task(boost::asio::io_context& context, Task<T> task) {
  Scope scope(context.get_executor());
  std::optional<T> out;
  scope.spawn(store_result<T>(std::move(task), out), "run_task");
  context.restart();
  while (!out) {
    if (context.run_one() == 0) throw std::logic_error("a task waits for nothing that can happen");
  }
  while (scope.running() > 0) context.poll_one();
  return std::move(*out);
}

// A Backend has: Backend(io_context&, Clock&); EventLog& log(); bool reopen() (false: forgets).
template <typename Backend>
struct EventLogContract : ::testing::Test {
  boost::asio::io_context context;
  SimClock clock;
  Backend backend{context, clock};

  EventLog& log() { return backend.log(); }
  Result<std::vector<Offset>> append(std::vector<NewRecord> records,
                                     AppendWait wait = AppendWait::durable) {
    return run_task(context, log().append(std::move(records), AppendClass::event, wait));
  }
  Result<LogSlice> read(std::uint16_t partition, Offset from, ReadLimits limits = {}) {
    return run_task(context, log().read(PartitionId{partition}, from, limits));
  }
  // All of a partition, slice by slice.
  std::vector<Record> read_all(std::uint16_t partition, ReadLimits limits = {}) {
    std::vector<Record> all;
    Offset at = log().begin(PartitionId{partition});
    while (true) {
      auto slice = read(partition, at, limits);
      EXPECT_TRUE(slice) << slice.error().text();
      if (!slice || slice->records.empty()) return all;
      at = slice->next;
      for (auto& record : slice->records) all.push_back(std::move(record));
    }
  }
};
TYPED_TEST_SUITE_P(EventLogContract);

TYPED_TEST_P(EventLogContract, BeginsEmpty) {
  const PartitionId p{3};
  EXPECT_NE(this->log().id().value, 0u);
  EXPECT_EQ(this->log().begin(p), this->log().end(p));
  EXPECT_GT(this->log().begin(p).value, 0u);  // 0 is never a record's place
  const auto slice = this->read(3, this->log().begin(p));
  ASSERT_TRUE(slice);
  EXPECT_TRUE(slice->records.empty());
  EXPECT_EQ(slice->next, this->log().end(p));
}

TYPED_TEST_P(EventLogContract, GivesBackEveryFieldAsItCame) {
  NewRecord record = new_record(15, std::string("body\0with zero", 14), Stream::outcome);
  auto& h = record.header;
  h.type = 513;
  h.flags = kRecordSynthetic | kRecordReplay;
  h.index = 2499;
  h.tenant = NameHash{0xfedcba9876543210u};
  h.workspace = NameHash{2};
  h.source = NameHash{3};
  h.key = KeyHash{4};
  h.occurred = time_from_us(-5);
  h.sent = time_from_us(6);
  h.received = time_from_us(7);
  h.schema = 8;
  h.config = ConfigVersion{9};
  h.parent = EventId{LogId{10}, PartitionId{11}, Offset{12}, 13};
  h.trace = 14;
  h.key_id = 15;
  RecordHeader expected = h;
  expected.appended = this->clock.now();
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  const auto offsets = this->append(std::move(records));
  ASSERT_TRUE(offsets) << offsets.error().text();
  const auto slice = this->read(15, (*offsets)[0]);
  ASSERT_TRUE(slice) << slice.error().text();
  ASSERT_EQ(slice->records.size(), 1u);
  EXPECT_EQ(slice->records[0].header, expected);
  EXPECT_EQ(slice->records[0].body, std::string("body\0with zero", 14));
  EXPECT_EQ(slice->records[0].offset, (*offsets)[0]);
  EXPECT_EQ(slice->records[0].next, slice->next);
  EXPECT_EQ(slice->next, this->log().end(PartitionId{15}));
}

TYPED_TEST_P(EventLogContract, KeepsOrderPerPartitionAndGivesOneOffsetPerRecord) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 64; ++i) {
    records.push_back(new_record(static_cast<std::uint16_t>(i % 16), "n" + std::to_string(i)));
  }
  const auto offsets = this->append(std::move(records));
  ASSERT_TRUE(offsets);
  ASSERT_EQ(offsets->size(), 64u);
  for (std::uint16_t p = 0; p < 16; ++p) {
    const auto all = this->read_all(p);
    ASSERT_EQ(all.size(), 4u);
    for (int i = 0; i < 4; ++i) {
      const auto n = static_cast<std::size_t>(i * 16 + p);
      EXPECT_EQ(all[static_cast<std::size_t>(i)].body, "n" + std::to_string(n));
      EXPECT_EQ(all[static_cast<std::size_t>(i)].offset, (*offsets)[n]);
    }
  }
}

TYPED_TEST_P(EventLogContract, ReadsInBoundedSlices) {
  ASSERT_TRUE(this->append(new_records(1, 10, 1000)));
  ReadLimits three;
  three.max_records = 3;
  const auto slice = this->read(1, this->log().begin(PartitionId{1}), three);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->records.size(), 3u);
  EXPECT_EQ(this->read_all(1, three).size(), 10u);
  ReadLimits bytes;
  bytes.max_bytes = 2500;
  EXPECT_EQ(this->read(1, this->log().begin(PartitionId{1}), bytes)->records.size(), 2u);
  bytes.max_bytes = 1;  // one record comes anyway
  EXPECT_EQ(this->read(1, this->log().begin(PartitionId{1}), bytes)->records.size(), 1u);
  EXPECT_EQ(this->read_all(1, bytes).size(), 10u);
}

TYPED_TEST_P(EventLogContract, FiltersByStreamAndGoesPastTheRest) {
  std::vector<NewRecord> records;
  for (int i = 0; i < 9; ++i) {
    const auto stream = i % 3 == 0 ? Stream::raw : i % 3 == 1 ? Stream::decision : Stream::outcome;
    records.push_back(new_record(2, std::to_string(i), stream));
  }
  ASSERT_TRUE(this->append(std::move(records)));
  ReadLimits limits;
  limits.streams = stream_bit(Stream::decision) | stream_bit(Stream::outcome);
  const auto all = this->read_all(2, limits);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0].body, "1");
  EXPECT_EQ(all[5].body, "8");
  limits.streams = stream_bit(Stream::lease);
  const auto none = this->read(2, this->log().begin(PartitionId{2}), limits);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->records.empty());
  EXPECT_EQ(none->next, this->log().end(PartitionId{2}));  // moved on, though nothing matched
}

TYPED_TEST_P(EventLogContract, RefusesPlacesThatAreNoRecords) {
  const auto offsets = this->append(new_records(4, 3, 100));
  ASSERT_TRUE(offsets);
  const Offset end = this->log().end(PartitionId{4});
  for (const Offset bad : {Offset{0xffffffffffff}, Offset{(*offsets)[1].value + 8},
                           Offset{(*offsets)[1].value + 1}, Offset{8}, Offset{end.value + 8}}) {
    const auto slice = this->read(4, bad);
    ASSERT_FALSE(slice) << bad.value;
    EXPECT_EQ(slice.error().kind, ErrorKind::not_found) << slice.error().text();
  }
  EXPECT_FALSE(this->read(16, end));
}

TYPED_TEST_P(EventLogContract, RefusesRecordsThatCannotBeAppended) {
  std::vector<NewRecord> partition;
  partition.push_back(new_record(16, "x"));
  EXPECT_EQ(this->append(std::move(partition)).error().kind, ErrorKind::invalid);
  std::vector<NewRecord> stream;
  stream.push_back(new_record(1, "x", Stream::none));
  EXPECT_EQ(this->append(std::move(stream)).error().kind, ErrorKind::invalid);
  std::vector<NewRecord> large;
  large.push_back(new_record(1, std::string(kMaxRecordBytes + 1, 'x')));
  EXPECT_EQ(this->append(std::move(large)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(this->log().begin(PartitionId{1}), this->log().end(PartitionId{1}));
  EXPECT_TRUE(this->append({})->empty());
}

TYPED_TEST_P(EventLogContract, AppendedStampsNeverDecrease) {
  const Time first = this->clock.now();
  ASSERT_TRUE(this->append(new_records(5, 1, 10)));
  this->clock.jump_wall(-std::chrono::hours{1});
  ASSERT_TRUE(this->append(new_records(5, 1, 10)));
  if (this->backend.reopen()) {
    ASSERT_TRUE(this->append(new_records(5, 1, 10)));
  }
  for (const auto& record : this->read_all(5)) EXPECT_EQ(record.header.appended, first);
  this->clock.jump_wall(std::chrono::hours{2});
  ASSERT_TRUE(this->append(new_records(5, 1, 10)));
  EXPECT_EQ(this->read_all(5).back().header.appended, first + std::chrono::hours{1});
}

inline Task<void> await_growth(EventLog& log, Offset beyond, Offset& seen) {
  const PartitionId partition{6};
  co_await log.wait_beyond(partition, beyond);
  seen = log.end(partition);
}

TYPED_TEST_P(EventLogContract, WakesWhoWaitsForMoreAndCanBeCancelled) {
  Scope scope(this->context.get_executor());
  const Offset begin = this->log().begin(PartitionId{6});
  Offset seen{}, never{};
  scope.spawn(await_growth(this->log(), begin, seen), "growth");
  scope.spawn(await_growth(this->log(), Offset{1u << 30}, never), "growth");
  this->context.poll();
  EXPECT_EQ(seen, Offset{});
  ASSERT_TRUE(this->append(new_records(7, 1, 10)));  // another partition
  this->context.poll();
  EXPECT_EQ(seen, Offset{});
  ASSERT_TRUE(this->append(new_records(6, 1, 10)));
  this->context.poll();
  EXPECT_EQ(seen, this->log().end(PartitionId{6}));
  scope.cancel();
  this->context.restart();
  while (scope.running() > 0) this->context.run_one();
  EXPECT_EQ(never, Offset{});
}

TYPED_TEST_P(EventLogContract, AQueuedAppendHasItsPlaceAndBecomesDurable) {
  const auto queued = this->append(new_records(8, 2, 10), AppendWait::queued);
  ASSERT_TRUE(queued);
  const auto durable = this->append(new_records(8, 1, 10));
  ASSERT_TRUE(durable);
  EXPECT_LT((*queued)[1], (*durable)[0]);
  const auto all = this->read_all(8);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].offset, (*queued)[0]);
}

TYPED_TEST_P(EventLogContract, TrimsOnlyWhatLiesBelow) {
  ASSERT_TRUE(this->append(new_records(9, 60, 1000)));
  const auto before = this->read_all(9);
  ASSERT_EQ(before.size(), 60u);
  const PartitionId p{9};
  const Offset keep = before[40].offset;
  ASSERT_TRUE(run_task(this->context, this->log().trim(p, keep)));
  EXPECT_GT(this->log().begin(p), before[0].offset);
  EXPECT_LE(this->log().begin(p), keep);
  EXPECT_EQ(this->read(9, before[0].offset).error().kind, ErrorKind::not_found);
  const auto after = this->read_all(9);
  ASSERT_GE(after.size(), 20u);
  EXPECT_EQ(after.back().body, before.back().body);
  if (this->backend.reopen()) {
    EXPECT_EQ(this->read_all(9).size(), after.size());
  }
  ASSERT_TRUE(this->append(new_records(9, 1, 10)));
  EXPECT_EQ(this->read_all(9).size(), after.size() + 1);
}

TYPED_TEST_P(EventLogContract, ReopenedItGoesOnWhereItWas) {
  const LogId id = this->log().id();
  const auto first = this->append(new_records(0, 50, 700));
  ASSERT_TRUE(first);
  const Offset end = this->log().end(PartitionId{0});
  if (!this->backend.reopen()) GTEST_SKIP() << "this backend keeps nothing";
  EXPECT_EQ(this->log().id(), id);
  EXPECT_EQ(this->log().end(PartitionId{0}), end);
  const auto second = this->append(new_records(0, 50, 700));
  ASSERT_TRUE(second);
  EXPECT_GE(second->front(), end);
  const auto all = this->read_all(0);
  ASSERT_EQ(all.size(), 100u);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(all[i].offset, (*first)[i]);
    EXPECT_EQ(all[i + 50].offset, (*second)[i]);
    EXPECT_EQ(all[i].body, all[i + 50].body);
  }
}

TYPED_TEST_P(EventLogContract, TakesTheLargestRecord) {
  const std::size_t size = this->backend.largest_body();
  std::vector<NewRecord> records;
  records.push_back(new_record(0, std::string(size, 'L')));
  records.push_back(new_record(0, "small"));
  ASSERT_TRUE(this->append(std::move(records)));
  const auto all = this->read_all(0);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].body.size(), size);
  EXPECT_EQ(all[1].body, "small");
}

REGISTER_TYPED_TEST_SUITE_P(EventLogContract, BeginsEmpty, GivesBackEveryFieldAsItCame,
                            KeepsOrderPerPartitionAndGivesOneOffsetPerRecord, ReadsInBoundedSlices,
                            FiltersByStreamAndGoesPastTheRest, RefusesPlacesThatAreNoRecords,
                            RefusesRecordsThatCannotBeAppended, AppendedStampsNeverDecrease,
                            WakesWhoWaitsForMoreAndCanBeCancelled,
                            AQueuedAppendHasItsPlaceAndBecomesDurable, TrimsOnlyWhatLiesBelow,
                            ReopenedItGoesOnWhereItWas, TakesTheLargestRecord);

}  // namespace tenon
