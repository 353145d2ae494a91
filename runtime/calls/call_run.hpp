// CallRun: one call of a connector: step, send what it asks for, step again.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/call_limits.hpp"
#include "calls/holds.hpp"
#include "calls/target.hpp"
#include "egress/egress.hpp"
#include "hosting/hosting.hpp"
#include "ports/captured_call.hpp"
#include "ports/clock.hpp"

namespace tenon {

struct CallDoors {
  Clock& clock;
  Hosting& hosting;
  Egress& egress;
  Holds& holds;
  CaptureSink* captures = nullptr;  // null: no call is kept
};

// Why a call ended without an end of its own.
struct CallFailure {
  std::string kind;  // stable word: worker_died, worker_timeout, quarantined, worker_backing_off,
                     // connector_refused, step_failed
  std::string text;
  milliseconds retry_after{0};  // of worker_backing_off
};

// Alternate step and send until a step gives nothing or is not suspended. Hints act at once.
class CallRun {
 public:
  // `lane`: whose part of the rate limits its requests use.
  CallRun(CallDoors doors, std::shared_ptr<const CallTarget> target, Call call, Instant deadline,
          Lane lane)
      : doors_(doors),
        target_(std::move(target)),
        call_(std::move(call)),
        deadline_(deadline),
        lane_(lane) {}

  // Before the first step: keeps what goes in and comes out under this name, if the sink wants it.
  void capture_as(const std::string& attempt);
  // After the last one: hands over what was kept, if anything. A call that is given up before, as
  // when the host stops, is not kept.
  void end_capture();

  // What it sends may reach a model only: a record of it is synthetic.
  void synthetic() { synthetic_ = true; }

  // What the call holds for the next step; its idempotency key is the caller's to set.
  Call& call() { return call_; }

  // One step. Nothing: the call is over, and failure() says why.
  Task<std::optional<StepResult>> step();
  // Waits as the suspended result says but not beyond the deadline, sends its requests, keeps state
  // and replies (in the order of the requests) for the next step. The requests stay the caller's.
  Task<void> send(const StepResult& suspended);
  // Steps and sends to the end. What the steps pushed besides requests is added up, in order.
  Task<std::optional<StepResult>> to_end();

  const std::optional<CallFailure>& failure() const { return failure_; }
  // The record that was given two outcomes, for which the call failed; neither of them holds.
  std::optional<std::uint32_t> contradicted() const { return contradicted_; }
  // The gravest news that any step gave about the vendor; vendor_down also from the circuit
  // breaker.
  HintKind hinted() const { return hinted_; }
  // Did any exchange bring a whole answer?
  bool answered() const { return answered_; }
  std::vector<ExchangeNote>& notes() { return notes_; }

 private:
  Task<std::optional<StepResult>> step_once();
  Task<HttpReply> send_one(ConnectorRequest request, ExchangeNote* note);
  void capture_step(const Result<StepResult>& result);
  std::nullopt_t fail(std::string kind, std::string text);
  // Did an earlier step end a record that this one ends again?
  bool contradicts(const std::vector<RecordOutcome>& outcomes);

  CallDoors doors_;
  std::shared_ptr<const CallTarget> target_;  // kept alive while this call runs
  Call call_;
  Instant deadline_;
  Lane lane_;
  bool synthetic_ = false;
  std::optional<CallFailure> failure_;
  HintKind hinted_ = HintKind::none;
  bool answered_ = false;
  Contact contact_ = Contact::none;
  std::string blocked_;            // why a request was
  std::set<std::uint32_t> ended_;  // indexes of records that have an outcome
  std::optional<std::uint32_t> contradicted_;
  std::vector<ExchangeNote> notes_;
  std::unique_ptr<CapturedCall> captured_;  // null: it is not kept
  Instant captured_from_{};
};

}  // namespace tenon
