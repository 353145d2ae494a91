// The check op. A connector's OK without any answer of the vendor proves nothing.
#include "calls/check.hpp"

namespace tenon {

Task<Result<CheckReport>> run_check(CallDoors doors, std::shared_ptr<const CallTarget> target) {
  if (!can(target->manifest, "check")) {
    co_return unsupported("connector " + target->manifest.release() + " cannot check itself",
                          "destination " + target->destination->name.value);
  }
  Call call;
  call.op = Op::check;
  const std::string name = "check " + target->destination->name.value;
  call.seed = hash64(name);
  const auto within = std::min<milliseconds>(kMaxCheck, target->manifest.call_deadline);
  CallRun run(doors, target, std::move(call), doors.clock.instant() + within, Lane::reconcile);
  const auto ended = co_await run.to_end();
  CheckReport report;
  report.failure = run.failure();
  if (ended && !run.answered()) {
    CallFailure unproven;
    unproven.kind = "unproven";
    unproven.text = "the connector is content, but no answer of the vendor supports it";
    report.failure = std::move(unproven);
  }
  report.notes = std::move(run.notes());
  co_return report;
}

}  // namespace tenon
