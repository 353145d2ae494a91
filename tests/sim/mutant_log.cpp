// The bugs that can be planted between the services and their log.
#include "sim/mutant_log.hpp"

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "event/attempt.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"

namespace tenon::sim {

namespace {

// What an attempt is about to do, told as done.
std::vector<NewRecord> told_as_done(const std::vector<NewRecord>& begins) {
  std::vector<NewRecord> records;
  for (const auto& record : begins) {
    const auto begin = decode_attempt_begin(record.body);
    TENON_ASSERT(begin);
    AttemptOutcome outcome;
    outcome.attempt = begin->attempt;
    outcome.destination = begin->destination;
    outcome.release = begin->release;
    outcome.action = begin->action;
    for (std::size_t i = 0; i < begin->deliveries.size(); ++i) {
      DeliveryOutcome one;
      one.delivery = begin->deliveries[i];
      one.verdict = Verdict::accepted;
      one.fate = OutcomeFate::delivered;
      one.number = begin->numbers[i];
      outcome.outcomes.push_back(std::move(one));
    }
    NewRecord done = record;
    done.header.stream = Stream::outcome;
    done.body = encode(outcome);
    records.push_back(std::move(done));
  }
  return records;
}

void rewrite(DeliveryOutcome& one, Mutant mutant) {
  if (mutant == Mutant::delivered_without_answer && one.reason == "unresolved") {
    one.fate = OutcomeFate::delivered;
  }
  if (mutant == Mutant::drop_on_429 && one.http_status == 429) {
    one.fate = OutcomeFate::dead;
    one.reason = "vendor_rejected";
  }
}

void rewrite_rerun(NewRecord& record, Mutant mutant) {
  if (mutant != Mutant::replay_starts_over && mutant != Mutant::redrive_ignores_filter) return;
  auto control = decode_control(record.header.type, record.body);
  TENON_ASSERT(control);
  if (auto* moved = std::get_if<RerunMoved>(&*control);
      moved != nullptr && mutant == Mutant::replay_starts_over) {
    moved->decision = Offset{};
    moved->events = 0;
  }
  if (auto* started = std::get_if<RerunStarted>(&*control);
      started != nullptr && mutant == Mutant::redrive_ignores_filter) {
    started->reason.clear();
  }
  record.body = encode(*control);
}

}  // namespace

MutantLog::MutantLog(EventLog& inner, Mutant mutant, unsigned life)
    : inner_(inner), mutant_(mutant) {
  for (std::uint16_t p = 0; p < kPartitions && life > 1; ++p) {
    before_.push_back(inner.end(PartitionId{p}));
  }
}

Task<Result<std::vector<Offset>>> MutantLog::append(std::vector<NewRecord> records, AppendClass cls,
                                                    AppendWait wait) {
  const Stream stream = records.empty() ? Stream::none : records.front().header.stream;
  const bool swallow = (mutant_ == Mutant::begin_not_recorded && stream == Stream::attempt) ||
                       (mutant_ == Mutant::full_bucket_after_restart && stream == Stream::lease) ||
                       (mutant_ == Mutant::done_before_send && stream == Stream::outcome);
  if (swallow) {
    std::vector<Offset> nowhere(records.size());
    co_return nowhere;
  }
  if (mutant_ == Mutant::done_before_send && stream == Stream::attempt) {
    records = told_as_done(records);
  }
  if (stream == Stream::control) {
    for (auto& record : records) rewrite_rerun(record, mutant_);
  }
  if (mutant_ == Mutant::ack_before_fsync && stream == Stream::raw) wait = AppendWait::queued;
  if (stream == Stream::outcome) {
    for (auto& record : records) {
      auto outcome = decode_attempt_outcome(record.body);
      TENON_ASSERT(outcome);
      for (auto& one : outcome->outcomes) rewrite(one, mutant_);
      if (mutant_ == Mutant::outcomes_alone) outcome->batch = BatchOutcomes();
      record.body = encode(*outcome);
    }
  }
  auto offsets = co_await inner_.append(std::move(records), cls, wait);
  co_return offsets;
}

void MutantLog::forget_keys(PartitionId partition, std::vector<Record>& records) const {
  for (auto& record : records) {
    const bool old = !before_.empty() && record.offset < before_[partition.value];
    const bool forget =
        mutant_ == Mutant::retry_out_of_order || (mutant_ == Mutant::order_lost_on_restart && old);
    if (record.header.stream != Stream::decision || !forget) continue;
    auto decision = decode_decision(record.body);
    TENON_ASSERT(decision);
    for (auto& event : decision->events) event.key = KeyHash{};
    record.body = encode(*decision);
  }
}

Task<Result<LogSlice>> MutantLog::read(PartitionId partition, Offset from, ReadLimits limits) {
  auto slice = co_await inner_.read(partition, from, limits);
  if (slice) forget_keys(partition, slice->records);
  co_return slice;
}

}  // namespace tenon::sim
