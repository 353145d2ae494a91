// EventLog: the durable truth. Ordered within a partition; an answer of append means "on disk".
#pragma once

#include <cstdint>
#include <vector>

#include "async/task.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "event/record.hpp"

namespace tenon {

// Who asks for room: when the disk is nearly full, events are refused first (limited), while
// outcomes and control still fit into the reserved chunk.
enum class AppendClass : std::uint8_t { event, essential };
// `queued` returns when the place in the order is fixed; the sync follows with the next group.
enum class AppendWait : std::uint8_t { durable, queued };

struct ReadLimits {
  std::size_t max_records = kMaxSliceEvents;
  std::size_t max_bytes = kMaxSliceBytes;  // of bodies; at least one record is returned anyway
  std::uint32_t streams = 0;               // bit (1 << Stream) set: return it; 0 = all streams
};
constexpr std::uint32_t stream_bit(Stream stream) { return 1u << static_cast<unsigned>(stream); }

struct LogSlice {
  std::vector<Record> records;
  Offset next;  // where to go on; may lie beyond the last record, since others were filtered out
};

// What opening had to mend, for the operator.
struct LogRecovery {
  std::uint64_t torn_bytes = 0;       // of never acknowledged records, cut off
  std::vector<std::string> messages;  // one line each: what, where
};

// One thread (the shard's). Offsets start at begin() and only grow.
class EventLog {
 public:
  virtual ~EventLog() = default;
  virtual LogId id() const = 0;
  // Appends all or, on error, may have appended any prefix per partition (never acknowledged).
  // Gives one offset per record, in the order given. Stamps header.appended.
  //   limited: no room (disk, or the bounded queue); retry_after is set. corrupt: the log is closed
  //   for good after a failed sync; the process must end.
  virtual Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                                   AppendWait wait) = 0;
  // Reads what is durable, from `from` (an offset seen before, `next` of a slice, or begin()).
  // At the end: an empty slice. not_found: trimmed away, or not a record's place.
  virtual Task<Result<LogSlice>> read(PartitionId partition, Offset from, ReadLimits limits) = 0;
  virtual Offset begin(PartitionId partition) const = 0;
  virtual Offset end(PartitionId partition) const = 0;  // the durable end
  // Ends when end(partition) > beyond; throws operation_aborted if cancelled.
  virtual Task<void> wait_beyond(PartitionId partition, Offset beyond) = 0;
  // Forgets whole chunks that lie entirely below `before`.
  virtual Task<Result<void>> trim(PartitionId partition, Offset before) = 0;
};

}  // namespace tenon
