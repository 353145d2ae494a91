// Never comes back from a step: busy, or asleep if the action is "sleep".
#include <unistd.h>

#include "raw.hpp"

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink*) {
  volatile unsigned turns = 0;
  for (;;) {
    if (raw::view(call->action) == "sleep") {
      usleep(10'000);
    } else {
      turns = turns + 1;
    }
  }
}
TEST_CONNECTOR(step)
