// Full disks, failing syncs, bounded queues and group commit of the file log.
#include <boost/asio/executor_work_guard.hpp>

#include "tests/contract/event_log_file_world.hpp"
#include "tests/contract/state_store_folder.hpp"

namespace tenon {
namespace {

struct FileLogFault : ::testing::Test {
  FileWorld world{9};
  void SetUp() override { ASSERT_TRUE(world.start()); }
  bool accepted(const Told& told) { return told.answered && !told.error; }
};

TEST_F(FileLogFault, ConcurrentAppendsShareASync) {
  world.append(0, 1, 100);
  world.turn();
  const auto before = world.disk.file_syncs();
  for (int i = 0; i < 50; ++i) world.append(static_cast<std::uint16_t>(i % 2), 1, 10);
  world.turn();
  for (const auto& told : world.told) EXPECT_TRUE(accepted(told));
  EXPECT_LE(world.disk.file_syncs() - before, 6u);  // two partitions, and zeros ahead
}

TEST_F(FileLogFault, AQueuedAppendAnswersBeforeTheSyncAndADurableOneAfter) {
  const Told& durable = world.append(0, 1, 100);
  const Told& queued = world.append(0, 1, 100, AppendClass::event, AppendWait::queued);
  const auto syncs = world.disk.file_syncs();
  while (!queued.answered) world.context->run_one();
  EXPECT_EQ(world.disk.file_syncs(), syncs);
  EXPECT_FALSE(durable.answered);
  EXPECT_EQ(world.log->end(PartitionId{0}), world.log->begin(PartitionId{0}));
  world.turn();
  EXPECT_TRUE(accepted(durable));
  EXPECT_GT(world.disk.file_syncs(), syncs);
}

TEST_F(FileLogFault, TheQueueIsBoundedInRecordsAndBytes) {
  world.stop();
  world.options.max_queued_records = 10;
  world.options.max_queued = 20_KiB;
  ASSERT_TRUE(world.start());
  const Told& fits = world.append(0, 10, 10);
  const Told& over = world.append(0, 1, 10);
  const Told& essential = world.append(0, 10, 10, AppendClass::essential);
  const Told& over_all = world.append(0, 1, 10, AppendClass::essential);
  world.turn();
  EXPECT_TRUE(accepted(fits));
  EXPECT_TRUE(accepted(essential));
  for (const Told* told : {&over, &over_all}) {
    ASSERT_TRUE(told->error);
    EXPECT_EQ(told->error->kind, ErrorKind::limited);
    EXPECT_GT(told->error->retry_after.count(), 0);
  }
  const Told& bytes = world.append(1, 1, 15'000);
  const Told& more_bytes = world.append(1, 1, 8'000);
  world.turn();
  EXPECT_TRUE(accepted(bytes));
  EXPECT_TRUE(more_bytes.error);
  world.append(1, 10, 100);
  world.turn();
  EXPECT_TRUE(accepted(world.told.back()));  // all has drained
}

void expect_closed(FileWorld& world, const Told& told) {
  ASSERT_TRUE(told.error);
  EXPECT_EQ(told.error->kind, ErrorKind::corrupt);
  EXPECT_EQ(world.fatal.size(), 1u);
  const auto operations = world.disk.operations();
  const Told& later = world.append(0, 1, 10, AppendClass::essential);
  world.turn();
  ASSERT_TRUE(later.error);
  EXPECT_EQ(later.error->kind, ErrorKind::corrupt);
  world.stop();
  EXPECT_EQ(world.disk.operations(), operations);  // nothing is tried again, not even at the end
  EXPECT_EQ(world.fatal.size(), 1u);
  ASSERT_TRUE(world.start());
  world.check_acknowledged();
}

TEST_F(FileLogFault, AFailedWriteClosesTheLogForGood) {
  const Told& good = world.append(0, 1, 10);
  world.turn();
  EXPECT_TRUE(accepted(good));
  const Told& bad = world.append(0, 1, 10);
  world.disk.fail_at(1, DiskFault::error);
  world.turn();
  expect_closed(world, bad);
}

TEST_F(FileLogFault, AFailedSyncIsNotRepeatedAndClosesTheLogForGood) {
  const Told& bad = world.append(0, 1, 10);
  const Told& behind = world.append(1, 1, 10);
  const auto syncs = world.disk.file_syncs();
  world.disk.fail_at(3, DiskFault::error);  // two writes, then the first sync
  world.turn();
  EXPECT_EQ(world.disk.file_syncs(), syncs + 1);
  EXPECT_TRUE(behind.error);
  expect_closed(world, bad);
}

TEST_F(FileLogFault, ShortWritesAreCompleted) {
  for (std::uint64_t at = 1; at < 40; at += 3) world.disk.fail_at(at, DiskFault::short_write);
  for (int i = 0; i < 20; ++i) {
    world.append(0, 1, 1500);
    world.turn();
  }
  world.stop();
  ASSERT_TRUE(world.start());
  EXPECT_TRUE(world.log->recovery().messages.empty());
  for (const auto& told : world.told) EXPECT_TRUE(accepted(told));
  world.check_acknowledged();
}

// Decision 13: events fail first, outcomes go on out of the reserve, then it all comes back.
TEST_F(FileLogFault, AFullDiskRefusesEventsButKeepsRoomForEssentials) {
  const auto other_files = 100_KiB;  // what somebody else may free later
  world.disk.set_capacity(Bytes{world.disk.used().count + 10'000});
  int taken = 0;
  while (taken < 1000) {
    const Told& told = world.append(0, 1, 1000);
    world.turn();
    if (!accepted(told)) {
      ASSERT_TRUE(told.error);
      EXPECT_EQ(told.error->kind, ErrorKind::limited);
      EXPECT_EQ(told.error->retry_after, seconds{1});
      break;
    }
    ++taken;
  }
  EXPECT_LT(taken, 1000);
  EXPECT_TRUE(world.log->full());
  EXPECT_TRUE(world.fatal.empty());
  std::size_t essential = 0;
  for (; essential < 1000; ++essential) {
    const Told& told =
        world.append(static_cast<std::uint16_t>(essential % 4), 1, 1000, AppendClass::essential);
    world.turn();
    if (!accepted(told)) {
      ASSERT_TRUE(told.error);
      EXPECT_EQ(told.error->kind, ErrorKind::limited);
      break;
    }
  }
  EXPECT_GT(essential, 20u);    // 32 KiB of reserve
  EXPECT_LT(essential, 1000u);  // and an end to it
  EXPECT_TRUE(world.fatal.empty());
  world.check_acknowledged();
  world.disk.set_capacity(Bytes{world.disk.used().count + other_files.count});
  world.clock.advance_by(seconds{2});
  EXPECT_FALSE(accepted(world.append(0, 1, 1000)));  // asks for the probe
  world.turn();
  EXPECT_FALSE(world.log->full());
  const Told& again = world.append(0, 1, 1000);
  world.turn();
  EXPECT_TRUE(accepted(again));
  world.stop();
  ASSERT_TRUE(world.start());
  world.check_acknowledged();
}

TEST_F(FileLogFault, ARestartOnAFullDiskGoesOnWithoutEvents) {
  world.disk.set_capacity(world.disk.used());
  while (!world.log->full()) {
    world.append(0, 1, 1000);
    world.turn();
  }
  for (int i = 0; i < 8; ++i) world.append(0, 1, 1000, AppendClass::essential);
  world.turn();
  world.stop();
  ASSERT_TRUE(world.start());
  EXPECT_TRUE(world.log->full());
  EXPECT_EQ(world.log->recovery().messages.size(), 1u);
  const Told& event = world.append(1, 1, 100);
  const Told& outcome = world.append(1, 1, 100, AppendClass::essential);
  world.turn();
  EXPECT_TRUE(event.error);
  EXPECT_TRUE(accepted(outcome));
}

// Every single operation of a story fails for want of space: never more than a refusal.
TEST(FileLogSpace, NoSpaceAtAnyOperationOfTheLogIsARefusalOrTheEndButNeverALoss) {
  for (std::uint64_t at = 1; at <= 80; ++at) {
    FileWorld world(at);
    ASSERT_TRUE(world.start());
    world.disk.fail_at(at, DiskFault::no_space);
    for (int i = 0; i < 12; ++i) {
      world.append(0, 2, 1500);
      world.append(1, 1, 300, AppendClass::essential);
      world.turn();
    }
    for (const auto& told : world.told) ASSERT_TRUE(told.answered) << "operation " << at;
    world.crash(at);
    const auto opened = world.start();
    ASSERT_TRUE(opened) << "operation " << at << ": " << opened.error().text();
    world.check_acknowledged();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "operation " << at;
  }
}

TEST_F(FileLogFault, ASecondOpenerIsRefused) {
  auto second = FileLog::open(world.context->get_executor(), world.disk, world.clock, world.random,
                              "log", world.options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().text().find("open in another process"), std::string::npos);
}

TEST_F(FileLogFault, ALargeAppendOverManyChunksIsPlacedPieceByPiece) {
  const Told& large = world.append(3, 60, 2000);
  const Told& behind = world.append(3, 1, 10);
  world.turn();
  EXPECT_TRUE(accepted(large));
  EXPECT_TRUE(accepted(behind));
  EXPECT_GE(world.disk.list("log/p03")->size(), 7u);
  world.stop();
  ASSERT_TRUE(world.start());
  world.check_acknowledged();
}

TEST_F(FileLogFault, WhatWasPlacedIsWrittenWhenTheLogIsClosed) {
  const Told& queued = world.append(0, 3, 100, AppendClass::event, AppendWait::queued);
  while (!queued.answered) world.context->run_one();
  world.stop();
  ASSERT_TRUE(world.start());
  EXPECT_EQ(world.read_all(0)->size(), 3u);
}

TEST(FileLogFiles, AnIdleFolderIsSmallAndIsMadeOnce) {
  TemporaryFolder folder;
  boost::asio::io_context context;
  SimClock clock;
  SeededRandom random(3);
  SystemDisk disk;
  FileLogOptions options;  // as shipped
  LogId id;
  {
    auto log =
        FileLog::open(context.get_executor(), disk, clock, random, folder.path + "/log", options);
    ASSERT_TRUE(log) << log.error().text();
    id = (*log)->id();
    auto second =
        FileLog::open(context.get_executor(), disk, clock, random, folder.path + "/log", options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  }
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  EXPECT_LE(bytes, 33u << 20);
  auto log =
      FileLog::open(context.get_executor(), disk, clock, random, folder.path + "/log", options);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ((*log)->id(), id);
  auto nowhere = FileLog::open(context.get_executor(), disk, clock, random,
                               folder.path + "/no/such/log", options);
  EXPECT_FALSE(nowhere);
}

// Many Tasks at once on the real thing: groups must form by themselves.
TEST(FileLogFiles, GroupsFormOnTheCommitterThread) {
  TemporaryFolder folder;
  boost::asio::io_context context;
  SimClock clock;
  SeededRandom random(3);
  SystemDisk disk;
  auto log = FileLog::open(context.get_executor(), disk, clock, random, folder.path + "/log", {});
  ASSERT_TRUE(log) << log.error().text();
  Scope scope(context.get_executor());
  std::deque<Told> told;
  for (int i = 0; i < 2000; ++i) {
    const auto partition = static_cast<std::uint16_t>(i % kPartitions);
    scope.spawn(append_and_tell(**log, new_records(partition, 1, 1000), AppendClass::event,
                                AppendWait::durable, told.emplace_back()),
                "append");
  }
  context.run();  // ends by itself: the log keeps it running while a group is under way
  for (const auto& t : told) ASSERT_TRUE(t.answered && !t.error);
  EXPECT_LT((*log)->groups(), 200u);
}

}  // namespace
}  // namespace tenon
