// Stage 1: what loading a connector needs. In force before the first instruction of the vendor's.
#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

#include "worker/filter.hpp"

namespace tenon::worker {

Result<void> filter_loading(Profile profile) {
  Filter filter(SCMP_ACT_KILL_PROCESS);
  allow_running(filter, profile);
  filter.allow({SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
                SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(getcwd)});
  filter.fail(EACCES, {SCMP_SYS(readlink), SCMP_SYS(access), SCMP_SYS(faccessat)});
  // Opening for reading only; which files, Landlock says.
  filter.allow(SCMP_SYS(openat),
               {masked(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | __O_TMPFILE, O_RDONLY)});
  // Data and code of libraries: private, and code comes from a file, never from memory.
  const auto exec_and_write = static_cast<std::uint64_t>(PROT_EXEC | PROT_WRITE);
  for (const int prot : {PROT_NONE, PROT_WRITE}) {
    filter.allow(SCMP_SYS(mmap), {masked(2, exec_and_write, static_cast<std::uint64_t>(prot)),
                                  mapping(MAP_TYPE, MAP_PRIVATE)});
  }
  filter.allow(SCMP_SYS(mmap), {masked(2, exec_and_write, PROT_EXEC),
                                mapping(MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE)});
  // Only makes things stricter: the second ruleset and the second filter.
  filter.allow(
      {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_restrict_self), SCMP_SYS(seccomp)});
  return filter.load("stage 1");
}

}  // namespace tenon::worker
