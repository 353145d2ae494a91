// Cases about instances and threads: nothing is shared, nothing is left behind.
#include <malloc.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "conformance/case.hpp"
#include "conformance/walk.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallIn;
using testkit::CallOut;
using testkit::Golden;
using testkit::Instance;
using testkit::StepOut;

constexpr int kManyInstances = 500;
constexpr int kLeakRounds = 20;
constexpr std::size_t kLeastLeak = 16;  // bytes of a round: the least that malloc gives
constexpr std::size_t kThreads = 4;
constexpr int kRoundsOfThread = 25;

void many(Subject& subject) {
  const std::string settings = subject.settings();
  for (int i = 0; i < kManyInstances; ++i) subject.instance(settings);
  std::vector<std::unique_ptr<Instance>> living;
  for (int i = 0; i < kManyInstances; ++i) {
    living.push_back(subject.instance(settings));
    if (i % 3 == 0) living.erase(living.begin() + i % static_cast<int>(living.size()));
  }
  subject.table().destroy(nullptr);
}

std::size_t memory_in_use() {
  const auto now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

void run_all(Subject& subject, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (const Golden& golden : subject.goldens()) {
      const auto instance = subject.instance(golden.settings);
      run_golden(*instance, golden);
    }
  }
}

// Twice, since a table that is filled once is no leak.
void leaks(Subject& subject) {
  run_all(subject, 3);
  std::array<std::size_t, 3> at{memory_in_use()};
  for (std::size_t i = 1; i < at.size(); ++i) {
    run_all(subject, kLeakRounds);
    at[i] = memory_in_use();
  }
  const std::size_t least = kLeastLeak * kLeakRounds;
  if (at[1] >= at[0] + least && at[2] >= at[1] + least) {
    fail("memory: wanted as much in use after each round of all goldens, found " +
         std::to_string((at[2] - at[1]) / kLeakRounds) + " bytes more after each");
  }
}

std::vector<StepOut> alone(Subject& subject, const Golden& golden) {
  const auto instance = subject.instance(golden.settings);
  return walk(golden, [&](const CallIn& call) { return instance->step(call); });
}

void same_as_alone(const Golden& golden, const std::vector<StepOut>& wanted,
                   const std::vector<StepOut>& found, const std::string& when) {
  if (wanted == found) return;
  for (std::size_t s = 0; s < std::min(wanted.size(), found.size()); ++s) {
    if (wanted[s] == found[s]) continue;
    fail(golden.name + ", step " + std::to_string(s) + ": wanted the pushes of a call by itself, " +
         "found others " + when + "\n    alone  " + to_json(wanted[s]).dump() + "\n    found  " +
         to_json(found[s]).dump());
  }
  fail(golden.name + ": wanted " + std::to_string(wanted.size()) + " steps, found " +
       std::to_string(found.size()) + " " + when);
}

// All goldens are under way at once: first step 0 of each, then step 1 of each. Those with the same
// settings share an instance.
void interleaved(Subject& subject) {
  struct Run {
    const Golden* golden;
    CallIn call;
    std::vector<StepOut> wanted, found;
    bool over = false;
  };
  std::vector<Run> runs;
  for (const Golden& golden : subject.goldens()) {
    runs.push_back({&golden, golden.call, alone(subject, golden), {}});
  }
  std::map<std::string, std::unique_ptr<Instance>> by_settings;
  for (const Run& run : runs) {
    auto& instance = by_settings[run.golden->settings];
    if (!instance) instance = subject.instance(run.golden->settings);
  }
  for (std::size_t step = 0; step < TENON_MAX_CALL_STEPS; ++step) {
    for (Run& run : runs) {
      if (run.over) continue;
      run.found.push_back(by_settings[run.golden->settings]->step(run.call));
      const StepOut& out = run.found.back();
      run.over = out.status != TENON_OK || !out.suspended;
      if (!run.over) run.call = next_call(*run.golden, run.call, out);
    }
  }
  for (const Run& run : runs) {
    same_as_alone(*run.golden, run.wanted, run.found, "while other calls were under way");
  }
}

void moves(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto wanted = alone(subject, golden);
    const auto instance = subject.instance(golden.settings);
    const auto found = walk(golden, [&](const CallIn& call) {
      StepOut out;
      std::thread([&] { out = instance->step(call); }).join();
      return out;
    });
    same_as_alone(golden, wanted, found, "on threads that change from step to step");
  }
}

void side_by_side(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    const auto wanted = alone(subject, golden);
    std::vector<std::unique_ptr<Instance>> instances;
    for (std::size_t i = 0; i < kThreads; ++i) {
      instances.push_back(subject.instance(golden.settings));
    }
    std::array<std::vector<StepOut>, kThreads> strange;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < kRoundsOfThread && strange[i].empty(); ++round) {
          auto found = walk(golden, [&](const CallIn& call) { return instances[i]->step(call); });
          if (found != wanted) strange[i] = std::move(found);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& found : strange) {
      if (!found.empty()) {
        same_as_alone(golden, wanted, found, "while other instances ran on other threads");
      }
    }
  }
}

}  // namespace

std::vector<Case> life_cases() {
  return {
      {"instance.many", "hundreds of instances, made and ended in any order", many,
       "a host has one for each destination, and makes them anew at each change"},
      {"instance.leaks", "calls leave no memory behind", leaks,
       "a worker runs for weeks; one that grows is killed, and its calls with it"},
      {"instance.interleaved", "calls and instances under way at once do not see each other",
       interleaved, "one workspace's settings or records would end up in another's requests"},
      {"threads.moves", "a call whose steps run on other threads is the same call", moves,
       "no step may hang on the thread that ran the one before"},
      {"threads.side_by_side", "instances run side by side", side_by_side,
       "one function at a time is promised for an instance only, not for the file"},
  };
}

}  // namespace tenon::conformance
