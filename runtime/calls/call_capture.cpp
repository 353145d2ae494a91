// Keeping a call: what the connector was given and what it answered, as it was.
#include "calls/call_run.hpp"
#include "manifest/settings.hpp"

namespace tenon {

void CallRun::capture_as(const std::string& attempt) {
  const auto& destination = *target_->destination;
  if (doors_.captures == nullptr || !doors_.captures->wants(destination.name.value, attempt)) {
    return;
  }
  captured_ = std::make_unique<CapturedCall>();
  captured_from_ = doors_.clock.instant();
  captured_->tenant = target_->workspace->tenant.value;
  captured_->workspace = target_->workspace->name.value;
  captured_->destination = destination.name.value;
  captured_->release = target_->manifest.release();
  captured_->attempt = attempt;
  captured_->op = call_.op;
  captured_->action = call_.action;
  captured_->at = doors_.clock.now();
  captured_->seed = call_.seed;
  captured_->settings =
      with_defaults(target_->manifest, destination.settings, SettingsFor::connector);
  captured_->records = call_.records;
}

void CallRun::capture_step(const Result<StepResult>& result) {
  CapturedStep& step = captured_->steps.emplace_back();
  step.now_ms = call_.now_ms;
  step.idempotency = call_.idempotency;
  if (!result) return;  // the failure of the call says why
  step.status = result->status;
  step.explain = result->explain;
  step.suspended = result->suspended;
  step.delay_ms = result->delay_ms;
  step.requests = result->requests;
  step.outcomes = result->outcomes;
}

void CallRun::end_capture() {
  if (!captured_) return;
  const auto took = doors_.clock.instant() - captured_from_;
  captured_->took_ms =
      static_cast<std::uint32_t>(std::chrono::duration_cast<milliseconds>(took).count());
  if (failure_) {
    captured_->failure = failure_->kind;
    captured_->failure_text = failure_->text;
  }
  doors_.captures->take(std::move(*captured_));
  captured_.reset();
}

}  // namespace tenon
