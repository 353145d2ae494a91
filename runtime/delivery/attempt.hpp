// Attempt: one run of the deliver op over a batch: steps of the connector, requests between them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calls/call_run.hpp"
#include "delivery/batch.hpp"
#include "delivery/policy.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon::delivery {

// What a destination is set up to be at the moment; replaced as a whole, never changed.
struct Setup : CallTarget {
  RetryPolicy retry;
  OnAmbiguous on_ambiguous = OnAmbiguous::park;
  std::chrono::days letters_kept{0};  // so long is a dead letter kept; 0 = for ever
};

// A pick with what the connector gets.
struct Loaded {
  Pick pick;
  CallRecord record;
  bool synthetic = false;
};
struct LoadedBatch {
  std::vector<Loaded> items;            // in the order of the batch
  std::vector<Pick> put_back;           // did not fit (bytes, or not unique): to be chosen again
  std::vector<DeliveryOutcome> failed;  // could not be mapped: dead letters without an attempt
  std::vector<PartitionId> failed_partitions;
};

using ConfigOf = std::function<std::shared_ptr<const Workspace>(ConfigVersion)>;

// Reads the events of a batch and maps them under the configuration each was decided under.
Task<Result<LoadedBatch>> load_batch(EventLog& log, const Setup& setup, std::vector<Pick> picks,
                                     ConfigOf config_of);

// Of a batch at a moment: "att_...", or "rdb_..." where it is read back. Unique since its members
// are under way once only.
std::string attempt_name(const std::vector<Loaded>& items, Time now, std::string_view kind);
constexpr std::string_view kAttemptKind = "att_", kReadBackKind = "rdb_";
// What the vendor gets as the key of request number `step` of this batch: the same for every
// repeat.
std::string idempotency_of(const std::string& action, const std::vector<Loaded>& items,
                           std::uint32_t step);

struct AttemptReport {
  std::vector<AttemptFacts> facts;  // one per item, in order
  std::vector<ExchangeNote> notes;
  std::string failure, failure_text;
  bool began = false;  // a request left, so a begin record was appended
};

struct AttemptDoors {
  EventLog& log;
  CallDoors call;
};

// Runs the call to its end. Appends the begin records before the first request leaves; waits for
// the disk only where a request is not safe to repeat, or goes under the key of the batch. Errors
// are the log's: the host must stop.
Task<Result<AttemptReport>> run_attempt(AttemptDoors doors, std::shared_ptr<const Setup> setup,
                                        std::string attempt, std::vector<Loaded> items);

}  // namespace tenon::delivery
