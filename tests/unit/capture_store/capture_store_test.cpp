// The store of captures: what it keeps and for how long, and what it is asked for.
#include "store_world.hpp"

#include "backends/capture_store/sampling.hpp"

namespace tenon {
namespace {

using test::Names;
using test::sample_capture;
using test::StoreWorld;

TEST(CaptureStore, KeepsCallsOverARestart) {
  StoreWorld world;
  auto& store = world.opened();
  ASSERT_TRUE(store.wants("sales", "att_1"));
  store.take(world.good("att_1"));
  store.take(world.bad("att_2"));
  EXPECT_EQ(world.attempts(), (Names{"att_2", "att_1"}));
  auto& again = world.opened();
  EXPECT_EQ(world.attempts(), (Names{"att_2", "att_1"}));
  const auto line = again.read("att_1");
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(*line, to_json_line(world.good("att_1")));
  const auto info = again.list({})[0];
  EXPECT_EQ(info.release, "crm@1.0.0");
  EXPECT_EQ(info.destination, "sales");
  EXPECT_EQ(info.op, "deliver");
  EXPECT_EQ(info.records, 2u);
  EXPECT_EQ(info.steps, 2u);
  EXPECT_TRUE(info.failed);
  EXPECT_EQ(again.read("att_3").error().kind, ErrorKind::not_found);
  // What is new goes into a file of its own, and the old one stays as it was.
  again.take(world.good("att_3"));
  EXPECT_EQ(world.files().size(), 2u);
  EXPECT_EQ(world.attempts(), (Names{"att_3", "att_2", "att_1"}));
}

TEST(CaptureStore, NothingOfACallCanBeReadOnDisk) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  store.take(world.bad("att_2"));
  ASSERT_EQ(world.files().size(), 1u);
  const std::string bytes = world.bytes_of(world.files()[0]);
  for (const char* word : {"ada@example.org", "sales", "crm@1.0.0", "att_", "acme", "records"}) {
    EXPECT_EQ(bytes.find(word), std::string::npos) << word;
  }
}

TEST(CaptureStore, IsAskedByEachFilter) {
  StoreWorld world;
  auto& store = world.opened();
  auto other = world.good("att_1");
  other.destination = "support";
  other.release = "desk@2.0.0";
  const EventId event{LogId{7}, PartitionId{3}, Offset{99}, 1};
  other.records[1].id = to_text(event);
  store.take(other);
  world.now += std::chrono::minutes(1);
  store.take(world.bad("att_2"));
  store.take(world.good("att_3"));
  CaptureQuery query;
  query.destination = "support";
  EXPECT_EQ(world.attempts(query), Names{"att_1"});
  query = {};
  query.connector = "crm";
  EXPECT_EQ(world.attempts(query), (Names{"att_3", "att_2"}));
  query = {};
  query.release = "desk@2.0.0";
  EXPECT_EQ(world.attempts(query), Names{"att_1"});
  query = {};
  query.failed = true;
  EXPECT_EQ(world.attempts(query), Names{"att_2"});
  query = {};
  query.since = world.now;
  EXPECT_EQ(world.attempts(query), (Names{"att_3", "att_2"}));
  query = {};
  query.delivery = delivery_id_of("support", event, "upsert");
  EXPECT_EQ(world.attempts(query), Names{"att_1"});
  query.delivery = delivery_id_of("sales", event, "upsert");
  EXPECT_EQ(world.attempts(query), Names{});
  query = {};
  query.limit = 2;
  const auto first = store.list(query);
  ASSERT_EQ(first.size(), 2u);
  query.before = first[1].place;
  ASSERT_EQ(store.list(query).size(), 1u);
  EXPECT_EQ(store.list(query)[0].attempt, "att_1");
}

TEST(CaptureStore, FailuresAreKeptWhateverTheSample) {
  StoreWorld world;
  auto settings = StoreWorld::settings();
  settings.sample = 0;
  auto& store = world.opened(std::move(settings));
  store.take(world.good("att_1"));
  store.take(world.bad("att_2"));
  auto dead = world.good("att_3");
  dead.failure = "worker_died";
  store.take(dead);
  auto silent = world.good("att_4");
  silent.steps[1].outcomes.pop_back();  // nobody said what became of the second record
  store.take(silent);
  auto waiting = world.good("att_5");
  waiting.failure = "worker_backing_off";
  waiting.steps.resize(1);  // nothing was run
  store.take(waiting);
  EXPECT_EQ(world.attempts(), (Names{"att_4", "att_3", "att_2"}));
}

TEST(CaptureStore, TheSampleIsAShareAndAlwaysTheSame) {
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string attempt = "att_" + std::to_string(i);
    taken += is_sampled(attempt, 0.3) ? 1 : 0;
    EXPECT_FALSE(is_sampled(attempt, 0));
    EXPECT_TRUE(is_sampled(attempt, 1));
    // A larger share has all of a smaller one.
    EXPECT_TRUE(!is_sampled(attempt, 0.3) || is_sampled(attempt, 0.4)) << attempt;
  }
  EXPECT_NEAR(taken, 3'000, 200);
  EXPECT_TRUE(is_sampled("att_1", 0.5) == is_sampled("att_1", 0.5));
}

TEST(CaptureStore, TheOldestGoFirstAndTheBudgetIsKept) {
  StoreWorld world;
  auto settings = StoreWorld::settings();
  settings.keep.budget = 4u << 20;
  auto& store = world.opened(std::move(settings));
  for (int i = 0; i < 60; ++i) store.take(world.good("att_" + std::to_string(i), 300'000));
  const auto status = store.status();
  EXPECT_LE(status.bytes, 4u << 20);
  EXPECT_GT(status.bytes, 2u << 20);
  EXPECT_EQ(world.disk.used().count, status.bytes);
  const auto left = world.attempts();
  ASSERT_GT(left.size(), 10u);
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i], "att_" + std::to_string(59 - i));
  }
  EXPECT_TRUE(store.read(left.back()));
  // A smaller budget counts at once.
  auto smaller = StoreWorld::settings();
  smaller.keep.budget = 2u << 20;
  store.use(std::move(smaller), world.now);
  EXPECT_LE(store.status().bytes, 2u << 20);
}

TEST(CaptureStore, NoCallIsKeptLongerThanItMay) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  world.now += std::chrono::hours(24 * 6);
  store.take(world.good("att_2"));
  EXPECT_EQ(world.files().size(), 2u);  // so that the first can go without the second
  store.expire(world.now);
  EXPECT_EQ(world.attempts(), (Names{"att_2", "att_1"}));
  world.now += std::chrono::hours(24) + seconds(1);
  store.expire(world.now);
  EXPECT_EQ(world.attempts(), Names{"att_2"});
  EXPECT_EQ(world.files().size(), 1u);
  // A host that was down does not keep them longer.
  world.now += std::chrono::hours(24 * 30);
  world.opened();
  EXPECT_TRUE(world.files().empty());
}

TEST(CaptureStore, ACallThatIsTooLargeIsCounted) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1", kMaxCapturedCallBytes + 1));
  auto escaped = world.good("att_2");
  escaped.records[0].body.assign(2u << 20, '\x01');  // six bytes each in JSON
  store.take(escaped);
  store.take(world.good("att_3"));
  EXPECT_EQ(world.attempts(), Names{"att_3"});
  EXPECT_EQ(store.status().too_large, 2u);
  EXPECT_EQ(world.telemetry.total("capture_dropped"), 2);
}

TEST(CaptureStore, OffMeansThatNothingIsKept) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  store.pause("the vault is closed");
  EXPECT_FALSE(store.wants("sales", "att_2"));
  store.take(world.good("att_2"));
  EXPECT_EQ(store.status().off_because, "the vault is closed");
  EXPECT_EQ(world.files().size(), 1u);
  EXPECT_EQ(store.read("att_1").error().kind, ErrorKind::not_found);
  store.use(StoreWorld::settings(), world.now);
  EXPECT_TRUE(store.read("att_1"));
  EXPECT_FALSE(store.read("att_2"));
  store.remove_all();
  EXPECT_TRUE(world.files().empty());
  EXPECT_EQ(store.status().calls, 0u);
  EXPECT_EQ(world.lines("capture.removed"), 1);
}

TEST(CaptureStore, WritesOnAThreadOfItsOwn) {
  StoreWorld world;
  SilentTelemetry silent;
  {
    CaptureStore store(world.disk, silent, "data/captures", {});
    store.use(StoreWorld::settings(), world.now);
    for (int i = 0; i < 100; ++i) store.take(world.good("att_" + std::to_string(i)));
    store.flush();
    EXPECT_EQ(store.status().kept, 100u);
    for (int i = 100; i < 200; ++i) store.take(world.good("att_" + std::to_string(i)));
  }  // what waits is written
  world.opened();
  EXPECT_EQ(world.attempts().size(), 200u);
}

TEST(CaptureStore, WhatWaitsIsBounded) {
  StoreWorld world;
  SilentTelemetry silent;
  CaptureStore store(world.disk, silent, "data/captures", {});
  store.use(StoreWorld::settings(), world.now);
  auto large = world.good("att_large");
  large.records[0].body.assign(4u << 20, 'x');
  constexpr std::uint64_t kTaken = 16;  // 64 MiB, taken faster than they can be written
  for (std::uint64_t i = 0; i < kTaken; ++i) {
    auto call = large;
    call.attempt += std::to_string(i);
    store.take(std::move(call));
  }
  store.flush();
  const auto status = store.status();
  EXPECT_GT(status.too_many, 0u);
  EXPECT_EQ(status.kept + status.too_many, kTaken);
}

}  // namespace
}  // namespace tenon
