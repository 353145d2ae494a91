// Rollouts: which release of each connector runs for whom, as a record of the stream audit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon {

// Stored: never renumber.
enum class RolloutStage : std::uint8_t {
  none = 0,    // there is no candidate
  shadow = 1,  // the candidate sends nothing
  canary = 2,  // it gets `percent` of the keys
};
std::string_view name_of(RolloutStage stage);

// One destination stays on a version, whatever is rolled out.
struct ReleasePin {
  std::string destination, version;
  bool operator==(const ReleasePin&) const = default;
};

// How a rollout goes on by itself. Without steps a person takes each.
struct RolloutPolicy {
  std::vector<std::uint32_t> steps;  // percent, ascending; 100 at the end is the promotion
  seconds every{600};                // so long at least on each step
  std::uint32_t records = 50;        // so many of the candidate's at least before the next step
  bool gate = true;                  // what is worse than the stable release rolls back by itself

  bool operator==(const RolloutPolicy&) const = default;
};

// Stored: never renumber.
enum class ConformanceState : std::uint8_t {
  none = 0,     // nobody has looked yet
  passed = 1,   // tenon-check found nothing
  failed = 2,   // it found something, so the release was not started
  not_run = 3,  // it is not asked for
};
std::string_view name_of(ConformanceState state);

// What tenon-check said of a release when it was to be started.
struct ConformanceVerdict {
  ConformanceState state = ConformanceState::none;
  std::string version;
  std::uint32_t passed = 0, failed = 0, skipped = 0;  // cases
  std::uint32_t goldens = 0;                          // that it came with
  std::vector<std::string> failures;  // names of failed cases, kMaxConformanceFailures at most
  std::string why;                    // of not_run
  Time at{};

  bool operator==(const ConformanceVerdict&) const = default;
};
constexpr std::size_t kMaxConformanceFailures = 20;

// The releases of one connector. Versions are without the connector's name.
struct Rollout {
  std::string connector;
  std::string stable;     // of all who name no version and have no pin
  std::string before;     // stable before the last promotion: what a rollback returns to; "" = none
  std::string candidate;  // "" = none
  RolloutStage stage = RolloutStage::none;
  std::uint32_t percent = 0;  // 1 to 100, of canary
  bool frozen = false;        // nothing goes forward; a rollback does
  std::string frozen_why;
  std::string refused;  // the version that was rolled back last
  std::vector<ReleasePin> pins;
  RolloutPolicy policy;            // of the candidate
  Time since{};                    // of stage and percent
  ConformanceVerdict conformance;  // of the version that was to be started last
  // The last act, its reason and who did it ("gate": the host).
  std::string deed, reason, actor;
  Time at{};

  bool operator==(const Rollout&) const = default;
};

// All of them as they are from this record on: the newest record is the truth.
struct Rollouts {
  std::string deed, connector, actor;  // "restate": nothing was done
  std::vector<Rollout> rollouts;

  bool operator==(const Rollouts&) const = default;
};
std::string encode(const Rollouts& rollouts);
Result<Rollouts> decode_rollouts(std::string_view body);

}  // namespace tenon
