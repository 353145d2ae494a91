// Weights are kept, nobody starves, nobody saves turns up.
#include "egress/fair_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace tenon {
namespace {

using Ticket = FairQueue::Ticket;

Flow flow(const std::string& who, Lane lane = Lane::live) { return Flow{who, lane}; }
bool anyone(Ticket) { return true; }

// Serves `many` turns; every flow always has some that wait.
std::map<Flow, int> serve(FairQueue& queue, const std::map<Flow, std::uint32_t>& weights, int many,
                          std::uint32_t cost = 1) {
  std::map<Ticket, Flow> owner;
  for (const auto& [one, weight] : weights) {
    for (int i = 0; i < 2; ++i) owner[queue.join(one, weight, cost)] = one;
  }
  std::map<Flow, int> served;
  for (int i = 0; i < many; ++i) {
    const Ticket next = queue.first(anyone);
    const Flow whose = owner.at(next);
    ++served[whose];
    queue.leave(next, true);
    owner[queue.join(whose, weights.at(whose), cost)] = whose;
  }
  return served;
}

TEST(FairQueue, FirstComeFirstServedWithinAFlow) {
  FairQueue queue;
  std::vector<Ticket> joined;
  for (int i = 0; i < 5; ++i) joined.push_back(queue.join(flow("a"), 8, 1));
  EXPECT_EQ(queue.waiting(flow("a")), 5u);
  queue.leave(joined[2], false);
  for (const std::size_t i : {0u, 1u, 3u, 4u}) {
    EXPECT_TRUE(queue.is_head(joined[i]));
    EXPECT_EQ(queue.first(anyone), joined[i]);
    queue.leave(joined[i], true);
  }
  EXPECT_EQ(queue.first(anyone), 0u);
}

TEST(FairQueue, LanesShareByTheirWeights) {
  FairQueue queue;
  const LaneWeights weights;
  std::map<Flow, std::uint32_t> flows;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const auto lane = static_cast<Lane>(i);
    flows[flow("a", lane)] = weights.of(lane);
  }
  auto served = serve(queue, flows, 1'200);
  EXPECT_NEAR(served[flow("a", Lane::live)], 800, 2);
  EXPECT_NEAR(served[flow("a", Lane::pull)], 200, 2);
  EXPECT_NEAR(served[flow("a", Lane::reconcile)], 100, 2);
  EXPECT_NEAR(served[flow("a", Lane::replay)], 100, 2);
}

TEST(FairQueue, OneDestinationWithManyWaitersIsWorthOne) {
  FairQueue queue;
  for (int i = 0; i < 1'000; ++i) queue.join(flow("greedy"), 8, 1);
  for (int i = 0; i < 3; ++i) queue.leave(queue.first(anyone), true);
  const Ticket modest = queue.join(flow("modest"), 8, 1);
  int before = 0;
  for (; queue.first(anyone) != modest; ++before) queue.leave(queue.first(anyone), true);
  EXPECT_LE(before, 1);
}

TEST(FairQueue, TheSmallestWeightWaitsNoLongerThanItsShare) {
  FairQueue queue;
  std::map<Flow, std::uint32_t> flows{{flow("a", Lane::live), 100}, {flow("a", Lane::replay), 1}};
  auto served = serve(queue, flows, 101 * 5);
  EXPECT_NEAR(served[flow("a", Lane::replay)], 5, 1);
}

TEST(FairQueue, CostCountsNotTurns) {
  FairQueue queue;
  std::map<Flow, int> cost_of;
  std::map<Ticket, Flow> owner;
  const auto join = [&](const Flow& one) {
    const std::uint32_t cost = one.who == "dear" ? 10 : 1;
    owner[queue.join(one, 1, cost)] = one;
  };
  for (const auto* who : {"dear", "cheap"}) join(flow(who)), join(flow(who));
  for (int i = 0; i < 220; ++i) {
    const Ticket next = queue.first(anyone);
    const Flow whose = owner.at(next);
    cost_of[whose] += whose.who == "dear" ? 10 : 1;
    queue.leave(next, true);
    join(whose);
  }
  EXPECT_NEAR(cost_of[flow("dear")], cost_of[flow("cheap")], 11);
}

TEST(FairQueue, WhoWasAwayHasSavedNothingUp) {
  FairQueue queue;
  serve(queue, {{flow("busy"), 1}}, 500);
  const Ticket late = queue.join(flow("late"), 1, 1);
  queue.join(flow("late"), 1, 1);
  queue.join(flow("late"), 1, 1);
  // It gets its turn soon, but not three turns for the time it was away.
  std::vector<Ticket> order;
  for (int i = 0; i < 4; ++i) {
    order.push_back(queue.first(anyone));
    queue.leave(order.back(), true);
    if (order.back() < late) queue.join(flow("busy"), 1, 1);
  }
  EXPECT_EQ(std::count_if(order.begin(), order.end(), [&](Ticket t) { return t < late; }), 2)
      << "turn by turn from now on";
}

TEST(FairQueue, WhoCannotGoIsPassedAndKeepsItsTurn) {
  FairQueue queue;
  const Ticket a = queue.join(flow("a"), 1, 1);
  const Ticket b = queue.join(flow("b"), 1, 1);
  EXPECT_EQ(queue.first([&](Ticket t) { return t != a; }), b);
  queue.leave(b, true);
  queue.join(flow("b"), 1, 1);
  EXPECT_EQ(queue.first(anyone), a);
}

}  // namespace
}  // namespace tenon
