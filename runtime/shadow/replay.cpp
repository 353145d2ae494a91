// The turns of a call: recorded values in, what the connector pushes kept.
#include "shadow/replay.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/call_limits.hpp"
#include "base/limits.hpp"
#include "shadow/matching.hpp"

namespace tenon::shadow {
namespace {

constexpr seconds kMaxTurnWait{60};  // for a worker that others use too, as in a call that is sent

Call first_call(const CapturedCall& recorded) {
  Call call;
  call.op = recorded.op;
  call.action = recorded.action;
  call.seed = recorded.seed;
  call.records = recorded.records;
  return call;
}

// "": the error is not the release's doing.
std::string failure_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable: return "worker_died";
    case ErrorKind::timeout: return "worker_timeout";
    case ErrorKind::corrupt: return "illegal_frame";
    default: return "";
  }
}

class Turns {
 public:
  Turns(const CapturedCall& recorded, Replies replies)
      : recorded_(recorded), replies_(replies), call_(first_call(recorded)) {}

  // What the next step gets. False: the recording says nothing of it, so the call diverged.
  bool prepare();
  const Call& call() const { return call_; }
  // Takes in what the step said. False: the call is over.
  bool take(StepResult result);
  void fail(std::string kind, std::string text) {
    out_.failure = std::move(kind);
    out_.failure_text = std::move(text);
  }
  Replayed finish() && { return std::move(out_); }

 private:
  const CapturedStep* recorded_step() const {
    return call_.step < recorded_.steps.size() ? &recorded_.steps[call_.step] : nullptr;
  }
  bool refused(std::string text) {
    fail("step_failed", std::move(text));
    return false;
  }
  bool contradicts(const std::vector<RecordOutcome>& outcomes);
  bool too_many_emits(std::vector<Emit>& emits);
  bool answer(CapturedStep& step);
  void answer_in_turn(CapturedStep& step);
  bool answer_matched(CapturedStep& step);

  const CapturedCall& recorded_;
  Replies replies_;
  Call call_;
  Replayed out_;
  std::set<std::uint32_t> ended_;  // records that have an outcome
  std::size_t emit_bytes_ = 0;
};

bool Turns::prepare() {
  const CapturedStep* step = recorded_step();
  if (step == nullptr && replies_ == Replies::matched) {
    out_.diverged = Divergence{call_.step, std::nullopt, std::nullopt, "the recording ends here"};
    return false;
  }
  if (step != nullptr) {
    call_.now_ms = step->now_ms;
    call_.idempotency = step->idempotency;
  }
  CapturedStep begun;
  begun.now_ms = call_.now_ms;
  begun.idempotency = call_.idempotency;
  out_.steps.push_back(std::move(begun));
  out_.places.emplace_back();
  return true;
}

bool Turns::contradicts(const std::vector<RecordOutcome>& outcomes) {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [&](const RecordOutcome& one) { return !ended_.insert(one.index).second; });
}

bool Turns::too_many_emits(std::vector<Emit>& emits) {
  for (const auto& emit : emits) {
    emit_bytes_ += emit.id.size() + emit.type.size() + emit.body.size();
  }
  std::move(emits.begin(), emits.end(), std::back_inserter(out_.emits));
  return out_.emits.size() > kMaxCallEmits || emit_bytes_ > kMaxCallEmitBytes;
}

bool Turns::take(StepResult result) {
  CapturedStep& step = out_.steps.back();
  step.status = result.status;
  step.explain = std::move(result.explain);
  step.suspended = result.suspended;
  step.delay_ms = result.delay_ms;
  step.requests = std::move(result.requests);
  step.outcomes = std::move(result.outcomes);
  std::move(result.hints.begin(), result.hints.end(), std::back_inserter(out_.hints));
  if (too_many_emits(result.emits)) return refused("it emitted more than a call may");
  if (step.status < 0) {
    return refused(step.explain.empty() ? "the connector gave no reason" : step.explain);
  }
  if (contradicts(step.outcomes)) return refused("two outcomes for one record in one call");
  if (!step.suspended) {
    if (!step.requests.empty()) return refused("it pushed requests but did not suspend");
    return false;
  }
  if (step.requests.empty()) return refused("it suspended without a request");
  if (!answer(step)) return false;
  call_.state = std::move(result.state);
  if (++call_.step >= kMaxCallSteps) {
    return refused("it took more than " + std::to_string(kMaxCallSteps) + " steps");
  }
  return true;
}

bool Turns::answer(CapturedStep& step) {
  if (replies_ == Replies::in_turn) {
    answer_in_turn(step);
  } else if (!answer_matched(step)) {
    return false;
  }
  call_.responses.clear();
  for (std::size_t i = 0; i < step.requests.size(); ++i) {
    CallResponse response;
    response.tag = step.requests[i].tag;
    response.reply = step.replies[i];
    call_.responses.push_back(std::move(response));
  }
  return true;
}

void Turns::answer_in_turn(CapturedStep& step) {
  const CapturedStep* recorded = recorded_step();
  for (std::size_t i = 0; i < step.requests.size(); ++i) {
    out_.places.back().push_back(i);
    if (recorded != nullptr && i < recorded->replies.size()) {
      step.replies.push_back(recorded->replies[i]);
      continue;
    }
    HttpReply lost;
    lost.got = Got::lost;
    lost.error = "no reply is scripted for it";
    step.replies.push_back(std::move(lost));
  }
}

bool Turns::answer_matched(CapturedStep& step) {
  const CapturedStep& recorded = *recorded_step();
  Match found = match(recorded, step.requests);
  for (const std::size_t place : found.places) step.replies.push_back(recorded.replies[place]);
  if (!found.without) {
    out_.places.back() = std::move(found.places);
    return true;
  }
  Divergence away;
  away.step = call_.step;
  away.asked = step.requests[*found.without];
  for (std::size_t i = 0; i < recorded.requests.size() && !away.recorded; ++i) {
    const bool taken = std::find(found.places.begin(), found.places.end(), i) != found.places.end();
    if (!taken) away.recorded = recorded.requests[i];
  }
  away.why = away.recorded ? "it asks for what was not asked for in the recording"
                           : "it asks for more than the recording has";
  out_.places.back() = std::move(found.places);
  out_.diverged = std::move(away);
  return false;
}

}  // namespace

Task<Result<Replayed>> replay(ReplayDoors doors, InstanceId instance, const CapturedCall& recorded,
                              Replies replies) {
  Turns turns(recorded, replies);
  while (turns.prepare()) {
    const Instant until = doors.clock.instant() + kMaxTurnWait + kStepWall;
    Call call = turns.call();
    auto result = co_await doors.runtime.step(instance, std::move(call), until);
    if (!result) {
      std::string failure = failure_of(result.error());
      if (failure.empty()) co_return std::move(result).error();
      turns.fail(std::move(failure), {});
      break;
    }
    if (!turns.take(std::move(*result))) break;
  }
  co_return std::move(turns).finish();
}

}  // namespace tenon::shadow
