// ReplayScan: finds, in what the log has decided, the deliveries that a replay is about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "event/rerun.hpp"
#include "manifest/workspace.hpp"
#include "ports/event_log.hpp"

namespace tenon::delivery {

// Which events, for which destination; `where` as a checked test.
struct ReplaySpec {
  RerunId id;
  std::string destination;
  Time from{}, to{};  // of reception, half-open
  NameHash source;    // 0 = all
  Predicate where;
};
// invalid: `where` is no test of a route.
Result<ReplaySpec> replay_spec_of(const RerunStarted& asked);

// A place among the decisions of a partition: so many events of this decision have been looked at.
struct ScanPlace {
  Offset decision;
  std::uint32_t events = 0;
  bool operator==(const ScanPlace&) const = default;
};

// A delivery that the configuration in force makes of an event. Its reference is ready to be sent
// but for `config` and `decided`, which the fold takes from the record that holds it.
struct Candidate {
  DeliveryRef ref;
  std::string action;
  bool decided_before = false;  // the same delivery was decided when the event came
  Offset decided_at;            // by the decision record here
};

struct ScanStep {
  ScanPlace next;            // where to go on
  bool finished = false;     // nothing is left before the end
  std::uint64_t looked = 0;  // events in the range of time
  std::vector<Candidate> candidates;
};

// Looks on from `from`, at most until `most` candidates are found or a few MiB are read; bounded
// memory whatever the range is. Events that were duplicates or invalid are passed over.
Task<Result<ScanStep>> scan_replay(EventLog& log, PartitionId partition, ScanPlace from, Offset end,
                                   const ReplaySpec& spec,
                                   std::shared_ptr<const Workspace> workspace, std::size_t most);

// What orders the deliveries of a replay among themselves, apart from live ones.
KeyHash replay_key(KeyHash key);

}  // namespace tenon::delivery
