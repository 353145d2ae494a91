// Takes webhooks: each line of the body becomes one event; the word "hang" or "crash" is obeyed.
#include <cstdlib>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  if (call->op != TENON_OP_WEBHOOK || call->inbound == nullptr) return TENON_E_UNSUPPORTED;
  std::string_view body = raw::view(call->inbound->body);
#ifndef TENON_TEST_MENDED
  if (body == "crash") std::abort();
  volatile bool for_ever = body.find("hang") != std::string_view::npos;
  while (for_ever) {
  }
#endif
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(line.size() < body.size() ? line.size() + 1 : body.size());
    tenon_emit emit{};
    emit.size = sizeof emit;
    emit.kind = TENON_EMIT_RECORD;
    emit.id = raw::str(line);
    emit.type = raw::str("track");
    emit.body = raw::str(R"({"event":"Line","userId":"u"})");
    if (const auto status = sink->emit(sink, &emit); status != TENON_OK) return status;
  }
  return sink->reply(sink, 201, raw::str("taken"));
}
TEST_CONNECTOR_OF(step, TENON_OP_WEBHOOK)
