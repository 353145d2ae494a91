// send: each record is a request of its own, and its answer is the record's outcome.
#include "webhook.hpp"

namespace webhook {
namespace {

// Asks for one request per readable record; were there any?
bool ask(const Call& call, DeliverStep& step) {
  bool asked = false;
  for (const Record record : call.records()) {
    auto body = minified(record.body());
    if (!body) continue;
    Request request = Request::post("target", "");
    step.send(request.carries(record).idempotent().json(std::move(*body)));
    asked = true;
  }
  return asked;
}

}  // namespace

Next send(const Call& call, DeliverStep& step) {
  if (call.step() == 0 && ask(call, step)) return step.suspend();
  Outcomes outcomes(call);
  for (const Record record : call.records()) {
    // Only a readable record was asked for, so an answer spares reading it again.
    if (const auto response = call.response(record.index())) {
      give_hints(*response, call.now_ms(), step);
      outcomes[record] = outcome_of(*response, call.now_ms(), false);
    } else if (!minified(record.body())) {
      outcomes[record] = unreadable();
    }
  }
  return step.end_all(outcomes);
}

}  // namespace webhook
