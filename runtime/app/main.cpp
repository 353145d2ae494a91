// tenond: the host.
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "app/host.hpp"
#include "base/fail_point.hpp"

namespace {

// Faults are a matter of tests: what arms them is no option of the program.
tenon::Result<void> arm_faults() {
#ifdef TENON_FAIL_POINTS
  if (const char* point = std::getenv("TENON_FAIL_POINT")) TENON_TRY(tenon::fail::arm(point));
  if (const char* bug = std::getenv("TENON_PLANTED_BUG")) TENON_TRY(tenon::fail::plant(bug));
#endif
  return {};
}

// Secrets are in the memory of this process: no core file and no other process of its user gets it.
void hide_memory() {
#ifndef __SANITIZE_ADDRESS__  // whose search for leaks looks at the process from outside
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  hide_memory();
  std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of that connection only
  const auto armed = arm_faults();
  if (!armed) {
    std::fprintf(stderr, "tenond: %s\n", armed.error().text().c_str());
    return tenon::app::kExitUnusable;
  }
  auto parsed = tenon::app::parse_options(argc, argv);
  if (parsed.exit) return *parsed.exit;
  tenon::app::Host host(std::move(parsed.options));
  return host.run();
}
