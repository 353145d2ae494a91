// Stage 2: what running needs. It trims what is reachable; the boundary is stage 1, with the gate.
#include <cerrno>

#include "worker/filter.hpp"

namespace tenon::worker {

Result<void> filter_running(Profile profile) {
  Filter filter(SCMP_ACT_KILL_PROCESS);
  allow_running(filter, profile);
  filter.allow(SCMP_SYS(read), {equal(0, kIpcFd)});
  // Time zones, locales, late libraries: there are no files here, and that is a clean error.
  filter.fail(EACCES, {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(lstat),
                       SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(access), SCMP_SYS(faccessat),
                       SCMP_SYS(readlink), SCMP_SYS(lseek), SCMP_SYS(getcwd)});
  return filter.load("stage 2");
}

}  // namespace tenon::worker
