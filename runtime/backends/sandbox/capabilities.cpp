// Probing the kernel.
#include "backends/sandbox/capabilities.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

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
  if (landlock_abi == 0 && !namespaces) {
    out.emplace_back(
        "Landlock or a private root (either allow namespaces; or Landlock, which needs a kernel "
        "5.13 or newer with landlock among the security modules: see "
        "`lsm=` on the kernel's command line; in a container, the seccomp profile must allow it)");
  }
  if (!self_test.empty()) {
    out.push_back("a worker that locks itself as it should (the self-test said: " + self_test +
                  ")");
  }
  if (root && !uid_drop) {
    out.push_back("uids of their own for workers of a host that runs as root (" + uid_drop_reason +
                  "; or run tenond as an ordinary user)");
  }
  return out;
}

std::vector<std::string> Capabilities::reduced() const {
  std::vector<std::string> out;
  if (!gate) {
    out.push_back("no gate (" + gate_reason +
                  "): a connector that stops its worker from locking further keeps the calls of "
                  "loading; Landlock and the private root still bind it");
  }
  if (!namespaces) {
    out.push_back("no namespaces (" + namespaces_reason +
                  "): Landlock and seccomp stand alone; while it loads, a connector can learn "
                  "which paths exist");
  }
  if (landlock_abi == 0) {
    out.emplace_back("no Landlock: the private root and seccomp stand alone");
  } else if (landlock_abi < 6) {
    out.push_back("Landlock " + std::to_string(landlock_abi) + " is older than 6" +
                  (landlock_abi < 4 ? ": no rules for TCP and signals" : ": no rules for signals") +
                  "; seccomp stands in");
  }
  return out;
}

Capabilities masked(Capabilities found, const Mask& mask) {
  const std::string why = "masked";
  if (!mask.seccomp) found.seccomp = false;
  if (!mask.gate || !found.seccomp) {
    found.gate = false;
    found.gate_reason = why;
  }
  if (!mask.namespaces) {
    found.namespaces = false;
    found.namespaces_reason = why;
  }
  found.landlock_abi = std::min(found.landlock_abi, mask.landlock_at_most);
  return found;
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
  const std::uint32_t notify = SECCOMP_RET_USER_NOTIF;
  seccomp_notif_sizes sizes{};
  out.gate = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &notify) == 0 &&
             ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0;
  if (!out.gate) out.gate_reason = "needs a kernel 5.5 or newer";
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
