// Tries to read and to talk while it is being loaded, and tells what came of it.
#include <fcntl.h>
#include <unistd.h>

#include "raw.hpp"

static int opened = -2;
__attribute__((constructor)) static void pry() { opened = open("/etc/passwd", O_RDONLY); }
static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  return raw::accept_all(call, sink, opened >= 0 ? "done" : "refused");
}
TEST_CONNECTOR(step)
