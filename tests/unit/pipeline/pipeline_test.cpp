// The pipeline over a log in memory: decisions, dedupe, configuration in order, restarts.
#include "pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/memory_state_store.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "tests/support/events.hpp"

namespace tenon::pipeline {
namespace {

using testing::EventSpec;
using testing::kWorkspaceToml;

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() { append(testing::config_records(kWorkspaceToml)); }
  ~PipelineTest() override { stop(); }

  void append(std::vector<NewRecord> records) {
    bool done = false;
    auto task = [](MemoryEventLog& log, std::vector<NewRecord> records, bool& done) -> Task<void> {
      auto offsets =
          co_await log.append(std::move(records), AppendClass::event, AppendWait::durable);
      EXPECT_TRUE(offsets);
      done = true;
    };
    Scope scope(context.get_executor());
    scope.spawn(task(log, std::move(records), done), "append");
    sim_run(context, clock, clock.instant(), [&] { return done; });
    ASSERT_TRUE(done);
  }
  void append_event(const EventSpec& spec) {
    std::vector<NewRecord> one;
    one.push_back(testing::raw_record(spec));
    append(std::move(one));
  }
  void start() {
    pipeline = std::make_unique<Pipeline>(log, stores, clock, telemetry);
    ASSERT_TRUE(pipeline->open());
    scope = std::make_unique<Scope>(context.get_executor());
    pipeline->start(*scope, [this](Error error) { fatal = error.text(); });
  }
  void stop() {
    if (!scope) return;
    scope->cancel();
    sim_run(context, clock, clock.instant(), [&] { return scope->running() == 0; });
    EXPECT_TRUE(pipeline->flush());
    scope.reset();
    pipeline.reset();
  }
  // Without flushing: what a kill leaves.
  void kill() {
    scope->cancel();
    sim_run(context, clock, clock.instant(), [&] { return scope->running() == 0; });
    scope.reset();
    pipeline.reset();
  }
  void settle() {
    const auto until = clock.instant() + seconds{5};
    sim_run(context, clock, until, [&] { return pipeline->idle(); });
    EXPECT_EQ(fatal, "");
    EXPECT_TRUE(pipeline->idle());
  }
  std::vector<Decision> decisions(PartitionId partition) {
    std::vector<Decision> found;
    bool done = false;
    auto task = [](MemoryEventLog& log, PartitionId p, std::vector<Decision>& found,
                   bool& done) -> Task<void> {
      ReadLimits limits;
      limits.max_records = 100'000;
      limits.streams = stream_bit(Stream::decision);
      auto slice = co_await log.read(p, log.begin(p), limits);
      for (const auto& record : slice->records) found.push_back(*decode_decision(record.body));
      done = true;
    };
    Scope reading(context.get_executor());
    reading.spawn(task(log, partition, found, done), "read");
    sim_run(context, clock, clock.instant(), [&] { return done; });
    return found;
  }
  std::vector<DecidedEvent> all_decided() {
    std::vector<DecidedEvent> events;
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      for (const auto& decision : decisions(PartitionId{p})) {
        events.insert(events.end(), decision.events.begin(), decision.events.end());
      }
    }
    return events;
  }
  std::map<EventFate, std::uint64_t> counted() {
    CompletenessCounts all;
    for (const auto& [key, row] : rows()) all.add(row);
    std::map<EventFate, std::uint64_t> totals;
    if (all.routed > 0) totals[EventFate::routed] = all.routed;
    if (all.no_route > 0) totals[EventFate::no_route] = all.no_route;
    if (all.duplicate > 0) totals[EventFate::duplicate] = all.duplicate;
    if (all.invalid > 0) totals[EventFate::invalid] = all.invalid;
    return totals;
  }
  CompletenessRows rows() {
    CompletenessRows rows;
    EXPECT_TRUE(pipeline->count_into(rows, HourRange{}));
    return rows;
  }

  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  MemoryStateStores stores;
  SilentTelemetry telemetry;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Scope> scope;
  std::string fatal;
};

TEST_F(PipelineTest, RoutesAnEventAndSaysWhereTo) {
  start();
  append_event({});
  settle();
  const auto events = all_decided();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].fate, EventFate::routed);
  ASSERT_EQ(events[0].deliveries.size(), 1u);
  EXPECT_EQ(events[0].deliveries[0].destination, "hook");
  EXPECT_EQ(events[0].deliveries[0].action, "send");
  EXPECT_EQ(events[0].deliveries[0].route, "tracks");
  EXPECT_EQ(events[0].deliveries[0].fate, DeliveryFate::deliver);
}

// What a trimmed log no longer tells is not missed: its first records are decided further on.
TEST_F(PipelineTest, AStateIsBuiltAgainFromALogThatBeginsBeforeAConfiguration) {
  start();
  EventSpec old;
  append_event(old);
  settle();
  const PartitionId partition = testing::partition_of(testing::raw_record(old).header.key);
  append(testing::config_records(kWorkspaceToml));
  EventSpec young = old;
  young.message_id = "young";
  append_event(young);
  settle();
  kill();
  // Without the first configuration, the old event is the first record.
  bool done = false;
  auto trim = [](MemoryEventLog& log, PartitionId p, bool& done) -> Task<void> {
    ReadLimits raw;
    raw.streams = stream_bit(Stream::raw);
    const auto slice = co_await log.read(p, log.begin(p), raw);
    EXPECT_TRUE(co_await log.trim(p, slice->records.front().offset));
    done = true;
  };
  Scope trimming(context.get_executor());
  trimming.spawn(trim(log, partition, done), "trim");
  sim_run(context, clock, clock.instant(), [&] { return done; });
  MemoryStateStores fresh;
  pipeline = std::make_unique<Pipeline>(log, fresh, clock, telemetry);
  ASSERT_TRUE(pipeline->open());
  scope = std::make_unique<Scope>(context.get_executor());
  pipeline->start(*scope, [this](Error error) { fatal = error.text(); });
  settle();
  EXPECT_EQ(counted()[EventFate::routed], 2u);
  append_event(young);
  settle();
  EXPECT_EQ(counted()[EventFate::duplicate], 1u);
  stop();
}

TEST_F(PipelineTest, SaysSoWhenNoRouteMatches) {
  start();
  EventSpec page;
  page.type = "page";
  append_event(page);
  settle();
  const auto events = all_decided();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].fate, EventFate::no_route);
}

TEST_F(PipelineTest, FindsDuplicatesInASliceAndAcrossSlicesAndRestarts) {
  // Two in one slice, before the pipeline runs; one in a later slice; one after a restart.
  append_event({});
  append_event({});
  start();
  settle();
  append_event({});
  settle();
  stop();
  start();
  append_event({});
  settle();
  const auto events = all_decided();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].fate, EventFate::routed);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(events[i].fate, EventFate::duplicate) << i;
    EXPECT_EQ(events[i].first, events[0].offset) << i;
  }
  EXPECT_EQ(counted()[EventFate::routed], 1u);
  EXPECT_EQ(counted()[EventFate::duplicate], 3u);
}

TEST_F(PipelineTest, TheSameIdInAnotherSourceIsNoDuplicate) {
  start();
  append_event({});
  EventSpec other;
  other.source = "unknown-now";
  append_event(other);
  settle();
  for (const auto& event : all_decided()) EXPECT_NE(event.fate, EventFate::duplicate);
}

TEST_F(PipelineTest, ForgetsIdsAfterTheWindow) {
  start();
  append_event({});
  settle();
  clock.advance_by(std::chrono::hours{24 * 8});
  append_event({});
  settle();
  const auto events = all_decided();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].fate, EventFate::routed);
}

TEST_F(PipelineTest, AKilledRunDecidesNothingTwice) {
  start();
  for (int i = 0; i < 300; ++i) {
    EventSpec spec;
    spec.user = "u" + std::to_string(i % 40);
    spec.message_id = "m" + std::to_string(i);
    append_event(spec);
    if (i % 50 == 49) {
      kill();  // at once: some decisions are in the log and not in the state
      start();
    }
  }
  settle();
  const auto events = all_decided();
  EXPECT_EQ(events.size(), 300u);
  std::set<std::pair<std::uint64_t, std::uint64_t>> once;
  for (const auto& event : events) {
    EXPECT_EQ(event.fate, EventFate::routed);
    EXPECT_TRUE(once.insert({event.key.value, event.offset.value}).second);
  }
  EXPECT_EQ(counted()[EventFate::routed], 300u);
}

TEST_F(PipelineTest, AStateThatIsGoneIsRebuiltToTheSame) {
  start();
  for (int i = 0; i < 100; ++i) {
    EventSpec spec;
    spec.user = "u" + std::to_string(i % 7);
    spec.message_id = "m" + std::to_string(i % 60);
    append_event(spec);
  }
  settle();
  stop();
  std::vector<StateMap> before;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    before.push_back(
        stores.contents("partition-" + std::string(p < 10 ? "0" : "") + std::to_string(p)));
  }
  stores.forget();
  start();
  settle();
  stop();
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    auto after = stores.contents("partition-" + std::string(p < 10 ? "0" : "") + std::to_string(p));
    auto wanted = before[p];
    after.erase("c");  // where the reader happened to stand when it stopped
    wanted.erase("c");
    EXPECT_EQ(after, wanted) << p;
  }
}

TEST_F(PipelineTest, AConfigurationCountsFromItsPlaceInTheLog) {
  append_event({});
  std::string toml = kWorkspaceToml;
  const auto at = toml.find("type = \"track\"");
  toml.replace(at, 14, "type = \"group\"");
  append(testing::config_records(toml));
  EventSpec second;
  second.message_id = "m2";
  append_event(second);
  start();
  settle();
  const auto events = all_decided();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].fate, EventFate::routed);
  EXPECT_EQ(events[1].fate, EventFate::no_route);
}

TEST_F(PipelineTest, FindsAnEventByItsMessageId) {
  start();
  append_event({});
  settle();
  std::vector<EventId> found;
  bool done = false;
  auto task = [](Pipeline& pipeline, std::vector<EventId>& found, bool& done) -> Task<void> {
    auto result = co_await pipeline.find_message("web", "m1");
    EXPECT_TRUE(result);
    found = *result;
    done = true;
  };
  scope->spawn(task(*pipeline, found, done), "find");
  sim_run(context, clock, clock.instant(), [&] { return done; });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].offset, all_decided()[0].offset);
}

TEST_F(PipelineTest, LargeBacklogsAreDecidedInSlicesWithinTheLimits) {
  std::vector<NewRecord> many;
  for (int i = 0; i < 2'500; ++i) {
    EventSpec spec;
    spec.message_id = "m" + std::to_string(i);
    many.push_back(testing::raw_record(spec));
  }
  append(std::move(many));
  start();
  settle();
  std::size_t total = 0;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    for (const auto& decision : decisions(PartitionId{p})) {
      EXPECT_LE(decision.events.size(), kMaxSliceEvents);
      total += decision.events.size();
    }
  }
  EXPECT_EQ(total, 2'500u);
}

TEST_F(PipelineTest, CountsWhatItDecidedForEachDestinationOverAKill) {
  start();
  for (int i = 0; i < 6; ++i) {
    EventSpec spec;
    spec.message_id = "m" + std::to_string(i % 4);
    append_event(spec);
  }
  settle();
  for (int life = 0; life < 2; ++life) {
    CompletenessCounts all;
    std::uint64_t to_hook = 0;
    for (const auto& [key, row] : rows()) {
      EXPECT_TRUE(row.remainder() == 0 || !key.destination.empty());
      all.add(row);
      if (key.destination == "hook") to_hook += row.decided;
    }
    EXPECT_EQ(all.received, 6u);
    EXPECT_EQ(all.duplicate, 2u);
    EXPECT_EQ(to_hook, 4u);
    EXPECT_EQ(*pipeline->decided_counted_from(), Time{}) << "from the first event on";
    if (life > 0) break;
    kill();
    start();
    settle();
  }
}

TEST_F(PipelineTest, AStateOfBeforeSuchCountsIsBroughtUpToDate) {
  start();
  append_event(EventSpec{});
  settle();
  stop();
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    char name[16];
    std::snprintf(name, sizeof name, "partition-%02u", static_cast<unsigned>(p));
    auto store = *stores.open(name);
    StateBatch batch;
    const auto cursor = *store->get("c");
    if (cursor) batch.put("c", cursor->substr(0, 16));
    for (const char* kind : {"n", "v"}) {
      const auto entries = store->scan(kind, end_of_prefix(kind), 100);
      ASSERT_TRUE(entries);
      for (const auto& entry : *entries) {
        const bool fresh = *kind == 'v' || static_cast<std::uint8_t>(entry.key.back()) == 254;
        if (fresh) batch.erase(entry.key);
      }
    }
    ASSERT_TRUE(store->commit(std::move(batch)));
  }
  start();
  EventSpec second;
  second.message_id = "second";
  append_event(second);
  settle();
  CompletenessCounts events;
  for (const auto& [key, row] : rows()) {
    if (key.destination.empty()) events.add(row);
  }
  EXPECT_EQ(events.received, 2u);
  EXPECT_EQ(events.remainder(), 0);
  EXPECT_GT(*pipeline->decided_counted_from(), clock.now())
      << "the hour of the change is not whole";
}

}  // namespace
}  // namespace tenon::pipeline
