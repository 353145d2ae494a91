// A bad release of the webhook connector: it says yes and sends nothing.
#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  return raw::accept_all(call, sink, "");
}
TEST_CONNECTOR(step)
