// What the test connectors share: a table around one step function, by the bare C ABI.
#pragma once

#include <tenon/tenon.h>

#include <cstring>
#include <string>
#include <string_view>

struct tenon_instance {
  std::string settings;
};

namespace raw {

inline tenon_str str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(tenon_str text) { return {text.ptr, text.len}; }

// Refuses settings that contain "refuse", with an explanation.
inline tenon_status create(const tenon_host*, tenon_str config, const tenon_sink* sink,
                           tenon_instance** out) {
  if (view(config).find("refuse") != std::string_view::npos) {
    sink->explain(sink, str("region: wanted eu or us, found \"refuse\""));
    return TENON_E_CONFIG;
  }
  *out = new tenon_instance{std::string(view(config))};
  return TENON_OK;
}
inline void destroy(tenon_instance* instance) { delete instance; }
inline const void* extension(tenon_str) { return nullptr; }

using Step = tenon_status (*)(const tenon_instance*, const tenon_call*, const tenon_sink*);
constexpr tenon_connector table(Step step, std::uint32_t ops = TENON_OP_DELIVER | TENON_OP_CHECK) {
  return {sizeof(tenon_connector), TENON_ABI_MINOR, ops, 0, &create, &destroy, step, &extension};
}

// Accepts every record, with the settings' length as detail.
inline tenon_status accept_all(const tenon_call* call, const tenon_sink* sink,
                               std::string_view detail) {
  for (std::uint32_t i = 0; i < call->records.count; ++i) {
    tenon_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.index = i;
    outcome.verdict = TENON_ACCEPTED;
    outcome.applied = TENON_APPLIED_YES;
    outcome.detail = str(detail);
    if (const auto status = sink->outcome(sink, &outcome); status != TENON_OK) return status;
  }
  return TENON_OK;
}

}  // namespace raw

#define TEST_CONNECTOR_OF(step_function, ops)                                \
  static constexpr tenon_connector kTable = raw::table(&step_function, ops); \
  const tenon_connector* tenon_connector_v1(void) { return &kTable; }
#define TEST_CONNECTOR(step_function)                                   \
  static constexpr tenon_connector kTable = raw::table(&step_function); \
  const tenon_connector* tenon_connector_v1(void) { return &kTable; }
