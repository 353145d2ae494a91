// rlimits, privileges and capabilities.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "worker/lockdown.hpp"

namespace tenon::worker {
namespace {

Error failed(std::string what) {
  return unsupported(std::move(what) + ": " + std::strerror(errno));
}

Result<void> limit(int resource, std::uint64_t value, const char* name) {
  const rlimit wanted{value, value};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) != 0) {
    return failed(std::string("rlimit ") + name);
  }
  return {};
}

}  // namespace

Result<void> drop_rights(bool own_uid) {
  TENON_TRY(limit(RLIMIT_CORE, 0, "CORE"));
  TENON_TRY(limit(RLIMIT_FSIZE, 0, "FSIZE"));
  TENON_TRY(limit(RLIMIT_NOFILE, kMaxOpenFiles, "NOFILE"));
  TENON_TRY(limit(RLIMIT_DATA, kMaxDataBytes, "DATA"));
  TENON_TRY(limit(RLIMIT_STACK, kMaxStackBytes, "STACK"));
  TENON_TRY(limit(RLIMIT_AS, kMaxAddressBytes, "AS"));
  TENON_TRY(limit(RLIMIT_MEMLOCK, 0, "MEMLOCK"));
  TENON_TRY(limit(RLIMIT_MSGQUEUE, 0, "MSGQUEUE"));
  // Counted by uid and user namespace. Where the uid is shared, what runs already is added, so that
  // the bound is there, if a loose one.
  struct sysinfo machine {};
  if (!own_uid && ::sysinfo(&machine) != 0) return failed("counting processes");
  TENON_TRY(limit(RLIMIT_NPROC, kMaxThreads + (own_uid ? 0 : machine.procs), "NPROC"));
  if (::geteuid() == 0) return unsupported("a worker must not run as root");

  // Without the right to drop from the bounding set there is nothing in it that could be gained:
  // no_new_privs makes exec and set-uid files useless.
  for (int cap = 0; ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap) {
    (void)::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
  }
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return failed("dropping capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("dumpable");
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed("parent-death signal");
  return {};
}

}  // namespace tenon::worker
