// What this machine can enforce around a worker: probed at start, shown by `tenon doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::sandbox {

struct Capabilities {
  bool seccomp = false;            // filters that kill the process, on all threads
  bool gate = false;               // calls of loading wait for the host (kernel 5.5)
  std::string gate_reason;         // why not
  std::uint32_t landlock_abi = 0;  // 0 = none
  // User (or uid drop), net, pid, ipc, uts and mount, with a root of libraries and the .so alone.
  bool namespaces = false;
  std::string namespaces_reason;  // why not
  bool root = false;              // the host runs as root
  bool uid_drop = false;          // as root: workers get uids of their own
  std::string uid_drop_reason;    // why not
  std::string self_test;          // why a worker could not lock itself; "" = it could, or not tried

  // "A": with namespaces; "B": without (measured safe, but reported); "none": not to be run on.
  std::string level() const;
  // What is missing of the required (seccomp, Landlock or a private root, and as root the uid
  // drop), in words that say how to mend it. Empty: connectors may run here.
  std::vector<std::string> missing() const;
  // What is not there but not required, each with what stands in for it.
  std::vector<std::string> reduced() const;
  // unsupported, with all that is missing.
  Result<void> check() const;
};

// Takes abilities away, so that a start on a lesser machine can be tried on this one.
struct Mask {
  bool seccomp = true, gate = true, namespaces = true;
  std::uint32_t landlock_at_most = 255;  // the newest version
};
Capabilities masked(Capabilities found, const Mask& mask);

// Asks the kernel; starts up to two short-lived processes. A few milliseconds.
Capabilities probe_capabilities();

}  // namespace tenon::sandbox
