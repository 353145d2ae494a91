// A control: fork, exec of hostile-control, and what became of it.
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "hostile/runs.hpp"

namespace hostile {
namespace {

constexpr int kExecuted = 42;  // hostile.so ran a program instead
constexpr rlim_t kStackBytes = 8u << 20;
constexpr int kHangsMs = 1'000;  // nothing else takes so long by itself: it is asked to hang

// Lets the rights of our own namespaces pass an exec.
void keep_rights() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  ::syscall(SYS_capget, &head, data);
  for (auto& part : data) part.inheritable = part.permitted;
  ::syscall(SYS_capset, &head, data);
  for (int cap = 0; ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap) {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
  }
}

Ended judge(int status, const std::string& said, bool hung) {
  if (hung) return {"hangs", "did not end by itself"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExecuted) return {"done", "ran a program"};
  if (WIFSIGNALED(status)) return {"dies", "signal " + std::to_string(WTERMSIG(status))};
  if (!said.empty()) return {said, said};
  return {"ends", "status " + std::to_string(WEXITSTATUS(status))};
}

}  // namespace

Ended run_control(const Case& one, const std::string& program, const std::string& file) {
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return {"failed", std::strerror(errno)};
  const pid_t child = ::fork();
  if (child == 0) {
    if (one.name != "group") ::setsid();  // a leader may not move
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // What it may change with those rights is its own again.
    if (one.privileged) {
      if (::unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET) != 0) ::_exit(3);
      keep_rights();
    }
    // The runner's own stack has no bound (see outer.cpp); one that overflows needs one.
    rlimit stack{};
    ::getrlimit(RLIMIT_STACK, &stack);
    if (one.name != "stack_bomb" && stack.rlim_max > kStackBytes) stack.rlim_cur = kStackBytes;
    ::setrlimit(RLIMIT_STACK, &stack);
    ::dup2(out[1], 1);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 2);
    char* const arguments[] = {const_cast<char*>("hostile-control"),
                               const_cast<char*>(file.c_str()), nullptr};
    char* const nothing[] = {nullptr};
    ::execve(program.c_str(), arguments, nothing);
    ::_exit(3);
  }
  ::close(out[1]);
  std::string said;
  bool hung = false;
  const bool may_hang = one.control == "hangs";
  for (;;) {
    pollfd wait{out[0], POLLIN, 0};
    const int ready = ::poll(&wait, 1, may_hang ? kHangsMs : 20'000);
    char bytes[256];
    const ssize_t got = ready > 0 ? ::read(out[0], bytes, sizeof bytes) : -1;
    if (ready == 0) hung = true;
    if (got <= 0) break;
    said.append(bytes, static_cast<std::size_t>(got));
  }
  ::close(out[0]);
  if (hung) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
  }
  return judge(status, said, hung);
}

}  // namespace hostile
