// Every lease that may still have been used is known after a restart, whoever took it.
#include "egress/lease_book.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "async/scope.hpp"
#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/memory_state_store.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

class LeaseBookTest : public ::testing::Test {
 protected:
  void run(Task<Result<void>> task) {
    std::optional<Result<void>> out;
    auto keep = [](Task<Result<void>> inner, std::optional<Result<void>>* to) -> Task<void> {
      *to = co_await std::move(inner);
    };
    Scope scope(context.get_executor());
    scope.spawn(keep(std::move(task), &out), "test");
    sim_run(context, clock, clock.instant() + std::chrono::hours(1),
            [&] { return out.has_value(); });
    ASSERT_TRUE(out);
    EXPECT_TRUE(*out) << out->error().text();
  }
  Task<Result<void>> append(std::string bucket, std::uint32_t tokens) {
    Lease lease;
    lease.bucket = std::move(bucket);
    lease.tokens = tokens;
    lease.granted = clock.now();
    lease.expires = clock.now() + seconds(1);
    std::vector<NewRecord> records(1);
    records[0].partition =
        PartitionId(static_cast<std::uint16_t>(hash64(lease.bucket) % kPartitions));
    records[0].header.stream = Stream::lease;
    records[0].body = encode(lease);
    auto appended =
        co_await log.append(std::move(records), AppendClass::essential, AppendWait::durable);
    if (!appended) co_return Error(appended.error());
    co_return Result<void>();
  }
  void lease(const std::string& bucket, std::uint32_t tokens) { run(append(bucket, tokens)); }
  std::uint64_t total(LeaseBook& book, const std::string& bucket) {
    const auto all = book.leases();
    EXPECT_TRUE(all);
    std::uint64_t sum = 0;
    for (const auto& one : *all) sum += one.bucket == bucket ? one.tokens : 0;
    return sum;
  }

  boost::asio::io_context context{1};
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  MemoryStateStores stores;
};

TEST_F(LeaseBookTest, ARestartKnowsWhatWasLeasedOfEachBucket) {
  lease("crm/shared/default", 3);
  lease("crm/other/default", 4);
  {
    RateLimiter limiter(log, clock);
    LeaseBook book(log, stores, clock);
    run(book.restore(limiter));
    EXPECT_EQ(total(book, "crm/shared/default"), 3u);
  }
  clock.advance_by(seconds(2));
  lease("crm/shared/default", 5);
  RateLimiter limiter(log, clock);
  LeaseBook book(log, stores, clock);
  run(book.restore(limiter));
  EXPECT_EQ(total(book, "crm/shared/default"), 8u) << "each once, from state and log";
  EXPECT_EQ(total(book, "crm/other/default"), 4u);
  Ask ask;
  ask.queue = "crm/default";
  RateLimit row;
  row.limit = 8;
  row.window = milliseconds(60'000);
  ask.buckets.push_back({"crm/shared/default", {row}, 0});
  ask.flow.who = "sales";
  const Instant before = clock.instant();
  auto take = [](RateLimiter* from, Ask what) -> Task<Result<void>> {
    const auto got = co_await from->acquire(std::move(what), Instant::max());
    if (!got) co_return Error(got.error());
    co_return Result<void>();
  };
  run(take(&limiter, std::move(ask)));
  EXPECT_GT(clock.instant() - before, seconds(56)) << "all eight count as used";
}

TEST_F(LeaseBookTest, ADayOfLeasesIsAddedUpByTheMinuteAndThenForgotten) {
  RateLimiter limiter(log, clock);
  LeaseBook book(log, stores, clock);
  run(book.restore(limiter));
  for (int i = 0; i < 600; ++i) {
    lease("crm/a/default", 1);
    clock.advance_by(seconds(2));
    if (i % 100 == 99) run(book.catch_up());
  }
  EXPECT_EQ(total(book, "crm/a/default"), 600u);
  const auto all = book.leases();
  ASSERT_TRUE(all);
  EXPECT_LT(all->size(), 100u) << "sixty exact ones and eighteen minutes";
  for (const auto& one : *all) EXPECT_EQ(one.expires - one.granted, microseconds(seconds(1)));
  clock.advance_by(std::chrono::hours(26));
  lease("crm/a/default", 1);
  run(book.catch_up());
  run(book.catch_up());
  EXPECT_EQ(total(book, "crm/a/default"), 1u);
}

// What it says it needs it has not read; all before may be forgotten, also of a log that goes on.
TEST_F(LeaseBookTest, TheLogIsForgottenOnlyBehindIt) {
  const PartitionId home{
      static_cast<std::uint16_t>(hash64(std::string("crm/a/default")) % kPartitions)};
  RateLimiter limiter(log, clock);
  LeaseBook book(log, stores, clock);
  run(book.restore(limiter));
  lease("crm/a/default", 2);
  const Offset end = log.end(home);
  auto ask = [](LeaseBook* from, PartitionId p, Offset* out) -> Task<Result<void>> {
    const auto needed = co_await from->needed_from(p);
    if (!needed) co_return Error(needed.error());
    *out = *needed;
    co_return Result<void>();
  };
  Offset needed;
  run(ask(&book, home, &needed));
  EXPECT_EQ(needed, end) << "it has read what came meanwhile";
  ASSERT_TRUE(book.sync());
  run(log.trim(home, needed));
  clock.advance_by(seconds(2));
  lease("crm/a/default", 3);
  run(book.catch_up());
  EXPECT_EQ(total(book, "crm/a/default"), 5u);
  RateLimiter after(log, clock);
  LeaseBook restarted(log, stores, clock);
  run(restarted.restore(after));
  EXPECT_EQ(total(restarted, "crm/a/default"), 5u) << "the trimmed one is in the state";
}

TEST_F(LeaseBookTest, AStateOfAnotherLogIsReadAnew) {
  auto store = stores.open("limits");
  ASSERT_TRUE(store);
  StateBatch batch;
  batch.put("c" + std::string("\0\0", 2), std::string("\x7f\xff\xff\xff\xff\xff\xff\xff", 8));
  ASSERT_TRUE((*store)->commit(std::move(batch)));
  lease("crm/a/default", 2);
  RateLimiter limiter(log, clock);
  LeaseBook book(log, stores, clock);
  run(book.restore(limiter));
  EXPECT_EQ(total(book, "crm/a/default"), 2u);
}

}  // namespace
}  // namespace tenon
