// A bad release of the webhook connector: it gives up what it could have sent.
#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    tenon_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.index = i;
    outcome.verdict = TENON_REJECTED;
    outcome.applied = TENON_APPLIED_NO;
    if (const auto status = sink->outcome(sink, &outcome); status != TENON_OK) return status;
  }
  return TENON_OK;
}
TEST_CONNECTOR(step)
