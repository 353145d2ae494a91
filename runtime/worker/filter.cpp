// Filters through libseccomp, and the rules that both stages share. x86-64 only.
#include "worker/filter.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tenon::worker {

Filter::Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise), &seccomp_release) {
  if (!context_) {
    note(-ENOMEM);
    return;
  }
  note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0));  // set already
  note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  note(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
}

Result<void> Filter::load(const char* name) {
  if (error_ == 0) note(seccomp_load(context_.get()));
  if (error_ != 0) {
    return unsupported(std::string("seccomp ") + name + ": " + std::strerror(-error_));
  }
  return {};
}

// A copy, so that it does not matter what the library does with its own.
Result<int> Filter::listener() {
  const int fd = ::fcntl(seccomp_notify_fd(context_.get()), F_DUPFD_CLOEXEC, kLastFdAtSpawn + 1);
  if (fd < 0) return unsupported(std::string("seccomp listener: ") + std::strerror(errno));
  return fd;
}

void Filter::add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> when) {
  if (error_ != 0) return;
  note(seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(when.size()),
                              when.begin()));
}

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
    filter.allow(SCMP_SYS(mmap), {masked(2, exec_and_write, static_cast<std::uint64_t>(prot)),
                                  mapping(MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS)});
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

}  // namespace tenon::worker
