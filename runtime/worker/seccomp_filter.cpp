// The two system-call filters, through libseccomp. x86-64; other arches and x32 are killed.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "worker/lockdown.hpp"

namespace tenon::worker {
namespace {

constexpr int kIpcFd = 3;
constexpr int kLastFdAtSpawn = 4;

// Collects rules; the first failure is kept and told by load().
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release) {
    if (!context_) {
      note(-ENOMEM);
      return;
    }
    note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0));  // set already
    note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    note(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }
  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ALLOW, call, {});
  }
  void allow(int call, std::initializer_list<scmp_arg_cmp> when) {
    add(SCMP_ACT_ALLOW, call, when);
  }
  void fail(int error, std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, {});
  }
  void fail(int error, int call, std::initializer_list<scmp_arg_cmp> when) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, when);
  }
  Result<void> load(const char* name) {
    if (error_ == 0) note(seccomp_load(context_.get()));
    if (error_ != 0) {
      return unsupported(std::string("seccomp ") + name + ": " + std::strerror(-error_));
    }
    return {};
  }

 private:
  void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> when) {
    if (error_ != 0) return;
    note(seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(when.size()),
                                when.begin()));
  }
  void note(int result) {
    if (error_ == 0 && result < 0) error_ = result;
  }
  std::unique_ptr<void, decltype(&seccomp_release)> context_;
  int error_ = 0;
};

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);
}
scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
  return SCMP_CMP(argument, SCMP_CMP_EQ, value);
}

// What running needs at either stage: memory without execution, locks, time, randomness, the end.
void allow_running(Filter& filter, Profile profile) {
  filter.allow({SCMP_SYS(futex),
                SCMP_SYS(munmap),
                SCMP_SYS(mremap),
                SCMP_SYS(brk),
                SCMP_SYS(madvise),
                SCMP_SYS(clock_gettime),
                SCMP_SYS(clock_getres),
                SCMP_SYS(clock_nanosleep),
                SCMP_SYS(nanosleep),
                SCMP_SYS(gettimeofday),
                SCMP_SYS(time),
                SCMP_SYS(restart_syscall),
                SCMP_SYS(rt_sigaction),
                SCMP_SYS(rt_sigprocmask),
                SCMP_SYS(rt_sigreturn),
                SCMP_SYS(sigaltstack),
                SCMP_SYS(getrandom),
                SCMP_SYS(exit),
                SCMP_SYS(exit_group),
                SCMP_SYS(sched_yield),
                SCMP_SYS(sched_getaffinity),
                SCMP_SYS(getpid),
                SCMP_SYS(gettid),
                SCMP_SYS(close),
                SCMP_SYS(getcpu)});
  const auto exec_and_write = static_cast<std::uint64_t>(PROT_EXEC | PROT_WRITE);
  for (const int prot : {PROT_NONE, PROT_WRITE}) {
    filter.allow(SCMP_SYS(mprotect), {masked(2, exec_and_write, static_cast<std::uint64_t>(prot))});
    filter.allow(SCMP_SYS(mmap),
                 {masked(2, exec_and_write, static_cast<std::uint64_t>(prot)),
                  masked(3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)});
  }
  // abort() signals the own process; the thread need not be named, all are ours.
  filter.allow(SCMP_SYS(tgkill), {equal(0, static_cast<std::uint64_t>(::getpid()))});
  for (const int fd : {1, 2, kIpcFd, kLastFdAtSpawn}) {
    filter.allow(SCMP_SYS(write), {equal(0, static_cast<std::uint64_t>(fd))});
    filter.allow(SCMP_SYS(writev), {equal(0, static_cast<std::uint64_t>(fd))});
  }
  // Threads: libc tries clone3 first, whose flags cannot be seen here, and falls back to clone.
  filter.fail(ENOSYS, {SCMP_SYS(clone3)});
  const std::uint64_t thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
  const std::uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                               CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  if (profile == Profile::strict) {
    filter.fail(EAGAIN, SCMP_SYS(clone), {masked(0, thread, thread)});
  } else {
    filter.allow(SCMP_SYS(clone), {masked(0, thread | spaces, thread)});
    filter.allow({SCMP_SYS(set_robust_list), SCMP_SYS(rseq)});
  }
  // Asked for by libc in passing: a clean no is enough.
  filter.fail(EPERM, {SCMP_SYS(prlimit64), SCMP_SYS(prctl)});
  filter.fail(ENOTTY, {SCMP_SYS(ioctl)});
}

}  // namespace

Result<void> filter_loading(Profile profile) {
  Filter filter;
  allow_running(filter, profile);
  filter.allow({SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
                SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(getcwd)});
  filter.fail(EACCES, {SCMP_SYS(readlink), SCMP_SYS(access), SCMP_SYS(faccessat)});
  // Opening for reading only; which files, Landlock says.
  filter.allow(SCMP_SYS(openat),
               {masked(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | __O_TMPFILE, O_RDONLY)});
  // Code and data of libraries: private, never writable and executable at once.
  for (const int prot : {PROT_NONE, PROT_WRITE, PROT_EXEC}) {
    filter.allow(SCMP_SYS(mmap),
                 {masked(2, PROT_EXEC | PROT_WRITE, static_cast<std::uint64_t>(prot)),
                  masked(3, MAP_TYPE, MAP_PRIVATE)});
  }
  // Only makes things stricter: the second ruleset and the second filter.
  filter.allow(
      {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_restrict_self), SCMP_SYS(seccomp)});
  return filter.load("stage 1");
}

Result<void> filter_running(Profile profile) {
  Filter filter;
  allow_running(filter, profile);
  filter.allow(SCMP_SYS(read), {equal(0, kIpcFd)});
  // Time zones, locales, late libraries: there are no files here, and that is a clean error.
  filter.fail(EACCES, {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(lstat),
                       SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(access), SCMP_SYS(faccessat),
                       SCMP_SYS(readlink), SCMP_SYS(lseek), SCMP_SYS(getcwd)});
  return filter.load("stage 2");
}

}  // namespace tenon::worker
