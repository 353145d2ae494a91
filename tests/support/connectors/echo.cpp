// Step 0 sends each record's body as a request and suspends; step 1 accepts what was answered.
#include "raw.hpp"

// Two records before the checkpoint and one behind it.
static tenon_status pull(const tenon_call* call, const tenon_sink* sink) {
  for (const char* id : {"a", "b", "behind"}) {
    if (std::string_view(id) == "behind") {
      const std::string cursor = std::string(raw::view(call->cursor)) + "+";
      sink->checkpoint(sink, raw::str(cursor), 1);
    }
    tenon_emit emit{};
    emit.size = sizeof emit;
    emit.kind = TENON_EMIT_RECORD;
    emit.id = raw::str(id);
    emit.type = raw::str("identify");
    emit.body = raw::str(R"({"userId":"u"})");
    emit.event_ms = 5;
    if (const auto status = sink->emit(sink, &emit); status != TENON_OK) return status;
  }
  return TENON_OK;
}

// The first key is there, under the vendor's id that came with it; the others are not.
static tenon_status read_back(const tenon_call* call, const tenon_sink* sink) {
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    tenon_emit emit{};
    emit.size = sizeof emit;
    emit.kind = i == 0 ? TENON_EMIT_FOUND : TENON_EMIT_ABSENT;
    emit.index = i;
    if (i == 0) emit.body = record->body;
    if (i == 0) emit.id = record->vendor_ref;
    if (const auto status = sink->emit(sink, &emit); status != TENON_OK) return status;
  }
  return TENON_OK;
}

static tenon_status step(const tenon_instance* instance, const tenon_call* call,
                         const tenon_sink* sink) {
  if (call->op == TENON_OP_CHECK) return TENON_OK;
  if (call->op == TENON_OP_PULL) return pull(call, sink);
  if (call->op == TENON_OP_READBACK) return read_back(call, sink);
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
