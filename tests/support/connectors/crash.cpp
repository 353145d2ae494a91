// Dies of a null pointer in a step, unless the action is "live".
#include <cstdlib>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  if (raw::view(call->action) == "live") return raw::accept_all(call, sink, "alive");
  if (raw::view(call->action) == "exit") _Exit(7);
  volatile int* nowhere = nullptr;
  *nowhere = 1;
  return TENON_OK;
}
TEST_CONNECTOR(step)
