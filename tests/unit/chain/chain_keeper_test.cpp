// The chain in the log: goes on after a start, is written in order, and waits out what fails.
#include "chain/chain_keeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "event/vault_changed.hpp"
#include "support/sim_task.hpp"

namespace tenon::testing {
namespace {

class Chained : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void TearDown() override { end(); }
  void end() {
    if (!scope_) return;
    scope_->cancel();
    run(joined());
    scope_.reset();
  }
  Task<bool> flushed() {
    co_await keeper_->flush();
    co_return true;
  }
  Task<void> count_refused(std::size_t& refused) {
    auto noting = keeper_->note(access("waits"), "");
    const auto noted = co_await std::move(noting);
    if (!noted && noted.error().kind == ErrorKind::limited) ++refused;
  }
  Task<bool> joined() {
    co_await scope_->join();
    co_return true;
  }
  void start(std::uint64_t workspace = 2) {
    end();
    keeper_ = std::make_unique<ChainKeeper>(context_.get_executor(), log_, clock_, telemetry_,
                                            [this](PartitionId) { return chunks_; });
    ASSERT_TRUE(run(keeper_->restore(NameHash{1}, NameHash{workspace})));
    keeper_->use(*ChainKey::of(Secret(std::string(kChainKeyBytes, 'k'))));
    scope_ = std::make_unique<Scope>(context_.get_executor());
    scope_->spawn(keeper_->run(), "chain");
    scope_->spawn(keeper_->look(), "chain.look");
    pass(seconds{2});
  }
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context_, clock_, std::move(task), seconds{120});
  }
  void pass(MonotonicClock::duration time) {
    sim_run(context_, clock_, clock_.instant() + time, [] { return false; });
  }
  static AuditEntry access(const std::string& target, std::uint32_t status = 200) {
    AuditEntry entry;
    entry.at = time_from_us(1'767'225'600'000'000);
    entry.actor = "uid:7";
    entry.act = "GET /api/v1/events/*";
    entry.target = target;
    entry.status = status;
    return entry;
  }
  std::vector<AuditEntry> all(AuditQuery query = {}) { return *run(keeper_->list(query)); }
  ChainReport verify() { return *run(keeper_->verify(std::nullopt)); }

  const PartitionId kFirst{0};
  boost::asio::io_context context_;
  SimClock clock_;
  MemoryEventLog log_{context_.get_executor(), LogId{7}, clock_};
  RecordingTelemetry telemetry_;
  std::vector<Offset> chunks_{log_.begin(kFirst)};
  std::unique_ptr<ChainKeeper> keeper_;
  std::unique_ptr<Scope> scope_;
};

TEST_F(Chained, AnActIsOnDiskBeforeItGoesOn) {
  const auto sequence = run(keeper_->note(access("a", 0), "the body"));
  ASSERT_TRUE(sequence);
  EXPECT_EQ(*sequence, 2u);  // the start of the host is the first
  const auto entries = all();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].act, "host.start");
  EXPECT_EQ(entries[0].target, "a");
  EXPECT_NE(entries[0].body, Digest128{});
  EXPECT_TRUE(verify().whole());
}

TEST_F(Chained, GoesOnAfterAStart) {
  ASSERT_TRUE(run(keeper_->note(access("a"), "")));
  const auto head = keeper_->head();
  start();
  EXPECT_EQ(keeper_->head().sequence, head.sequence + 1);
  ASSERT_TRUE(run(keeper_->note(access("b"), "")));
  const auto report = verify();
  EXPECT_TRUE(report.whole()) << report.broken;
  EXPECT_EQ(report.entries, 4u);
  EXPECT_EQ(report.head, keeper_->head());
}

TEST_F(Chained, AnotherWorkspaceHasAChainOfItsOwn) {
  ASSERT_TRUE(run(keeper_->note(access("a"), "")));
  start(3);
  EXPECT_EQ(verify().entries, 1u);
  EXPECT_TRUE(verify().whole());
}

TEST_F(Chained, WhatIsAlikeIsCounted) {
  for (int i = 0; i < 10; ++i) keeper_->tell(access("a"));
  pass(seconds{2});
  EXPECT_EQ(all().size(), 2u);
  pass(seconds{60});
  const auto entries = all();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].count + entries[1].count, 10u);
  EXPECT_TRUE(verify().whole());
}

TEST_F(Chained, NothingToldIsLeftAtTheEnd) {
  for (int i = 0; i < 700; ++i) keeper_->tell(access(std::to_string(i % 350)));
  EXPECT_TRUE(run(flushed()));
  std::uint64_t counted = 0;
  for (const auto& entry : all(AuditQuery{{}, "uid:7", false, 0, 5'000})) counted += entry.count;
  EXPECT_EQ(counted, 700u);
  EXPECT_TRUE(verify().whole());
}

TEST_F(Chained, EachChunkHoldsAnEntry) {
  chunks_.push_back(log_.end(kFirst));
  pass(seconds{2});
  EXPECT_EQ(all()[0].act, "log.chunk");
  pass(seconds{10});
  EXPECT_EQ(all().size(), 2u);
}

TEST_F(Chained, ListsWhatIsAskedFor) {
  keeper_->tell(access("a"));
  keeper_->tell(access("b", 403));
  pass(seconds{2});
  AuditQuery query;
  query.refused = true;
  ASSERT_EQ(all(query).size(), 1u);
  EXPECT_EQ(all(query)[0].target, "b");
  query = {};
  query.actor = "uid:7";
  query.limit = 1;
  ASSERT_EQ(all(query).size(), 1u);
  EXPECT_EQ(all(query)[0].target, "b");  // the newest first
  query.before = all(query)[0].sequence;
  EXPECT_EQ(all(query)[0].target, "a");
  query.since = clock_.now() + seconds{9};
  EXPECT_TRUE(all(query).empty());
}

TEST_F(Chained, TheHeadIsSaidNowAndThen) {
  const auto said = [this] {
    std::size_t count = 0;
    for (const auto& line : telemetry_.lines) count += line.event == "audit.head" ? 1 : 0;
    return count;
  };
  const auto before = said();
  ASSERT_TRUE(run(keeper_->note(access("a"), "")));
  pass(seconds{61});
  EXPECT_EQ(said(), before + 1);
  pass(seconds{600});
  EXPECT_EQ(said(), before + 1);
}

// An error other than a full log: who waits is told, what was told stays, and the chain goes on
// where it stood.
TEST_F(Chained, WhatTheLogRefusesIsToldOrKept) {
  const auto head = keeper_->head();
  log_.refuse(AppendClass::essential, unavailable("the log does not answer"));
  keeper_->tell(access("told"));
  EXPECT_FALSE(run(keeper_->note(access("noted"), "")));
  EXPECT_EQ(keeper_->head(), head);
  log_.refuse(AppendClass::essential, std::nullopt);
  pass(seconds{2});
  ASSERT_EQ(all().size(), 2u);
  EXPECT_EQ(all()[0].target, "told");
  ASSERT_TRUE(run(keeper_->note(access("later"), "")));
  EXPECT_TRUE(verify().whole()) << verify().broken;
}

TEST_F(Chained, ActsThatWaitHaveALimit) {
  scope_->cancel();
  run(joined());  // nobody writes
  Scope waiting(context_.get_executor());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kMaxAuditQueued + 3; ++i) {
    waiting.spawn(count_refused(refused), "waits");
  }
  pass(seconds{1});
  EXPECT_EQ(refused, 3u);
  waiting.cancel();
  run([](Scope& scope) -> Task<bool> {
    co_await scope.join();
    co_return true;
  }(waiting));
}

TEST_F(Chained, BytesThatAreNoEntryAreToldByTheirPlace) {
  NewRecord record;
  record.partition = kFirst;
  record.header.stream = Stream::audit;
  record.header.type = static_cast<std::uint16_t>(AuditType::entry);
  record.header.tenant = NameHash{1};
  record.header.workspace = NameHash{2};
  record.body = "nonsense";
  ASSERT_TRUE(run(log_.append({record}, AppendClass::essential, AppendWait::durable)));
  const auto report = verify();
  EXPECT_FALSE(report.whole());
  EXPECT_EQ(report.broken_at, 2u);
  EXPECT_FALSE(run(keeper_->list({})));
}

}  // namespace
}  // namespace tenon::testing
