// Step 0 sends each record's body as a request and suspends; step 1 accepts what was answered.
#include "raw.hpp"

static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                         const tenon_sink* sink) {
  if (call->op == TENON_OP_CHECK) return TENON_OK;
  if (call->op != TENON_OP_DELIVER) return TENON_E_UNSUPPORTED;
  if (raw::view(call->action) == "direct") return raw::accept_all(call, sink, instance->settings);
  if (call->step > 0) return raw::accept_all(call, sink, raw::view(call->state));
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    const tenon_kv header = {raw::str("content-type"), raw::str("application/json")};
    tenon_request request{};
    request.size = sizeof request;
    request.tag = i + 1;
    request.effect = TENON_EFFECT_IDEMPOTENT;
    request.endpoint = raw::str("api");
    request.method = raw::str("POST");
    request.path = raw::str("/echo");
    request.headers = {&header, 1, sizeof header};
    request.body = record->body;
    request.covers = {&i, 1, sizeof i};
    if (const auto status = sink->request(sink, &request); status != TENON_OK) return status;
  }
  return sink->suspend(sink, raw::str(instance->settings), 5);
}
TEST_CONNECTOR(step)
