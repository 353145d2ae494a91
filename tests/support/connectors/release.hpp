// A release of the webhook connector whose requests tell which code made them.
#pragma once

#include "raw.hpp"

namespace raw {

inline tenon_status ask(const tenon_call* call, const tenon_sink* sink, std::string_view code) {
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    const tenon_record* record = TENON_AT(call->records, tenon_record, i);
    const tenon_kv headers[] = {{str("content-type"), str("application/json")},
                                {str("x-code"), str(code)}};
    tenon_request request{};
    request.size = sizeof request;
    request.tag = i + 1;
    request.effect = TENON_EFFECT_IDEMPOTENT;
    request.endpoint = str("target");
    request.method = str("POST");
    request.headers = {headers, 2, sizeof headers[0]};
    request.body = record->body;
    request.covers = {&i, 1, sizeof i};
    request.idempotency_key = record->id;
    if (const auto status = sink->request(sink, &request); status != TENON_OK) return status;
  }
  return sink->suspend(sink, str("sent"), 0);
}

inline tenon_status tell(const tenon_call* call, const tenon_sink* sink) {
  for (std::uint32_t i = 0; i < call->responses.count; ++i) {
    const tenon_response* response = TENON_AT(call->responses, tenon_response, i);
    const bool taken = response->http_status / 100 == 2;
    tenon_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.index = response->tag - 1;
    outcome.verdict = taken ? TENON_ACCEPTED : TENON_RETRY;
    outcome.applied = taken ? TENON_APPLIED_YES : TENON_APPLIED_MAYBE;
    if (const auto status = sink->outcome(sink, &outcome); status != TENON_OK) return status;
  }
  return TENON_OK;
}

inline tenon_status release_step(const tenon_call* call, const tenon_sink* sink,
                                 std::string_view code) {
  if (call->op == TENON_OP_CHECK) return TENON_OK;
  if (call->op != TENON_OP_DELIVER) return TENON_E_UNSUPPORTED;
  return call->step == 0 ? ask(call, sink, code) : tell(call, sink);
}

}  // namespace raw
