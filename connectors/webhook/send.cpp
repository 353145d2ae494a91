// send: each record is a request of its own, and its answer is the record's outcome.
#include "webhook.hpp"

namespace webhook {
namespace {

// Asks for one request per readable record; were there any?
bool ask(const Call& call, Step& step) {
  bool asked = false;
  for (const Record record : call.records()) {
    auto body = minified(record.body());
    if (!body) continue;
    Request request("target", "POST", "");
    request.tag(record.index()).covers(record.index()).idempotent();
    request.idempotency_key(record.id()).json(std::move(*body));
    step.send(request);
    asked = true;
  }
  if (asked) step.suspend();
  return asked;
}

}  // namespace

void send(const Call& call, Step& step) {
  if (call.step() == 0 && ask(call, step)) return;
  for (const Record record : call.records()) {
    // Only a readable record was asked for, so an answer spares reading it again.
    if (const auto response = call.response(record.index())) {
      give_hints(*response, call.now_ms(), step);
      step.end(record.index(), outcome_of(*response, call.now_ms(), false));
    } else if (!minified(record.body())) {
      step.end(record.index(), unreadable());
    }
  }
}

}  // namespace webhook
