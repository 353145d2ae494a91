// explain: reads out of the log everything about one event; the answer to "where is it, and why?".
#pragma once

#include <map>

#include "async/task.hpp"
#include "audit/trace.hpp"
#include "ports/event_log.hpp"

namespace tenon {

struct ExplainOptions {
  // Read at most so much after the event's own record in one call; then the trace says `incomplete`
  // and explain_more goes on. Bodies of the streams that matter only.
  std::size_t max_records = 200'000;
  std::size_t max_bytes = 64u << 20;
  // Names of sources by their hash, from the configuration in force.
  std::map<NameHash, std::string> source_names;
};

// invalid: the id is of another log (another data folder). not_found: no event has this id, or it
// was trimmed away. corrupt/unsupported: a record cannot be read. On the shard's thread; `log` and
// `options` must outlive the Task.
Task<Result<Trace>> explain(EventLog& log, EventId id, const ExplainOptions& options);

// Goes on where `so_far` stopped (its scanned_to); also brings a complete trace up to date.
Task<Result<Trace>> explain_more(EventLog& log, Trace so_far, const ExplainOptions& options);

}  // namespace tenon
