// MutantLog: a log that forwards everything, but for the one bug that is planted in it.
#pragma once

#include <vector>

#include "ports/event_log.hpp"
#include "sim/profile.hpp"

namespace tenon::sim {

class MutantLog final : public EventLog {
 public:
  // life: of the host, from 1.
  MutantLog(EventLog& inner, Mutant mutant, unsigned life);

  LogId id() const override { return inner_.id(); }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override;
  Task<Result<LogSlice>> read(PartitionId partition, Offset from, ReadLimits limits) override;
  Offset begin(PartitionId partition) const override { return inner_.begin(partition); }
  Offset end(PartitionId partition) const override { return inner_.end(partition); }
  Task<void> wait_beyond(PartitionId partition, Offset beyond) override {
    return inner_.wait_beyond(partition, beyond);
  }
  Task<Result<void>> trim(PartitionId partition, Offset before) override {
    return inner_.trim(partition, before);
  }

 private:
  void forget_keys(PartitionId partition, std::vector<Record>& records) const;

  EventLog& inner_;
  Mutant mutant_;
  std::vector<Offset> before_;  // where this life began; empty in the first
};

}  // namespace tenon::sim
