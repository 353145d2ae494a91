// Probing the kernel.
#include "backends/sandbox/capabilities.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/sandbox/spawn.hpp"
#include "backends/sandbox/uid_range.hpp"

namespace tenon::sandbox {

std::string Capabilities::level() const {
  if (!missing().empty()) return "none";
  return namespaces ? "A" : "B";
}

std::vector<std::string> Capabilities::missing() const {
  std::vector<std::string> out;
  if (!seccomp)
    out.emplace_back("seccomp (needs a kernel with CONFIG_SECCOMP_FILTER, 4.14 or newer)");
  if (landlock_abi == 0) {
    out.emplace_back(
        "Landlock (needs a kernel 5.13 or newer with landlock among the security modules: see "
        "`lsm=` on the kernel's command line; in a container, the seccomp profile must allow it)");
  }
  if (root && !uid_drop) {
    out.push_back("uids of their own for workers of a host that runs as root (" + uid_drop_reason +
                  "; or run tenond as an ordinary user)");
  }
  return out;
}

Result<void> Capabilities::check() const {
  const auto found = missing();
  if (found.empty()) return {};
  std::string text = "this machine cannot isolate connectors; missing: ";
  for (std::size_t i = 0; i < found.size(); ++i) text += (i == 0 ? "" : "; ") + found[i];
  return unsupported(std::move(text));
}

Capabilities probe_capabilities() {
  Capabilities out;
  const std::uint32_t kill = SECCOMP_RET_KILL_PROCESS;
  out.seccomp = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0;
  constexpr long kLandlockCreateRuleset = 444;
  const long abi = ::syscall(kLandlockCreateRuleset, nullptr, 0, 1);
  out.landlock_abi = abi > 0 ? static_cast<std::uint32_t>(abi) : 0;
  out.root = ::geteuid() == 0;
  std::optional<std::uint32_t> uid;
  if (out.root) {
    uid = kFirstWorkerUid;
    auto free = check_uid_range();
    if (free) free = probe(Namespaces::shared, uid);
    out.uid_drop = free.has_value();
    if (!free) out.uid_drop_reason = free.error().text();
  }
  const auto spaces = probe(Namespaces::own, uid);
  out.namespaces = spaces.has_value();
  if (!spaces) out.namespaces_reason = spaces.error().text();
  return out;
}

}  // namespace tenon::sandbox
