// Replay: one release run on one recorded call, with the recorded clock, keys and replies; nothing
// is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ports/captured_call.hpp"
#include "ports/clock.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::shadow {

// Ops whose whole input a CapturedCall holds. Pull and webhook need a cursor or a vendor's request,
// which it does not.
constexpr bool can_replay(Op op) {
  return op == Op::deliver || op == Op::readback || op == Op::check;
}

// The release asked for what the recording does not have, so what the vendor would have said is
// not known, and nothing is made up.
struct Divergence {
  std::uint32_t step = 0;
  std::optional<ConnectorRequest> asked;     // nothing: it went on where the recording ends
  std::optional<ConnectorRequest> recorded;  // the first one of that step that it did not ask for
  std::string why;                           // in words
};

struct Replayed {
  std::vector<CapturedStep> steps;  // as far as it came; the last one is not whole if it diverged
  std::vector<std::vector<std::size_t>> places;  // of each step's requests in the recording
  std::vector<Hint> hints;                       // of all steps, in order
  std::vector<Emit> emits;                       // likewise (readback)
  std::string failure;       // stable word; "" = it came to its end: worker_died, worker_timeout,
                             // illegal_frame, settings_refused, step_failed
  std::string failure_text;  // of settings_refused and step_failed: the connector's or our words
  std::optional<Divergence> diverged;

  // The worker is gone, and the instance with it.
  bool lost_worker() const {
    return failure == "worker_died" || failure == "worker_timeout" || failure == "illegal_frame";
  }
};

// Where a request's reply comes from.
enum class Replies : std::uint8_t {
  matched,  // of the recorded request that it is; without one the call diverged
  in_turn,  // the i-th one of the step, as a golden scripts them; beyond the script: lost
};

struct ReplayDoors {
  ConnectorRuntime& runtime;
  Clock& clock;  // for the deadline of a step alone; the connector sees the recorded time
};

// Runs `call` (of an op that can be replayed) on an open instance: steps until the connector ends,
// fails or diverges, at most kMaxCallSteps, by the rules of a call that is sent (calls/call_run).
// A delay is noted and not waited. That a worker dies or takes too long is an end of the case. An
// Error is none of the release's: not_found (the instance is gone: open again), limited,
// unsupported, invalid (an input over the limits of a step). `call` must outlive the Task.
Task<Result<Replayed>> replay(ReplayDoors doors, InstanceId instance, const CapturedCall& call,
                              Replies replies);

}  // namespace tenon::shadow
