// A good release of the webhook connector: its requests say "a".
#include "release.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  return raw::release_step(call, sink, "a");
}
TEST_CONNECTOR(step)
