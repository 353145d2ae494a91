// send_batch: the records go out as one array, and share the fate of the one request.
#include <vector>

#include "webhook.hpp"

namespace webhook {
namespace {

struct Batch {
  std::string body = "[";
  std::vector<std::uint32_t> covers;
};

Batch batch_of(const Call& call) {
  Batch batch;
  for (const Record record : call.records()) {
    const auto body = minified(record.body());
    if (!body) continue;
    if (!batch.covers.empty()) batch.body += ',';
    batch.body += *body;
    batch.covers.push_back(record.index());
  }
  batch.body += ']';
  return batch;
}

}  // namespace

void send_batch(const Call& call, Step& step) {
  const Batch batch = batch_of(call);
  if (call.step() == 0 && !batch.covers.empty()) {
    Request request("target", "POST", "");
    request.idempotent().covers(batch.covers).idempotency_key(call.idempotency()).json(batch.body);
    step.send(request);
    step.suspend();
    return;
  }
  for (const Record record : call.records()) {
    if (!minified(record.body())) step.end(record.index(), unreadable());
  }
  if (batch.covers.empty()) return;
  if (call.responses().size() != 1) throw bad_input("responses: wanted one to our one request");
  const Response response = call.responses()[0];
  give_hints(response, call.now_ms(), step);
  const Outcome outcome = outcome_of(response, call.now_ms(), batch.covers.size() > 1);
  for (const std::uint32_t index : batch.covers) step.end(index, outcome);
}

}  // namespace webhook
