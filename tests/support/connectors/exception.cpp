// Lets an exception leave its step.
#include <stdexcept>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink*) {
  if (raw::view(call->action) == "int") throw 42;
  throw std::runtime_error("thrown on purpose");
}
TEST_CONNECTOR(step)
