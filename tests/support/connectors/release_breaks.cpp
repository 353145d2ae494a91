// A bad release of the webhook connector: it does what no connector may, and is quarantined.
#include <sys/socket.h>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) return TENON_E_INTERNAL;
  return raw::accept_all(call, sink, "");
}
TEST_CONNECTOR(step)
