// The configuration in the log: applied everywhere, restored, and completed after a crash.
#include "app/config_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "backends/memory/memory_event_log.hpp"
#include "support/sim_task.hpp"
#include "tests/support/events.hpp"

namespace tenon::app {
namespace {

// A workspace that names no connector, so that nothing needs to be installed.
const char* kFirst = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:WEB_KEY"
)";
const char* kSecond = R"(tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "web"
write_key = "env:OTHER_KEY"
)";

ConfigKeeper::Chunks chunks_of(EventLog& log) {
  return [&log](PartitionId p) { return std::vector<Offset>{log.begin(p)}; };
}

class ConfigKeeperTest : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context, clock, std::move(task));
  }
  // How many configuration records a partition holds, and the digest of the last.
  std::pair<std::size_t, std::string> in_partition(std::uint16_t p) {
    ReadLimits limits;
    limits.streams = stream_bit(Stream::control);
    auto slice = run(log.read(PartitionId{p}, log.begin(PartitionId{p}), limits));
    std::string digest;
    for (const auto& record : slice->records) {
      const auto control = decode_control(record.header.type, record.body);
      digest = std::get<ConfigApplied>(*control).digest;
    }
    return {slice->records.size(), digest};
  }

  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  std::vector<Manifest> installed;
};

TEST_F(ConfigKeeperTest, AppliesToEveryPartitionOnce) {
  ConfigKeeper keeper(log, clock, installed, chunks_of(log));
  const auto first = run(keeper.apply(kFirst, "a.toml", "test"));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->check.errors.empty());
  EXPECT_TRUE(first->applied);
  const auto again = run(keeper.apply(kFirst, "a.toml", "test"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->applied);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ(in_partition(p), std::pair(std::size_t{1}, first->check.digest)) << p;
  }
}

TEST_F(ConfigKeeperTest, CompletesWhatACrashLeftInSomePartitions) {
  ConfigKeeper keeper(log, clock, installed, chunks_of(log));
  ASSERT_TRUE(run(keeper.apply(kFirst, "a.toml", "test")));
  clock.advance_by(seconds{1});
  // The second configuration reached partitions 3 and 9 only.
  auto records = testing::config_records(kSecond);
  std::vector<NewRecord> some{records[3], records[9]};
  for (auto& record : some) record.header.occurred = clock.now();
  ASSERT_TRUE(run(log.append(some, AppendClass::essential, AppendWait::durable)));

  ConfigKeeper restarted(log, clock, installed, chunks_of(log));
  ASSERT_TRUE(run(restarted.restore()));
  EXPECT_EQ(restarted.status().digest, digest_hex(kSecond));
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ(in_partition(p), std::pair(std::size_t{2}, digest_hex(kSecond))) << p;
  }
}

TEST_F(ConfigKeeperTest, WhatIsRestatedForTrimmingIsNoOtherConfiguration) {
  ConfigKeeper keeper(log, clock, installed, chunks_of(log));
  ASSERT_TRUE(run(keeper.apply(kFirst, "a.toml", "test")));
  const Time applied = keeper.status().applied;
  clock.advance_by(seconds{60});
  ASSERT_TRUE(run(keeper.restate(PartitionId{0})));
  EXPECT_EQ(in_partition(0).first, 2u);
  EXPECT_EQ(in_partition(1).first, 1u);
  PageQuery all;
  all.limit = 10;
  EXPECT_EQ(run(keeper.history(all))->data.size(), 1u);
  // From chunks of which only the newest holds it.
  const Offset newest = log.end(PartitionId{0});
  ASSERT_TRUE(run(keeper.restate(PartitionId{0})));
  ConfigKeeper restarted(log, clock, installed, [&](PartitionId p) {
    const Offset begin = log.begin(p);
    return p == PartitionId{0} ? std::vector<Offset>{begin, newest, newest} : std::vector{begin};
  });
  ASSERT_TRUE(run(restarted.restore()));
  EXPECT_EQ(restarted.status().digest, digest_hex(kFirst));
  EXPECT_EQ(restarted.status().applied, applied);
}

TEST_F(ConfigKeeperTest, ALogOfManyChunksIsReadToItsBeginWhereItMustBe) {
  ConfigKeeper keeper(log, clock, installed, chunks_of(log));
  ASSERT_TRUE(run(keeper.apply(kFirst, "a.toml", "test")));
  ConfigKeeper restarted(log, clock, installed, [&](PartitionId p) {
    return std::vector<Offset>{log.begin(p), log.end(p), log.end(p)};
  });
  ASSERT_TRUE(run(restarted.restore()));
  EXPECT_EQ(restarted.status().digest, digest_hex(kFirst));
}

TEST_F(ConfigKeeperTest, RefusesAnotherWorkspaceInTheSameFolder) {
  ConfigKeeper keeper(log, clock, installed, chunks_of(log));
  ASSERT_TRUE(run(keeper.apply(kFirst, "a.toml", "test")));
  std::string other = kFirst;
  other.replace(other.find("main"), 4, "next");
  const auto refused = run(keeper.apply(other, "b.toml", "test"));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->applied);
  ASSERT_EQ(refused->check.errors.size(), 1u);
  EXPECT_EQ(refused->check.errors[0].kind, ErrorKind::conflict);
}

}  // namespace
}  // namespace tenon::app
