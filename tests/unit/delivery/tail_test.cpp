// Each destination gets each record that concerns it once and in order, however often it is behind.
#include "delivery/tail.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "backends/memory/memory_event_log.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_run.hpp"
#include "event/attempt.hpp"

namespace tenon::delivery {
namespace {

const PartitionId kOne{3};
constexpr std::array kLines{Line::decisions, Line::others};

// Takes what it has room for, and reads for itself while it is behind, as a Runner does.
class Taker final : public Follower {
 public:
  Taker(std::string name, Tail& tail, EventLog& log, const boost::asio::any_io_executor& executor)
      : name_(std::move(name)), tail_(tail), log_(log), changed_(executor) {
    at_.fill(log.begin(kOne));
  }

  const std::string& destination() const override { return name_; }
  Offset place(Line line, PartitionId) const override { return at_[index(line)]; }
  Result<void> take(Line line, PartitionId, const Record& record) override {
    taken_[index(line)].push_back(record.offset);
    handed += reading_ ? 0 : 1;
    if (line == Line::decisions && room > 0) --room;
    return {};
  }
  Result<bool> taken(Line line, PartitionId, Offset next, bool) override {
    EXPECT_GE(next, at_[index(line)]);
    at_[index(line)] = next;
    ++turns;
    if (line == Line::others || room > 0) return true;
    member_ = false;
    changed_.notify();
    return false;
  }

  void give_room(std::size_t more) {
    room += more;
    changed_.notify();
  }
  Task<void> follow(Line line) {
    for (;;) {
      while (line == Line::decisions && room == 0) co_await changed_.wait();
      if (tail_.join(line, kOne, *this)) {
        if (line == Line::others) co_return;
        member_ = true;
        while (member_) co_await changed_.wait();
        continue;
      }
      ReadLimits limits;
      limits.streams = limits_of(line).streams;
      limits.max_records = 2;
      const auto slice = co_await log_.read(kOne, at_[index(line)], limits);
      reading_ = true;
      for (const auto& record : slice->records) {
        if (!concerns(record)) continue;
        EXPECT_TRUE(take(line, kOne, record));
      }
      reading_ = false;
      at_[index(line)] = slice->next;
    }
  }
  bool concerns(const Record& record) const {
    if (record.header.stream != Stream::attempt) return true;
    return destination_of_attempt(record.body) == name_;
  }
  const std::vector<Offset>& of(Line line) const { return taken_[index(line)]; }

  std::size_t room = 0, handed = 0, turns = 0;

 private:
  static std::size_t index(Line line) { return line == Line::decisions ? 0 : 1; }

  std::string name_;
  Tail& tail_;
  EventLog& log_;
  Signal changed_;
  bool member_ = false, reading_ = false;
  std::array<Offset, 2> at_;
  std::array<std::vector<Offset>, 2> taken_;
};

struct TailWorld {
  explicit TailWorld(std::size_t count) {
    tail.start(scope);
    for (std::size_t i = 0; i < count; ++i) add("d" + std::to_string(i));
  }
  ~TailWorld() {
    scope.cancel();
    settle();
  }
  Taker& add(const std::string& name) {
    takers.push_back(std::make_unique<Taker>(name, tail, log, context.get_executor()));
    return *takers.back();
  }
  void begin(Taker& taker) {
    for (const Line line : kLines) scope.spawn(taker.follow(line), "taker");
  }
  void append(Stream stream, const std::string& whose) {
    NewRecord record;
    record.partition = kOne;
    record.header.stream = stream;
    AttemptBegin attempt;
    attempt.destination = whose;
    record.body = stream == Stream::attempt ? encode(attempt) : "what it says does not matter here";
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    scope.spawn(write(std::move(records)), "append");
  }
  Task<void> write(std::vector<NewRecord> records) {
    const auto done =
        co_await log.append(std::move(records), AppendClass::essential, AppendWait::durable);
    EXPECT_TRUE(done);
  }
  void settle() { sim_run(context, clock, clock.instant()); }
  // What a reader of its own finds for it.
  std::vector<Offset> all_for(const Taker& taker, Line line) {
    std::vector<Offset> out;
    ReadLimits limits;
    limits.streams = limits_of(line).streams;
    scope.spawn(read_all(taker, limits, out), "read");
    settle();
    return out;
  }
  Task<void> read_all(const Taker& taker, ReadLimits limits, std::vector<Offset>& out) {
    const auto slice = co_await log.read(kOne, log.begin(kOne), limits);
    for (const auto& record : slice->records) {
      if (taker.concerns(record)) out.push_back(record.offset);
    }
  }

  boost::asio::io_context context;
  SimClock clock;
  MemoryEventLog log{context.get_executor(), LogId{7}, clock};
  Scope scope{context.get_executor()};
  Tail tail{log, context.get_executor(), [](const Error& error) { FAIL() << error.text(); }};
  std::vector<std::unique_ptr<Taker>> takers;
};

TEST(tail, what_concerns_one_destination_is_handed_to_no_other) {
  TailWorld world(3);
  for (auto& taker : world.takers) world.begin(*taker);
  for (int i = 0; i < 10; ++i) world.append(Stream::attempt, "d1");
  world.append(Stream::attempt, "of-nobody-here");
  world.append(Stream::control, "");
  world.settle();
  EXPECT_EQ(world.takers[0]->handed, 1u);
  EXPECT_EQ(world.takers[1]->handed, 11u);
  EXPECT_EQ(world.takers[2]->handed, 1u);
  EXPECT_EQ(world.takers[0]->place(Line::others, kOne), world.log.end(kOne));
}

TEST(tail, who_has_no_room_leaves_and_the_others_go_on) {
  TailWorld world(2);
  Taker& slow = *world.takers[0];
  Taker& quick = *world.takers[1];
  slow.room = 1;
  quick.room = 1'000;
  for (auto& taker : world.takers) world.begin(*taker);
  for (int i = 0; i < 200; ++i) {
    world.append(Stream::decision, "");
    world.settle();
  }
  EXPECT_EQ(quick.handed, 200u);
  EXPECT_EQ(slow.of(Line::decisions).size(), 1u);
  slow.give_room(1'000);
  world.settle();
  EXPECT_EQ(slow.of(Line::decisions), quick.of(Line::decisions));
  // It has caught up, so from now on it is handed what comes.
  const std::size_t before = slow.handed;
  world.append(Stream::decision, "");
  world.settle();
  EXPECT_EQ(slow.handed, before + 1);
}

class TailSeeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TailSeeds, EachGetsAllThatConcernsItOnceAndInOrder) {
  SeededRandom random(GetParam());
  TailWorld world(1 + random.below(6));
  std::size_t begun = 0;
  for (int step = 0; step < 400; ++step) {
    // Some come late, when much is in the log already.
    if (begun < world.takers.size() && random.once_in(40)) world.begin(*world.takers[begun++]);
    const std::string whose = "d" + std::to_string(random.below(world.takers.size()));
    switch (random.below(4)) {
      case 0: world.append(Stream::attempt, whose); break;
      case 1: world.append(Stream::control, ""); break;
      case 2: world.append(Stream::decision, ""); break;
      default: world.takers[random.below(world.takers.size())]->give_room(random.below(4)); break;
    }
    // At any point between two turns of the executor.
    if (random.once_in(3)) world.settle();
    if (random.once_in(4)) world.context.poll_one();
  }
  while (begun < world.takers.size()) world.begin(*world.takers[begun++]);
  for (auto& taker : world.takers) taker->give_room(10'000);
  world.settle();
  for (auto& taker : world.takers) {
    for (const Line line : kLines) EXPECT_EQ(taker->of(line), world.all_for(*taker, line));
  }
}

INSTANTIATE_TEST_SUITE_P(Many, TailSeeds, ::testing::Range<std::uint64_t>(1, 61));

}  // namespace
}  // namespace tenon::delivery
