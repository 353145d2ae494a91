// read_log: the records of a log's files as they lie there, without opening the log.
#pragma once

#include <functional>
#include <string>

#include "backends/file_log/disk.hpp"
#include "backup/inventory.hpp"
#include "event/record.hpp"

namespace tenon::backup {

// The end of one partition's files.
struct LaneEnd {
  Offset last_chunk, end;
  Time last_appended{};
};

// Every record of the partition up to `lane.end`, in order. corrupt: the first place at which the
// files are not what they should be.
Result<LaneEnd> read_lane(Disk& disk, const std::string& folder, LogId log, PartitionId partition,
                          const BackupLane& lane,
                          const std::function<Result<void>(const Record&)>& visit);

}  // namespace tenon::backup
