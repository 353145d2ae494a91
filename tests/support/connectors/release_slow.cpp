// A bad release of the webhook connector: it does what it should, later.
#include <unistd.h>

#include "release.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  if (call->op == TENON_OP_DELIVER && call->step == 0) usleep(800'000);
  return raw::release_step(call, sink, "slow");
}
TEST_CONNECTOR(step)
