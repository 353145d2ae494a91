// Retention: forgets the old chunks of the log that nobody needs any more, in the background.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/limits.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/telemetry.hpp"
#include "retention/decide.hpp"

namespace tenon::retention {

// Somebody who follows the log into a state of his own.
struct Follower {
  std::string name;
  // Writes the state and makes it survive a power cut. Bounded: one file.
  std::function<Result<void>()> sync;
  // From where on a start with the state as it was synced, and all that is under way, need the log.
  std::function<Task<Result<Offset>>(PartitionId)> needed_from;
};

struct Doors {
  EventLog& log;
  Clock& clock;
  Telemetry& telemetry;
  // Where trim may cut: the begins of the chunks, the oldest first.
  std::function<std::vector<Offset>(PartitionId)> chunks;
  // What the log holds from here on: a log that was restored leaves out a great many addresses.
  std::function<std::uint64_t(PartitionId, Offset)> bytes_from;
  std::function<std::vector<Follower>()> followers;
  // The oldest events of deliveries that wait for a person, and of ids held against duplicates.
  std::function<Result<Offset>(PartitionId)> resting_from, ids_from;
  std::function<std::chrono::seconds()> dedupe_window;
  // Appends the configuration in force once more, to this partition; nothing if it is changing now.
  std::function<Task<Result<void>>(PartitionId)> restate_config;
  // What lies before this place is gone.
  std::function<Result<void>(PartitionId, Offset)> forget;
};

struct Status {
  std::uint64_t bytes = 0;                     // of records that the log holds
  std::uint64_t trimmed_bytes = 0;             // since the start
  std::optional<Time> oldest;                  // stamp of the oldest record
  std::map<std::string, std::size_t> held_by;  // partitions by what kept their oldest chunk
};

// One thread. Every step is bounded: a chunk, a state, a record.
class Retention {
 public:
  Retention(Doors doors, Rules rules) : doors_(std::move(doors)), rules_(rules) {}

  // Looks now and then, until it is cancelled. Troubles are told and tried again later.
  Task<void> run(std::chrono::milliseconds every);
  // One look at every partition.
  Task<Result<void>> look();
  const Status& status() const { return status_; }
  const Rules& rules() const { return rules_; }

 private:
  Task<Result<void>> look_at(PartitionId p);
  Task<Result<void>> restate();
  Task<Result<Facts>> facts_of(PartitionId p);
  Task<Result<void>> gather_needs();
  // No configuration lies in [from, to), and one at `to` if it was found.
  struct Scan {
    Offset from, to;
    bool found = false;
  };
  Task<Result<bool>> has_config(Scan& scan, PartitionId p, Offset from, Offset to);
  Task<Result<void>> keep_restated(PartitionId p, const std::vector<Offset>& chunks);
  Task<Result<std::optional<Time>>> stamp_at(PartitionId p, Offset at);
  std::uint64_t bytes_of(PartitionId p) const;
  std::uint64_t log_bytes() const;
  std::uint64_t excess_of(PartitionId p) const;

  Doors doors_;
  Rules rules_;
  Status status_, next_;
  std::vector<Follower> followers_;
  std::uint64_t held_ = 0;                // by the log, when the look began
  std::vector<std::vector<Need>> needs_;  // by partition, of this look; empty: not asked yet
  std::map<PartitionId, Scan> scans_, last_scans_;  // from the oldest cut on; of the last chunk
  std::map<PartitionId, Offset> restated_for_;      // the last chunk known to hold a configuration
};

}  // namespace tenon::retention
