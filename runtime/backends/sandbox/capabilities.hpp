// What this machine can enforce around a worker: probed at start, shown by `tenon doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::sandbox {

struct Capabilities {
  bool seccomp = false;            // filters that kill the process, on all threads
  std::uint32_t landlock_abi = 0;  // 0 = none
  bool namespaces = false;         // user (or uid drop), net, pid, ipc, uts, mount
  std::string namespaces_reason;   // why not
  bool root = false;               // the host runs as root
  bool uid_drop = false;           // as root: workers get uids of their own
  std::string uid_drop_reason;     // why not

  // "A": all of it; "B": no namespaces (measured safe, but reported); "none": not to be run on.
  std::string level() const;
  // What is missing of the required (seccomp, Landlock, and as root the uid drop), in words that
  // say how to mend it. Empty: connectors may run here.
  std::vector<std::string> missing() const;
  // unsupported, with all that is missing.
  Result<void> check() const;
};

// Asks the kernel; starts up to two short-lived processes. A few milliseconds.
Capabilities probe_capabilities();

}  // namespace tenon::sandbox
