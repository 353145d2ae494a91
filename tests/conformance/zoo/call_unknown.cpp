// call_unknown: lets an exception out of the step.
#include "base.hpp"

namespace {

tenon_status create(const tenon_host*, tenon_str config, const tenon_sink* sink,
                    tenon_instance** out) {
  return tenon::sdk::Table<zoo::Base>::get()->create(nullptr, config, sink, out);
}
void destroy(tenon_instance* instance) { tenon::sdk::Table<zoo::Base>::get()->destroy(instance); }
tenon_status step(const tenon_instance* instance, const tenon_call* call, const tenon_sink* sink) {
  if (tenon::sdk::text(call->action) != "send") throw 7;
  return tenon::sdk::Table<zoo::Base>::get()->step(instance, call, sink);
}
const void* extension(tenon_str) { return nullptr; }

constexpr tenon_connector kTable{sizeof(tenon_connector),
                                 TENON_ABI_MINOR,
                                 TENON_OP_DELIVER,
                                 0,
                                 create,
                                 destroy,
                                 step,
                                 extension};

}  // namespace

extern "C" TENON_EXPORT const tenon_connector* tenon_connector_v1() { return &kTable; }
