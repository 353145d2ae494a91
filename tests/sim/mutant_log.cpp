// The bugs that can be planted between the services and their log.
#include "sim/mutant_log.hpp"

#include "base/assert.hpp"
#include "event/attempt.hpp"
#include "event/decision.hpp"

namespace tenon::sim {

Task<Result<std::vector<Offset>>> MutantLog::append(std::vector<NewRecord> records, AppendClass cls,
                                                    AppendWait wait) {
  const Stream stream = records.empty() ? Stream::none : records.front().header.stream;
  const bool swallow = (mutant_ == Mutant::begin_not_recorded && stream == Stream::attempt) ||
                       (mutant_ == Mutant::full_bucket_after_restart && stream == Stream::lease);
  if (swallow) {
    std::vector<Offset> nowhere(records.size());
    co_return nowhere;
  }
  if (mutant_ == Mutant::ack_before_fsync && stream == Stream::raw) wait = AppendWait::queued;
  if (mutant_ == Mutant::delivered_without_answer && stream == Stream::outcome) {
    for (auto& record : records) {
      auto outcome = decode_attempt_outcome(record.body);
      TENON_ASSERT(outcome);
      for (auto& one : outcome->outcomes) {
        if (one.reason == "unresolved") one.fate = OutcomeFate::delivered;
      }
      record.body = encode(*outcome);
    }
  }
  auto offsets = co_await inner_.append(std::move(records), cls, wait);
  co_return offsets;
}

Task<Result<LogSlice>> MutantLog::read(PartitionId partition, Offset from, ReadLimits limits) {
  auto slice = co_await inner_.read(partition, from, limits);
  if (slice && mutant_ == Mutant::retry_out_of_order) {
    for (auto& record : slice->records) {
      if (record.header.stream != Stream::decision) continue;
      auto decision = decode_decision(record.body);
      TENON_ASSERT(decision);
      for (auto& event : decision->events) event.key = KeyHash{};
      record.body = encode(*decision);
    }
  }
  co_return slice;
}

}  // namespace tenon::sim
