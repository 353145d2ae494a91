// RolloutKeeper: the rollouts live in the log; a change counts once it is on disk.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/id.hpp"
#include "hosting/rollout.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/kept_state.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

struct RolloutDoors {
  EventLog& log;
  Clock& clock;
  Telemetry& telemetry;
};

// One thread. All that it is given outlives it.
class RolloutKeeper {
 public:
  // Where the chunks of a partition begin, the oldest first.
  using Chunks = std::function<std::vector<Offset>(PartitionId)>;
  RolloutKeeper(RolloutDoors doors, Chunks chunks) : doors_(doors), chunks_(std::move(chunks)) {}

  // Called once a change is in force, before it is answered.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  // Rollouts of another workspace, as in a log that was moved, are not taken.
  Task<Result<void>> restore(NameHash tenant, NameHash workspace);
  // conflict: another change is being written, and as after(). After an error nothing has changed,
  // as far as this host is concerned; a start after a crash may find the change made.
  Task<Result<Rollout>> change(RolloutAct act, RolloutFacts facts);
  // Keeps what was found of a release that was not started. As change().
  Task<Result<void>> note(std::string connector, ConformanceVerdict verdict, std::string actor);
  // The first release of each of these connectors (id -> version) that has no rollout yet: from
  // here on a newer one that is installed moves nobody.
  Task<Result<void>> adopt(std::map<std::string, std::string> connectors);

  const std::vector<Rollout>& rollouts() const { return rollouts_; }
  // Notes them in each new chunk of the log, so that older ones may be trimmed.
  Task<void> run();

 private:
  Task<Result<void>> append(Rollouts rollouts);

  RolloutDoors doors_;
  Chunks chunks_;
  std::function<void()> changed_;
  std::vector<Rollout> rollouts_;  // by connector
  KeptState state_;
  bool changing_ = false;
};

}  // namespace tenon
