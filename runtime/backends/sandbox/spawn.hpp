// Spawning one worker: a new process with no environment, four descriptors and its own namespaces.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/sandbox/fd.hpp"
#include "base/result.hpp"

namespace tenon::sandbox {

enum class Namespaces : std::uint8_t { own, shared };  // own: with a private root

struct SpawnPlan {
  int program_fd = -1;  // the worker's binary, opened O_PATH: its folders need not be reachable
  int folder_fd = -1;   // becomes its current folder, for the same reason; -1: the caller's stays
  int ipc_fd = -1;      // becomes 3
  int log_fd = -1;      // becomes 1, 2 and 4
  std::vector<std::string> arguments;  // argv, the name first
  Namespaces namespaces = Namespaces::own;
  std::string so_path;  // of own namespaces: in a root of its own, whose folder is then the current
  std::optional<std::uint32_t> uid;  // as root: the uid and gid to become
};

struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;
};

// Blocks until the new program runs (well under a millisecond; the memory is shared till then).
//   unsupported: the machine refuses the namespaces or the uid, naming the step.
//   unavailable: anything else (no memory, no processes left).
// The descriptors of the plan stay the caller's.
Result<Spawned> spawn(const SpawnPlan& plan);

struct SpawnedForParent {
  pid_t pid = -1;  // of whatever came into being, even if it is dead again; -1: nothing did
  Result<UniqueFd> pidfd;
};
// The same, but the process becomes a child of the caller's parent, who has to reap it.
SpawnedForParent spawn_for_parent(const SpawnPlan& plan);

// Waits for a child that has ended or is being killed.
void reap(pid_t pid);

// Does a process in such namespaces, with its root, and of such a uid start at all? Runs nothing.
Result<void> probe(Namespaces namespaces, std::optional<std::uint32_t> uid);

}  // namespace tenon::sandbox
