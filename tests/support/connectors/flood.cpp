// Writes a great deal to stdout, with control characters, then accepts.
#include <unistd.h>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  const std::string line = "\x1b[31mforged level=error\r" + std::string(200, 'f') + "\n";
  for (int i = 0; i < 2'000; ++i) (void)!write(1, line.data(), line.size());
  return raw::accept_all(call, sink, "");
}
TEST_CONNECTOR(step)
