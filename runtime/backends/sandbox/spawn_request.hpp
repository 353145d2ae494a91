// What the host asks of the spawner, and what it answers. Both are programs of one release, so
// there are no versions; what does not fit is refused.
#pragma once

#include <string>
#include <string_view>

#include "backends/sandbox/spawn.hpp"

namespace tenon::sandbox {

// The descriptors of the plan travel beside it, in the order program, folder, ipc, log.
constexpr std::size_t kSpawnFds = 4;

std::string encode_request(const SpawnPlan& plan);
// Without descriptors. corrupt: not such a request.
Result<SpawnPlan> decode_request(std::string_view bytes);

// The pidfd of what runs travels beside it.
std::string encode_reply(const SpawnedForParent& spawned);
struct SpawnReply {
  pid_t pid = -1;  // of the new process, running or dead; -1: there is none
  Result<void> runs;
};
// corrupt: not such a reply.
Result<SpawnReply> decode_reply(std::string_view bytes);

}  // namespace tenon::sandbox
