// Lets an exception cross the border, which the glue of the SDK would have stopped.
#include <tenon/tenon.h>

#include <stdexcept>

namespace {

tenon_status create(const tenon_host*, tenon_str, const tenon_sink*, tenon_instance** out) {
  static int instance = 0;
  *out = reinterpret_cast<tenon_instance*>(&instance);
  return TENON_OK;
}
void destroy(tenon_instance*) {}
tenon_status step(const tenon_instance*, const tenon_call*, const tenon_sink*) {
  throw std::runtime_error("thrown on purpose");
}
const void* extension(tenon_str) { return nullptr; }

}  // namespace

extern "C" const tenon_connector* tenon_connector_v1(void) {
  static constexpr tenon_connector table{sizeof(tenon_connector),
                                         TENON_ABI_MINOR,
                                         TENON_OP_DELIVER,
                                         0,
                                         create,
                                         destroy,
                                         step,
                                         extension};
  return &table;
}
