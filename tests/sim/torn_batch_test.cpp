// A batch whose events lie in several partitions, and the power that goes at any moment of it: its
// outcomes stand or fall together, and what goes again goes as the same batch under the same key.
#include <gtest/gtest.h>

#include <algorithm>

#include "async/scope.hpp"
#include "backends/memory/sim_run.hpp"
#include "delivery/policy.hpp"
#include "event/attempt.hpp"
#include "sim/checkers.hpp"
#include "sim/config.hpp"

namespace tenon::sim {
namespace {

using std::chrono::minutes;

Profile one_at_bulk() {
  Profile p;
  p.seed = 1;
  p.single = p.once = {1, 1, 1'000, 1'000, 8};
  p.bulk = p.healthy = {20, 20, 1'000, 1'000, 4};
  return p;
}

struct Scene {
  std::uint64_t first = 0, second = 0;  // the power goes there, counted from where `bulk` may send
  Mutant mutant = Mutant::none;
};

struct Ending {
  std::vector<std::string> problems;
  std::size_t completed = 0;  // outcomes that a start took from another partition's record
  std::size_t again = 0;      // deliveries that the vendor took more than once
};

std::size_t completed_in(World& world) {
  std::size_t count = 0;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    std::vector<Record> records;
    std::string error;
    Scope scope(world.context().get_executor());
    scope.spawn(read_all(world.log(), PartitionId{p}, records, error), "read");
    sim_run(world.context(), world.clock(), world.clock().instant(),
            [&] { return scope.running() == 0; });
    for (const auto& record : records) {
      if (record.header.stream != Stream::outcome) continue;
      const auto ended = decode_attempt_outcome(record.body);
      EXPECT_TRUE(ended);
      for (const auto& outcome : ended->outcomes) {
        count += outcome.reason == delivery::kToldByBatch ? 1 : 0;
      }
    }
  }
  return count;
}

// Until the host has died of it; false: it did not.
bool dies(World& world) {
  const unsigned life = world.ledger().life;
  for (int i = 0; i < 400 && world.ledger().life == life; ++i) world.tick(milliseconds{5});
  return world.ledger().life != life;
}

// Twenty tracks of twenty users, in about a dozen partitions, that wait for `bulk` to be resumed.
void resume_with_a_batch(World& world) {
  EXPECT_TRUE(world.begin());
  world.pause("bulk");
  world.tick(milliseconds{100});
  std::vector<ClientEvent> events;
  for (int i = 0; i < 20; ++i) events.push_back(world.event("track", "u" + std::to_string(i)));
  world.say(std::move(events));
  world.tick(seconds{10});
  world.resume("bulk");
}

// So many things are done to the disk until the vendor has it all, and until all is recorded.
std::pair<std::uint64_t, std::uint64_t> moments() {
  World world(one_at_bulk());
  resume_with_a_batch(world);
  const std::uint64_t before = world.disk_operations();
  const auto& applied = world.ledger().applied;
  const auto has_bulk = [&] {
    return std::any_of(applied.begin(), applied.end(),
                       [](const auto& one) { return one.first.first == "bulk"; });
  };
  for (int i = 0; i < 1'000 && !has_bulk(); ++i) world.tick(milliseconds{1});
  EXPECT_TRUE(has_bulk());
  const std::uint64_t sent = world.disk_operations() - before;
  world.tick(seconds{5});
  return {sent, world.disk_operations() - before};
}

Ending play(const Scene& scene) {
  World world(one_at_bulk(), scene.mutant);
  resume_with_a_batch(world);
  world.cut_power_at(scene.first);
  const bool died = dies(world);
  if (died && scene.second > 0) {
    world.cut_power_at(scene.second);
    dies(world);
  }
  world.tick(minutes{1});
  world.end();
  Ending ending;
  ending.problems = check(world).problems;
  ending.completed = completed_in(world);
  for (const auto& [name, all] : world.ledger().applied) ending.again += all.size() > 1 ? 1 : 0;
  return ending;
}

bool any_speaks_of(const std::vector<std::string>& problems, const std::string& word) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const std::string& text) { return text.find(word) != std::string::npos; });
}

TEST(TornBatch, IsWholeWheneverThePowerGoes) {
  const auto [sent, recorded] = moments();
  std::size_t completed = 0;
  std::uint64_t none_left = 0, part_left = 0;
  // Now and then before it is sent; while the outcomes are written, at every second thing.
  for (std::uint64_t first = 1; first <= recorded; first += first < sent ? 6 : 2) {
    const Ending ending = play({first, 0, Mutant::none});
    for (const auto& text : ending.problems) ADD_FAILURE() << first << ": " << text;
    completed += ending.completed;
    if (ending.completed > 0) part_left = first;
  }
  EXPECT_GT(completed, 20u) << "hardly a moment left a part of the outcomes";
  ASSERT_GT(part_left, 0u);
  for (std::uint64_t first = sent - 3; first < sent + 8 && none_left == 0; ++first) {
    if (play({first, 0, Mutant::none}).again > 0) none_left = first;
  }
  ASSERT_GT(none_left, 0u) << "no moment left none of them";
  // And once more while the batch goes again.
  std::size_t twice_again = 0;
  for (std::uint64_t second = 1; second <= recorded; second += 3) {
    const Ending ending = play({none_left, second, Mutant::none});
    for (const auto& text : ending.problems) {
      ADD_FAILURE() << none_left << ", then " << second << ": " << text;
    }
    twice_again += ending.again > 0 ? 1 : 0;
  }
  EXPECT_GT(twice_again, 1u);
  const Ending planted = play({part_left, 0, Mutant::outcomes_alone});
  EXPECT_TRUE(any_speaks_of(planted.problems, "under another key")) << "the oracle is blind";
}

}  // namespace
}  // namespace tenon::sim
