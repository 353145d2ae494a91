// Running a call: every op goes this way; what the pushes mean is the caller's business.
#include "calls/call_run.hpp"

#include <algorithm>

#include "async/when_all.hpp"
#include "base/fail_point.hpp"
#include "base/limits.hpp"

namespace tenon {
namespace {

constexpr std::chrono::seconds kMaxTurnWait{60};  // of one step, for a worker that others use, too

std::string failure_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable: return "worker_died";
    case ErrorKind::timeout: return "worker_timeout";
    case ErrorKind::corrupt:
    case ErrorKind::conflict: return "quarantined";
    case ErrorKind::limited: return "worker_backing_off";
    default: return "connector_refused";
  }
}

template <typename T>
void move_behind(std::vector<T>& all, std::vector<T>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

std::nullopt_t CallRun::fail(std::string kind, std::string text) {
  failure_ = CallFailure{};
  failure_->kind = std::move(kind);
  failure_->text = std::move(text);
  return std::nullopt;
}

bool CallRun::contradicts(const std::vector<RecordOutcome>& outcomes) {
  for (const auto& outcome : outcomes) {
    if (!ended_.insert(outcome.index).second) contradicted_ = outcome.index;
  }
  return contradicted_.has_value();
}

Task<std::optional<StepResult>> CallRun::step() {
  auto result = co_await step_once();
  // A hint is the better news: the connector knows more of its vendor than a status tells.
  if ((!result || !result->suspended) && hinted_ == HintKind::none) {
    hinted_ = doors_.holds.met(*target_->destination, contact_, result.has_value(), blocked_);
    TENON_FAIL_POINT_IF("delivery.hold.met",
                        doors_.holds.of(target_->destination->name.value).has_value());
  }
  co_return std::move(result);
}

Task<std::optional<StepResult>> CallRun::step_once() {
  call_.now_ms = ms_of(doors_.clock.now());
  // The call's deadline bounds what is sent, not this: a connector must be able to read an answer
  // that came, or stayed out, at the last moment; else each slow vendor would cost a worker. Nor
  // does its wait for the worker make the step shorter: that it was busy is not the connector's
  // fault, and what was sent must not be sent again for it.
  const Instant until = doors_.clock.instant() + kMaxTurnWait + kStepWall;
  auto call = call_;
  auto result = co_await doors_.hosting.step(*target_->destination, std::move(call), until);
  if (captured_) capture_step(result);
  if (!result) {
    fail(failure_of(result.error()), result.error().text());
    failure_->retry_after = result.error().retry_after;
    co_return std::nullopt;
  }
  const HintKind news = doors_.holds.take(*target_, result->hints);
  hinted_ = graver(hinted_, news);
  if (result->status < 0) {
    co_return fail("step_failed",
                   result->explain.empty() ? "the connector gave no reason" : result->explain);
  }
  // The worker sees one step; that an earlier one has ended the record, only the host knows.
  if (contradicts(result->outcomes)) {
    co_return fail("step_failed",
                   target_->manifest.release() + ": deliver: outcome: wanted one for record " +
                       std::to_string(*contradicted_) +
                       " in the call, found a second one in step " + std::to_string(call_.step));
  }
  if (!result->suspended) {
    if (!result->requests.empty()) {
      co_return fail("step_failed", "the connector pushed requests but did not suspend");
    }
    co_return std::move(*result);
  }
  if (result->requests.empty()) {
    co_return fail("step_failed", "the connector suspended without a request");
  }
  if (++call_.step >= kMaxCallSteps) {
    co_return fail("step_failed",
                   "the connector took more than " + std::to_string(kMaxCallSteps) + " steps");
  }
  co_return std::move(*result);
}

Task<HttpReply> CallRun::send_one(ConnectorRequest request, ExchangeNote* note) {
  EgressTarget target(*target_->destination, target_->manifest, *target_->settings);
  target.tenant = target_->workspace->tenant.value;
  target.workspace = target_->workspace->name.value;
  target.call_records = call_.records.size();
  target.lane = lane_;
  target.synthetic = synthetic_;
  co_return co_await doors_.egress.exchange(std::move(target), std::move(request), deadline_, note);
}

Task<void> CallRun::send(const StepResult& suspended) {
  if (suspended.delay_ms > 0) {
    // Nothing leaves after the deadline, so that there is nothing to wait for behind it.
    const Instant at =
        std::min(deadline_, doors_.clock.instant() + milliseconds{suspended.delay_ms});
    co_await doors_.clock.sleep_until(at);
  }
  call_.state = suspended.state;
  const auto& requests = suspended.requests;
  const std::size_t first = notes_.size();
  notes_.resize(first + requests.size());
  std::vector<Task<HttpReply>> sending;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    notes_[first + i].step = call_.step - 1;
    notes_[first + i].covers = requests[i].covers;
    sending.push_back(send_one(requests[i], &notes_[first + i]));
  }
  auto replies = co_await when_all(std::move(sending));
  if (captured_) captured_->steps.back().replies = replies;
  call_.responses.clear();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    answered_ = answered_ || replies[i].got == Got::http;
    contact_ = contact_of(contact_, replies[i]);
    if (replies[i].got == Got::blocked) blocked_ = replies[i].error;
    CallResponse response;
    response.tag = requests[i].tag;
    response.reply = std::move(replies[i]);
    call_.responses.push_back(std::move(response));
  }
}

Task<std::optional<StepResult>> CallRun::to_end() {
  StepResult all;
  std::size_t bytes = 0;
  for (;;) {
    auto turn = co_await step();
    if (!turn) co_return std::nullopt;
    if (turn->suspended) co_await send(*turn);
    for (const auto& emit : turn->emits) {
      bytes += emit.id.size() + emit.type.size() + emit.body.size();
    }
    move_behind(all.emits, turn->emits);
    move_behind(all.outcomes, turn->outcomes);
    if (all.emits.size() > kMaxCallEmits || bytes > kMaxCallEmitBytes) {
      co_return fail("step_failed", "wanted at most " + std::to_string(kMaxCallEmits) +
                                        " records and " + std::to_string(kMaxCallEmitBytes) +
                                        " bytes of them emitted in one call, found more");
    }
    if (!turn->suspended) co_return all;
  }
}

}  // namespace tenon
