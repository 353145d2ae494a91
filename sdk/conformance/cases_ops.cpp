// Cases about webhook, readback and check: repeats are known, and failures prove nothing.
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::StepOut;

// Calls `visit` for each golden of that op; skips if the manifest lacks it.
void each_of_op(Subject& subject, std::uint32_t op,
                const std::function<void(const Golden&)>& visit) {
  const std::string name(testkit::op_name(op));
  if ((subject.facts().ops & op) == 0) throw Skip{"the manifest has no op " + name};
  bool any = false;
  for (const Golden& golden : subject.goldens()) {
    if (golden.call.op != op) continue;
    any = true;
    visit(golden);
  }
  if (!any) fail("wanted a golden of op " + name + " beside the manifest's, found none");
}

void webhook_repeat(Subject& subject) {
  each_of_op(subject, TENON_OP_WEBHOOK, [&](const Golden& golden) {
    const StepOut first = subject.instance(golden.settings)->step(golden.call);
    auto again = golden.call;
    again.now_ms += 86'400'000;
    again.seed += 4711;
    again.idempotency += "-again";
    const StepOut second = subject.instance(golden.settings)->step(again);
    bool same = first.emits.size() == second.emits.size();
    for (std::size_t i = 0; same && i < first.emits.size(); ++i) {
      if (first.emits[i].id == second.emits[i].id) continue;
      fail(golden.name + ": the same request a day later: wanted the id " + first.emits[i].id +
           " again, found " + second.emits[i].id + "; take it out of the request");
    }
    if (!same) fail(golden.name + ": the same request a day later gave another number of records");
  });
}

// Each yes of the goldens of that op, made worse in every way that leaves no proof in it.
void each_failure(Subject& subject, std::uint32_t op,
                  const std::function<void(const std::string& told, const CallOut&)>& judge) {
  each_of_op(subject, op, [&](const Golden& golden) {
    for (std::size_t s = 0; s < golden.steps.size(); ++s) {
      for (std::size_t i = 0; i < golden.steps[s].size(); ++i) {
        if (!is_yes(golden.steps[s][i].reply)) continue;
        for (const Corruption& corruption : corruptions()) {
          if (corruption.of_body && !golden.body_ignored.empty()) continue;
          judge(golden.name + ": its reply became " + corruption.name + ": ",
                run_changed(subject, golden, s, i, corruption.apply));
        }
      }
    }
  });
}

void readback_from_failure(Subject& subject) {
  each_failure(subject, TENON_OP_READBACK, [](const std::string& told, const CallOut& out) {
    if (out.status() != TENON_OK) return;
    for (const StepOut& step : out.steps) {
      if (step.emits.empty()) continue;
      fail(told + "wanted nothing told of any record, found record " +
           std::to_string(step.emits[0].index) +
           (step.emits[0].kind == TENON_EMIT_ABSENT ? " absent" : " found"));
    }
  });
}

void check_from_failure(Subject& subject) {
  each_failure(subject, TENON_OP_CHECK, [](const std::string& told, const CallOut& out) {
    if (out.status() == TENON_OK) fail(told + "wanted a status with a text, found ok");
  });
}

}  // namespace

std::vector<Case> op_cases() {
  return {
      {"webhook.repeat", "the same webhook a day later has the same ids", webhook_repeat,
       "vendors send webhooks twice; the second would be a second event"},
      {"readback.nothing_from_failure", "a read-back that failed tells nothing",
       readback_from_failure,
       "what is called absent is sent again, and what is called found never is"},
      {"check.no_ok_from_failure", "a check is ok only if the vendor said so", check_from_failure,
       "a destination with a dead credential would look healthy"},
  };
}

}  // namespace tenon::conformance
