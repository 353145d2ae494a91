// clone with the memory shared until exec: nothing is copied, and the caller waits for the exec.
#include "backends/sandbox/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "backends/sandbox/plain.hpp"
#include "backends/sandbox/private_root.hpp"

namespace tenon::sandbox {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr int kHighFd = 16;  // above the descriptors that the child arranges
constexpr int kNamespaceFlags =
    CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;

// All that the child needs, prepared before (see plain.hpp).
struct Child {
  int program = -1, folder = -1, ipc = -1, log = -1, null = -1;
  char* const* argv = nullptr;
  bool only_probe = false;
  bool map_user = false;  // a new user namespace: map our own uid into it
  const char* uid_map = nullptr;
  const char* gid_map = nullptr;
  const RootPlan* root = nullptr;  // null: no root of its own
  bool change_uid = false;
  std::uint32_t uid = 0;
  // What went wrong, for the parent.
  const char* failed = nullptr;
  int error = 0;
};

TENON_PLAIN long give_up(Child& child, const char* what) {
  child.failed = what;
  child.error = errno;
  return -1;
}

TENON_PLAIN bool write_file(const char* path, const char* text) {
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  const long wrote = ::syscall(SYS_write, fd, text, length);
  ::syscall(SYS_close, fd);
  return wrote == static_cast<long>(length);
}

// What needs the rights of the new namespaces, before the last of them are given up.
TENON_PLAIN long enter_namespaces(Child& child) {
  if (child.map_user) {
    if (!write_file("/proc/self/setgroups", "deny")) return give_up(child, "denying setgroups");
    if (!write_file("/proc/self/uid_map", child.uid_map)) return give_up(child, "mapping the uid");
    if (!write_file("/proc/self/gid_map", child.gid_map)) return give_up(child, "mapping the gid");
    if (!write_file("/proc/sys/user/max_user_namespaces", "0")) {
      return give_up(child, "forbidding further user namespaces");
    }
  }
  if (child.root == nullptr) return 0;
  const char* failed = enter_root(*child.root);
  return failed == nullptr ? 0 : give_up(child, failed);
}

TENON_PLAIN long become(Child& child) {
  if (child.change_uid) {
    if (::syscall(SYS_setgroups, 0, nullptr) != 0) return give_up(child, "dropping groups");
    if (::syscall(SYS_setresgid, child.uid, child.uid, child.uid) != 0) {
      return give_up(child, "changing the gid");
    }
    if (::syscall(SYS_setresuid, child.uid, child.uid, child.uid) != 0) {
      return give_up(child, "changing the uid");
    }
  }
  return 0;
}

TENON_PLAIN long arrange(Child& child) {
  const int wanted[5] = {child.null, child.log, child.log, child.ipc, child.log};
  for (int fd = 0; fd < 5; ++fd) {
    if (::syscall(SYS_dup3, wanted[fd], fd, 0) < 0) return give_up(child, "arranging descriptors");
  }
  constexpr unsigned kCloseOnExec = 4;
  if (::syscall(SYS_close_range, 5, ~0u, kCloseOnExec) != 0) return give_up(child, "close_range");
  return 0;
}

TENON_PLAIN int run_child(void* given) {
  Child& child = *static_cast<Child*>(given);
  const auto end = [](int status) TENON_PLAIN { ::syscall(SYS_exit_group, status); };
  if (child.folder >= 0 && ::syscall(SYS_fchdir, child.folder) != 0) {
    give_up(child, "entering the folder of the .so");
    end(127);
  }
  if (enter_namespaces(child) != 0 || become(child) != 0) end(127);
  if (child.only_probe) end(0);
  ::syscall(SYS_setsid);
  if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    give_up(child, "parent-death signal");
    end(127);
  }
  if (arrange(child) != 0) end(127);
  std::uint64_t no_signals = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, sizeof no_signals);
  char* const no_environment[1] = {nullptr};
  ::syscall(SYS_execveat, child.program, "", child.argv, no_environment, AT_EMPTY_PATH);
  give_up(child, "exec of the worker");
  end(127);
  return 127;
}

// Blocks all signals of this thread: a handler must not run in the child, on our memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

Error refusal(const Child& child) {
  std::string text = std::string(child.failed) + ": " + std::strerror(child.error);
  // Not ENOSPC: a limit of namespaces is reached, and some may end.
  const bool machine = child.error == EPERM || child.error == EACCES || child.error == ENOSYS ||
                       child.error == EINVAL || child.error == EROFS;
  return machine ? unsupported(std::move(text)) : unavailable(std::move(text));
}

enum class ChildOf : std::uint8_t { us, our_parent };

SpawnedForParent start(Child& child, Namespaces namespaces, ChildOf whose) {
  int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  if (whose == ChildOf::our_parent) flags |= CLONE_PARENT;
  std::string uid_map, gid_map;
  if (namespaces == Namespaces::own) {
    flags |= kNamespaceFlags;
    // Root needs no user namespace: it gives the worker an unprivileged uid instead.
    if (!child.change_uid) {
      flags |= CLONE_NEWUSER;
      const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
      uid_map = uid + " " + uid + " 1";
      gid_map = gid + " " + gid + " 1";
      child.map_user = true;
      child.uid_map = uid_map.c_str();
      child.gid_map = gid_map.c_str();
    }
  }
  void* stack = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return {-1, unavailable(std::string("stack: ") + std::strerror(errno))};
  int pidfd = -1;
  pid_t pid = -1;
  int error = 0;
  {
    const SignalsBlocked blocked;
    pid = ::clone(&run_child, static_cast<char*>(stack) + kStackBytes, flags, &child, &pidfd);
    error = errno;
  }
  ::munmap(stack, kStackBytes);
  if (pid < 0) {
    child.failed = "new process";
    child.error = error;
    return {-1, refusal(child)};
  }
  UniqueFd owned(pidfd);
  ::fcntl(pidfd, F_SETFD, FD_CLOEXEC);
  if (child.failed != nullptr) return {pid, refusal(child)};
  return {pid, std::move(owned)};
}

Result<UniqueFd> high(int fd, const char* what) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, kHighFd));
  if (!copy) return unavailable(std::string(what) + ": " + std::strerror(errno));
  return copy;
}

Result<SpawnedForParent> carry_out(const SpawnPlan& plan, ChildOf whose) {
  TENON_TRY_AS(const UniqueFd program, high(plan.program_fd, "program"));
  UniqueFd folder;
  if (plan.folder_fd >= 0) {
    TENON_TRY_AS(folder, high(plan.folder_fd, "folder"));
  }
  TENON_TRY_AS(const UniqueFd ipc, high(plan.ipc_fd, "ipc"));
  TENON_TRY_AS(const UniqueFd log, high(plan.log_fd, "log"));
  const UniqueFd low_null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  TENON_TRY_AS(const UniqueFd null, high(low_null.get(), "/dev/null"));
  std::vector<char*> argv;
  for (const auto& argument : plan.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  Child child;
  child.program = program.get();
  child.folder = folder.get();
  child.ipc = ipc.get();
  child.log = log.get();
  child.null = null.get();
  child.argv = argv.data();
  child.change_uid = plan.uid.has_value();
  child.uid = plan.uid.value_or(0);
  RootPlan root;
  if (plan.namespaces == Namespaces::own) {
    root = plan_root(plan.so_path);
    child.root = &root;
  }
  return start(child, plan.namespaces, whose);
}

}  // namespace

Result<Spawned> spawn(const SpawnPlan& plan) {
  TENON_TRY_AS(SpawnedForParent started, carry_out(plan, ChildOf::us));
  if (!started.pidfd && started.pid > 0) reap(started.pid);
  if (!started.pidfd) return std::move(started.pidfd).error();
  return Spawned{started.pid, std::move(*started.pidfd)};
}

void reap(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

SpawnedForParent spawn_for_parent(const SpawnPlan& plan) {
  auto started = carry_out(plan, ChildOf::our_parent);
  if (!started) return {-1, std::move(started).error()};
  return std::move(*started);
}

Result<void> probe(Namespaces namespaces, std::optional<std::uint32_t> uid) {
  Child child;
  child.only_probe = true;
  child.change_uid = uid.has_value();
  child.uid = uid.value_or(0);
  const RootPlan root = plan_root("");
  if (namespaces == Namespaces::own) child.root = &root;
  auto started = start(child, namespaces, ChildOf::us);
  if (started.pid > 0) reap(started.pid);
  if (!started.pidfd) return std::move(started.pidfd).error();
  return {};
}

}  // namespace tenon::sandbox
