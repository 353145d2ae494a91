// MemoryEventLog: the log in memory, for tests and simulation; "durable" the moment it is appended.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "async/signal.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon {

// One thread: that of `executor`. Each record is its own chunk for trimming. Offsets are byte
// addresses with gaps, as on disk, so that nobody can come to count on numbers without holes.
class MemoryEventLog final : public EventLog {
 public:
  MemoryEventLog(boost::asio::any_io_executor executor, LogId id, Clock& clock);

  LogId id() const override { return id_; }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override;
  Task<Result<LogSlice>> read(PartitionId partition, Offset from, ReadLimits limits) override;
  Offset begin(PartitionId partition) const override;
  Offset end(PartitionId partition) const override;
  Task<void> wait_beyond(PartitionId partition, Offset beyond) override;
  Task<Result<void>> trim(PartitionId partition, Offset before) override;

  // Appends of this class fail with the error from now on; nothing lets them through again.
  void refuse(AppendClass cls, std::optional<Error> error);

 private:
  struct Lane {
    explicit Lane(const boost::asio::any_io_executor& executor) : grown(executor) {}
    std::deque<Record> records;
    Offset begin, end;
    Time last{};
    Signal grown;
  };
  Lane& lane(PartitionId partition) { return *lanes_[partition.value]; }
  const Lane& lane(PartitionId partition) const { return *lanes_[partition.value]; }

  boost::asio::any_io_executor executor_;
  LogId id_;
  Clock& clock_;
  std::array<std::unique_ptr<Lane>, kPartitions> lanes_;
  std::array<std::optional<Error>, 2> refused_;  // by AppendClass
};

}  // namespace tenon
