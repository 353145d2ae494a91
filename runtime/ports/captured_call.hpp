// CapturedCall: one call of a connector as it was: all that went in and all that came out, so that
// any release can be run on it again without a network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon {

// One step. Requests are as the connector pushed them, before a credential is spliced in; replies
// are as the connector got them, scrubbed of credentials. So no secret can be in either.
struct CapturedStep {
  std::int64_t now_ms = 0;  // the clock that the step saw
  std::string idempotency;  // the key that it was given
  std::int32_t status = 0;  // < 0: it failed, `explain` says why
  std::string explain;
  bool suspended = false;
  std::uint32_t delay_ms = 0;
  std::vector<ConnectorRequest> requests;  // in the order pushed
  std::vector<HttpReply> replies;          // one for each of `requests`, where it was suspended
  std::vector<RecordOutcome> outcomes;
};

struct CapturedCall {
  std::string tenant, workspace, destination;  // names
  std::string release;                         // "crm@1.0.0"
  std::string attempt;                         // "att_...": the id of what was captured
  Op op = Op::none;
  std::string action;
  Time at{};  // when it began
  std::uint32_t took_ms = 0;
  std::uint64_t seed = 0;
  std::string settings;  // canonical JSON, as the instance was opened with
  std::vector<CallRecord> records;
  std::vector<CapturedStep> steps;
  std::string failure;  // of the call as a whole ("worker_died", ...); empty: it came to its end
  std::string failure_text;
};

// Where calls are kept. Called on the thread of the host, and must not block it for long.
class CaptureSink {
 public:
  virtual ~CaptureSink() = default;
  // Asked before a call begins; what is not wanted costs nothing.
  virtual bool wants(const std::string& destination, const std::string& attempt) const = 0;
  virtual void take(CapturedCall call) = 0;
};

}  // namespace tenon
