// Looking and trimming over a log in memory: order of syncs, configuration, newcomers, bounds.
#include "retention/retention.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "event/control.hpp"
#include "tests/support/events.hpp"

namespace tenon::retention {
namespace {

const PartitionId kPartition{0};
constexpr std::size_t kPerChunk = 4;

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() {
    doors.chunks = [this](PartitionId p) {
      return p == kPartition ? chunks : std::vector<Offset>{log.begin(p)};
    };
    doors.bytes_from = [this](PartitionId p, Offset from) { return log.end(p).value - from.value; };
    doors.followers = [this] { return followers; };
    doors.resting_from = doors.ids_from = [this](PartitionId) { return Result<Offset>(free); };
    doors.dedupe_window = [] { return seconds{0}; };
    doors.restate_config = [this](PartitionId p) { return restate(p); };
    doors.forget = [this](PartitionId, Offset begin) {
      forgotten = begin;
      return Result<void>();
    };
    Follower follower;
    follower.name = "reader";
    follower.sync = [this] {
      steps.push_back("sync");
      return Result<void>();
    };
    follower.needed_from = [this](PartitionId p) { return needed(p); };
    followers.push_back(std::move(follower));
    rules.keep = std::chrono::hours(1);
  }

  Task<Result<Offset>> needed(PartitionId p) {
    if (p == kPartition) steps.push_back("need");
    co_return need;
  }
  Task<Result<void>> restate(PartitionId p) {
    ++restated;
    auto records = testing::config_records(testing::kWorkspaceToml);
    std::erase_if(records, [&](const NewRecord& one) { return one.partition != p; });
    auto done =
        co_await log.append(std::move(records), AppendClass::essential, AppendWait::durable);
    if (!done) co_return std::move(done).error();
    co_return Result<void>();
  }
  void run(Task<void> task) {
    bool done = false;
    const auto outer = [](Task<void> task, bool& done) -> Task<void> {
      co_await std::move(task);
      done = true;
    };
    Scope scope(context.get_executor());
    scope.spawn(outer(std::move(task), done), "test");
    sim_run(context, clock, clock.instant() + seconds{60}, [&] { return done; });
    ASSERT_TRUE(done);
  }
  static Task<void> append_one(MemoryEventLog& log, bool config) {
    std::vector<NewRecord> records = testing::config_records(testing::kWorkspaceToml);
    std::erase_if(records, [&](const NewRecord& one) { return one.partition != kPartition; });
    if (!config) {
      records.front().header.stream = Stream::raw;
      records.front().header.type = 0;
    }
    const auto done =
        co_await log.append(std::move(records), AppendClass::event, AppendWait::durable);
    EXPECT_TRUE(done);
  }
  // A chunk of records, of which the second is a configuration, if any.
  void add_chunk(bool config = true) {
    chunks.push_back(log.end(kPartition));
    for (std::size_t i = 0; i < kPerChunk; ++i) run(append_one(log, config && i == 1));
  }
  static Task<void> look_once(Retention& retention) {
    const auto looked = co_await retention.look();
    EXPECT_TRUE(looked) << looked.error().text();
  }
  void look() {
    if (!retention) retention = std::make_unique<Retention>(doors, rules);
    run(look_once(*retention));
  }
  void pass(std::chrono::hours time) { clock.advance_by(time); }

  boost::asio::io_context context{1};
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  SilentTelemetry telemetry;
  std::vector<Offset> chunks;
  std::vector<Follower> followers;
  std::vector<std::string> steps;
  Offset need{~std::uint64_t{0}}, free{~std::uint64_t{0}}, forgotten;
  std::size_t restated = 0;
  Doors doors{log, clock, telemetry, {}, {}, {}, {}, {}, {}, {}, {}};
  Rules rules;
  std::unique_ptr<Retention> retention;
};

TEST_F(RetentionTest, OldChunksGoAndTheYoungStay) {
  for (int i = 0; i < 3; ++i) add_chunk();
  pass(std::chrono::hours(2));
  add_chunk();
  look();
  EXPECT_EQ(log.begin(kPartition), chunks[2]);
  EXPECT_EQ(forgotten, chunks[2]);
  EXPECT_GT(retention->status().trimmed_bytes, 0u);
  EXPECT_EQ(retention->status().held_by.at("age"), 1u);
}

TEST_F(RetentionTest, NeedsAreAskedBeforeTheStatesAreSyncedAndHold) {
  for (int i = 0; i < 4; ++i) add_chunk();
  pass(std::chrono::hours(2));
  need = chunks[1];
  look();
  EXPECT_EQ(log.begin(kPartition), chunks[1]);
  EXPECT_EQ(retention->status().held_by.at("reader"), 1u);
  EXPECT_EQ(steps, (std::vector<std::string>{"need", "sync"}));
}

TEST_F(RetentionTest, YoungRecordsCostNoSync) {
  for (int i = 0; i < 3; ++i) add_chunk();
  look();
  EXPECT_TRUE(steps.empty());
  EXPECT_EQ(log.begin(kPartition), chunks[0]);
}

TEST_F(RetentionTest, AStateThatCannotBeSyncedKeepsTheLog) {
  for (int i = 0; i < 3; ++i) add_chunk();
  pass(std::chrono::hours(2));
  followers[0].sync = [] { return Result<void>(unavailable("no disk")); };
  retention = std::make_unique<Retention>(doors, rules);
  const auto fails = [](Retention& retention) -> Task<void> {
    const auto looked = co_await retention.look();
    EXPECT_FALSE(looked);
  };
  run(fails(*retention));
  EXPECT_EQ(log.begin(kPartition), chunks[0]);
}

TEST_F(RetentionTest, TheLogAlwaysBeginsWithAChunkThatHoldsAConfiguration) {
  add_chunk();
  add_chunk();
  add_chunk(false);
  pass(std::chrono::hours(2));
  add_chunk();
  look();
  EXPECT_EQ(log.begin(kPartition), chunks[1]);
  EXPECT_EQ(retention->status().held_by.at("configuration"), 1u);
}

TEST_F(RetentionTest, ANewChunkGetsTheConfigurationOnce) {
  add_chunk();
  add_chunk(false);
  look();
  EXPECT_EQ(restated, 1u);
  look();
  look();
  EXPECT_EQ(restated, 1u);
}

TEST_F(RetentionTest, ANewcomerDuringTheLookIsNotTrimmedUnder) {
  for (int i = 0; i < 3; ++i) add_chunk();
  pass(std::chrono::hours(2));
  followers[0].sync = [this] {
    Follower late = followers[0];
    late.name = "late";
    if (followers.size() == 1) followers.push_back(std::move(late));
    return Result<void>();
  };
  look();
  EXPECT_EQ(log.begin(kPartition), chunks[0]);
}

TEST_F(RetentionTest, AnExcessOfBytesTakesTheOldestUntilItIsGone) {
  for (int i = 0; i < 4; ++i) add_chunk();
  const std::uint64_t all = log.end(kPartition).value - chunks[0].value;
  const std::uint64_t one = chunks[1].value - chunks[0].value;
  rules.most_bytes = all - one - one / 2;
  look();
  EXPECT_EQ(log.begin(kPartition), chunks[2]) << "two chunks make up for one and a half";
}

}  // namespace
}  // namespace tenon::retention
