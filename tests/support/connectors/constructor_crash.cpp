// Dies while it is being loaded.
#include <cstdlib>

#include "raw.hpp"

__attribute__((constructor)) static void die() { std::abort(); }
static tenon_status step(const tenon_instance*, const tenon_call*, const tenon_sink*) {
  return TENON_OK;
}
TEST_CONNECTOR(step)
