// tenond: the host.
#include <csignal>

#include "app/host.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of that connection only
  auto parsed = tenon::app::parse_options(argc, argv);
  if (parsed.exit) return *parsed.exit;
  tenon::app::Host host(std::move(parsed.options));
  return host.run();
}
