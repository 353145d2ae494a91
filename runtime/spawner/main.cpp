// tenon-spawner: one thread that starts workers for the host which started it, and does nothing
// else. It holds no log, no listener and no secret; its environment is empty.
#include <fcntl.h>

#include <cstdio>

#include "backends/sandbox/packet.hpp"
#include "backends/sandbox/spawn_request.hpp"

namespace {

namespace sandbox = tenon::sandbox;

constexpr int kSocket = 3;

sandbox::SpawnedForParent serve(const sandbox::Packet& asked) {
  auto plan = sandbox::decode_request(asked.bytes);
  if (!plan) return {-1, std::move(plan).error()};
  if (asked.fds.size() != sandbox::kSpawnFds) {
    return {-1, tenon::unavailable("the spawner has no descriptors left")};
  }
  plan->program_fd = asked.fds[0].get();
  plan->folder_fd = asked.fds[1].get();
  plan->ipc_fd = asked.fds[2].get();
  plan->log_fd = asked.fds[3].get();
  return sandbox::spawn_for_parent(*plan);
}

}  // namespace

int main() {
  if (::fcntl(kSocket, F_GETFD) < 0) {
    std::fputs("tenon-spawner is started by tenond, never by hand\n", stderr);
    return 2;
  }
  for (;;) {
    const auto asked = sandbox::receive_packet(kSocket);
    if (!asked || !*asked) return 0;  // the host is gone
    const auto spawned = serve(**asked);
    const std::string reply = sandbox::encode_reply(spawned);
    const auto sent = spawned.pidfd ? sandbox::send_packet(kSocket, reply, {spawned.pidfd->get()})
                                    : sandbox::send_packet(kSocket, reply, {});
    if (!sent) return 0;
  }
}
