// Pipeline: per partition, reads what is new, decides it in slices, and appends the decisions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "pipeline/partition_fold.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/state_store.hpp"
#include "ports/telemetry.hpp"

namespace tenon::pipeline {

// One thread. `open` before `start`; `flush` at stop, after the Scope has been joined.
class Pipeline {
 public:
  Pipeline(EventLog& log, StateStores& stores, Clock& clock, Telemetry& telemetry);

  // Opens the state of each partition. A state that cannot be used is cleared: the log rebuilds it.
  Result<void> open();
  // One Task per partition and one that flushes every second. `on_fatal` is called at most once per
  // partition, when its log or state cannot be used any more: the process should end.
  void start(Scope& scope, std::function<void(Error)> on_fatal);
  Result<void> flush();
  // Flushes, and makes it survive a power cut.
  Result<void> sync(PartitionId partition);
  // What lies before it is folded for good, once it is synced.
  Offset needed_from(PartitionId partition) const { return fold(partition).needed_from(); }
  PartitionFold& fold(PartitionId partition) const { return lanes_[partition.value]->fold; }

  // The events that brought this message id (duplicates apart), oldest first.
  Task<Result<std::vector<EventId>>> find_message(std::string source, std::string message_id);
  // A place from which a reader meets the newest raw records, some dozens or hundreds of them.
  Offset recent(PartitionId partition) const {
    return std::max(lanes_[partition.value]->fold.recent(), log_.begin(partition));
  }
  // Adds what it counts; deliveries decided from the hour that the other says.
  Result<void> count_into(CompletenessRows& rows, const HourRange& range);
  Result<Time> decided_counted_from();
  // How far they go, by partition.
  std::vector<Offset> counted_to() const;
  // Oldest first within a partition, starting at `from` (inclusive).
  Result<std::vector<RejectedEntry>> rejected(PartitionId partition, Offset from,
                                              std::size_t limit);
  // Places of the newest notices, oldest first.
  Result<std::vector<Offset>> notices(PartitionId partition);
  // Bytes of log that are durable but not decided, over all partitions.
  std::uint64_t lag() const;
  // True when every partition has decided all that was durable at this moment.
  bool idle() const;

 private:
  struct Lane {
    Lane(LogId log, PartitionId id, std::unique_ptr<StateStore> opened)
        : partition(id), store(std::move(opened)), fold(log, id, *store) {}
    PartitionId partition;
    std::unique_ptr<StateStore> store;
    PartitionFold fold;
    Offset at;              // where the reader stands
    std::size_t holes = 0;  // told so far
  };

  Task<void> run(Lane& lane);
  Task<Result<void>> run_until_error(Lane& lane);
  Task<Result<void>> decide_waiting(Lane& lane);
  Task<Result<std::optional<Offset>>> earlier(Lane& lane, const RawRecord& record,
                                              const Workspace& workspace);
  Task<void> flush_often();

  EventLog& log_;
  StateStores& stores_;
  Clock& clock_;
  Telemetry& telemetry_;
  std::function<void(Error)> on_fatal_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace tenon::pipeline
