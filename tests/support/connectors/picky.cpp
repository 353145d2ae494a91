// Dies of a record that holds the word poison; skips all others, which needs no vendor.
#include <cstdlib>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  const auto* records = static_cast<const char*>(call->records.data);
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    const auto* record =
        reinterpret_cast<const tenon_record*>(records + std::size_t{i} * call->records.stride);
    if (raw::view(record->body).find("poison") != std::string_view::npos) std::abort();
  }
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    tenon_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.index = i;
    outcome.verdict = TENON_SKIPPED;
    if (const auto status = sink->outcome(sink, &outcome); status != TENON_OK) return status;
  }
  return TENON_OK;
}
TEST_CONNECTOR(step)
