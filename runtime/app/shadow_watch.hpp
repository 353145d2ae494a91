// ShadowWatch: while a release is rolled out, both releases are run on the calls that one of them
// made, and what they do otherwise is counted. Nothing is sent for it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/values.hpp"
#include "event/rollouts.hpp"
#include "hosting/catalog.hpp"
#include "manifest/changes.hpp"
#include "ports/captured_call.hpp"
#include "ports/clock.hpp"
#include "ports/telemetry.hpp"
#include "shadow/pair_run.hpp"

namespace tenon::app {

// Calls that wait, and their bodies together; further ones are not compared.
constexpr std::size_t kMaxShadowQueue = 64, kMaxShadowBytes = 32u << 20;
constexpr milliseconds kShadowEvery{10};  // at least, between two calls: live calls go first

// Owned by the Host and outliving the watch.
struct ShadowDoors {
  CaptureSink* store = nullptr;  // keeps calls, too, for later; null = nothing does
  ConnectorRuntime& runtime;
  Clock& clock;
  Telemetry& telemetry;
  const ReleaseCatalog& catalog;
  std::function<std::vector<Rollout>()> rollouts;
  // What the release's changes.toml lists; none where it has no such file.
  std::function<std::vector<IntendedChange>(const std::string& release)> changes;
};

// One thread.
class ShadowWatch final : public CaptureSink {
 public:
  explicit ShadowWatch(ShadowDoors doors) : doors_(std::move(doors)) {}

  // Destinations whose calls are compared, from now on: those that a candidate is meant for.
  void watch(std::set<std::string> destinations) { destinations_ = std::move(destinations); }

  bool wants(const std::string& destination, const std::string& attempt) const override;
  void take(CapturedCall call) override;
  // Compares what waits; until cancelled.
  Task<void> run();

  // Of the candidate that is rolled out now; zeros where there is none, or nothing was compared.
  RolloutShadow of(const Rollout& rollout) const;

 private:
  // One candidate beside one stable release.
  struct Pair {
    Manifest before, after;
    std::vector<IntendedChange> changes;
    std::unique_ptr<shadow::PairRun> run;
    shadow::Tally tally;
  };
  using PairName = std::pair<std::string, std::string>;  // stable and candidate, as releases

  bool compares(const std::string& destination) const;
  static PairName name_of(const Rollout& rollout);
  Pair* pair_of(const Rollout& rollout);
  Task<void> drop_ended();
  Task<void> compare(CapturedCall call);

  ShadowDoors doors_;
  std::set<std::string> destinations_;
  struct Waiting {
    CapturedCall call;
    std::size_t bytes = 0;
  };
  std::deque<Waiting> queue_;
  std::size_t queued_bytes_ = 0;
  std::map<PairName, std::unique_ptr<Pair>> pairs_;
};

}  // namespace tenon::app
