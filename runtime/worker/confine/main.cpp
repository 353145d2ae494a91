// tenon-confine: runs a program that will load vendor code, so that neither can do harm. What it
// may use: the libraries of the machine, itself, and what lies in the current folder. No other
// file, no network, no signal to strangers, no environment, and bounded memory, time and processes.
//
//   tenon-confine UID|- CPU_SECONDS PROGRAM ARGUMENTS...
//
// As root a UID is needed, which is then the program's. Ends as the program does; 125: it was not
// run, and stderr says why.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "worker/filter.hpp"

namespace {

using tenon::Error;
using tenon::Result;
using tenon::unsupported;
namespace worker = tenon::worker;

constexpr int kNotRun = 125;
constexpr std::uint64_t kMaxAddressBytes = std::uint64_t{4}
                                           << 30;  // as tenon-check takes for a case
constexpr std::uint64_t kMaxOpenFiles = 256;
constexpr std::uint64_t kMaxProcesses = 64;
constexpr std::uint32_t kNewestLandlock = 255;

struct Asked {
  std::optional<std::uint32_t> uid;
  std::uint64_t cpu_seconds = 0;
  char** program = nullptr;  // argv of it
};

Error failed(std::string what) {
  return unsupported(std::move(what) + ": " + std::strerror(errno));
}

template <typename T>
bool read_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Asked> read_arguments(int argc, char** argv) {
  if (argc < 4) return std::nullopt;
  Asked asked;
  std::uint32_t uid = 0;
  if (std::string_view(argv[1]) != "-") {
    if (!read_number(argv[1], uid) || uid == 0) return std::nullopt;
    asked.uid = uid;
  }
  if (!read_number(argv[2], asked.cpu_seconds) || asked.cpu_seconds == 0) return std::nullopt;
  asked.program = argv + 3;
  return asked;
}

// With process ids of its own, all that it started ends with it. Where the machine does not give
// them, the filter forbids signals instead.
bool enter_namespaces() {
  const int wanted = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  return ::unshare(::geteuid() == 0 ? wanted : wanted | CLONE_NEWUSER) == 0;
}

Result<void> limit(int resource, std::uint64_t value, const char* name) {
  const rlimit wanted{value, value};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0) return {};
  return failed(std::string("rlimit ") + name);
}

Result<void> set_limits(const Asked& asked) {
  TENON_TRY(limit(RLIMIT_CORE, 0, "CORE"));
  TENON_TRY(limit(RLIMIT_FSIZE, 0, "FSIZE"));
  TENON_TRY(limit(RLIMIT_NOFILE, kMaxOpenFiles, "NOFILE"));
  TENON_TRY(limit(RLIMIT_AS, kMaxAddressBytes, "AS"));
  TENON_TRY(limit(RLIMIT_CPU, asked.cpu_seconds, "CPU"));
  TENON_TRY(limit(RLIMIT_MEMLOCK, 0, "MEMLOCK"));
  TENON_TRY(limit(RLIMIT_MSGQUEUE, 0, "MSGQUEUE"));
  // Counted by uid: where that is shared, what runs already is added.
  struct sysinfo machine {};
  if (!asked.uid && ::sysinfo(&machine) != 0) return failed("counting processes");
  return limit(RLIMIT_NPROC, kMaxProcesses + machine.procs, "NPROC");
}

Result<std::uint32_t> confine_files(const char* program) {
  constexpr std::uint64_t kUse = worker::kReadFile | worker::kExecuteFile;
  constexpr std::uint64_t kUseFolder = kUse | worker::kListFolder;
  return worker::confine_files({{program, kUse},
                                {"/usr", kUseFolder},
                                {"/lib", kUseFolder},
                                {"/lib64", kUseFolder},
                                {"/etc/ld.so.cache", worker::kReadFile},
                                {"/dev/null", worker::kReadFile | worker::kWriteFile},
                                {".", worker::kReadFile | worker::kListFolder}},
                               kNewestLandlock);
}

Result<void> change_uid(std::uint32_t uid) {
  if (::setgroups(0, nullptr) != 0) return failed("dropping groups");
  if (::setresgid(uid, uid, uid) != 0) return failed("changing the gid");
  if (::setresuid(uid, uid, uid) != 0) return failed("changing the uid");
  return {};
}

// Whatever reaches beyond the files and processes that it has.
Result<void> filter_calls(bool may_signal) {
  worker::Filter filter(SCMP_ACT_ALLOW);
  filter.fail(EPERM, {SCMP_SYS(socket),
                      SCMP_SYS(connect),
                      SCMP_SYS(bind),
                      SCMP_SYS(listen),
                      SCMP_SYS(ptrace),
                      SCMP_SYS(process_vm_readv),
                      SCMP_SYS(process_vm_writev),
                      SCMP_SYS(process_madvise),
                      SCMP_SYS(pidfd_open),
                      SCMP_SYS(pidfd_getfd),
                      SCMP_SYS(pidfd_send_signal),
                      SCMP_SYS(kcmp),
                      SCMP_SYS(unshare),
                      SCMP_SYS(setns),
                      SCMP_SYS(mount),
                      SCMP_SYS(umount2),
                      SCMP_SYS(pivot_root),
                      SCMP_SYS(chroot),
                      SCMP_SYS(fsopen),
                      SCMP_SYS(fsmount),
                      SCMP_SYS(open_tree),
                      SCMP_SYS(move_mount),
                      SCMP_SYS(mount_setattr),
                      SCMP_SYS(open_by_handle_at),
                      SCMP_SYS(bpf),
                      SCMP_SYS(perf_event_open),
                      SCMP_SYS(userfaultfd),
                      SCMP_SYS(keyctl),
                      SCMP_SYS(add_key),
                      SCMP_SYS(request_key),
                      SCMP_SYS(io_uring_setup),
                      SCMP_SYS(io_uring_enter),
                      SCMP_SYS(io_uring_register),
                      SCMP_SYS(shmget),
                      SCMP_SYS(shmat),
                      SCMP_SYS(msgget),
                      SCMP_SYS(semget),
                      SCMP_SYS(mq_open),
                      SCMP_SYS(setpriority),
                      SCMP_SYS(sched_setscheduler),
                      SCMP_SYS(sched_setattr),
                      SCMP_SYS(ioprio_set),
                      SCMP_SYS(chmod),
                      SCMP_SYS(fchmod),
                      SCMP_SYS(fchmodat),
                      SCMP_SYS(chown),
                      SCMP_SYS(fchown),
                      SCMP_SYS(lchown),
                      SCMP_SYS(fchownat),
                      SCMP_SYS(setxattr),
                      SCMP_SYS(lsetxattr),
                      SCMP_SYS(fsetxattr),
                      SCMP_SYS(utimensat),
                      SCMP_SYS(utime),
                      SCMP_SYS(utimes),
                      SCMP_SYS(futimesat)});
  if (!may_signal) {
    filter.fail(EPERM, {SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill),
                        SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)});
  }
  // The flags of clone3 cannot be seen here; libc falls back to clone.
  filter.fail(ENOSYS, {SCMP_SYS(clone3)});
  for (const std::uint64_t space : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                    CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    filter.fail(EPERM, SCMP_SYS(clone), {worker::masked(0, space, space)});
  }
  return filter.load("of what is checked");
}

// One way; then the program.
Result<void> become(const Asked& asked, bool own_pids) {
  if (::geteuid() == 0 && !asked.uid) return unsupported("wanted a uid to run as, found root");
  if (::close_range(3, ~0u, 0) != 0) return failed("closing descriptors");
  const int program = ::open(asked.program[0], O_PATH | O_CLOEXEC);
  if (program < 0) return failed(asked.program[0]);
  TENON_TRY(set_limits(asked));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  TENON_TRY_AS(const auto landlock, confine_files(asked.program[0]));
  if (asked.uid) TENON_TRY(change_uid(*asked.uid));
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed("parent-death signal");
  TENON_TRY(filter_calls(own_pids || asked.uid || landlock >= 6));
  char* const no_environment[1] = {nullptr};
  ::syscall(SYS_execveat, program, "", asked.program, no_environment, AT_EMPTY_PATH);
  return failed(asked.program[0]);
}

int tell(const Error& why) {
  std::fprintf(stderr, "tenon-confine: %s\n", why.text().c_str());
  return kNotRun;
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = read_arguments(argc, argv);
  if (!asked) {
    std::fputs("tenon-confine is started by tenond: UID|- CPU_SECONDS PROGRAM ARGUMENTS...\n",
               stderr);
    return kNotRun;
  }
  // The host's end is ours, and ours is the program's.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return tell(failed("parent-death signal"));
  const bool own_pids = enter_namespaces();
  const pid_t child = ::fork();
  if (child < 0) return tell(failed("fork"));
  if (child == 0) {
    const auto done = become(*asked, own_pids);
    ::_exit(tell(done.error()));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
