// Namespaces by unshare, then a fork into them.
#include "hostile/outer.hpp"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

namespace hostile {
namespace {

constexpr uid_t kNobody = 65'534;

bool put(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

int failed(const char* what) {
  std::fprintf(stderr, "hostile_tests: %s: %s\n", what, std::strerror(errno));
  return 2;
}

void raise_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  (void)::ioctl(fd, SIOCSIFFLAGS, &request);
  ::close(fd);
}

int first_process(const std::function<int()>& inside) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("mounts");
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=256m") != 0) {
    return failed("an own /tmp");
  }
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV, nullptr) != 0) {
    std::fprintf(stderr, "hostile_tests: no own /proc here: %s\n", std::strerror(errno));
  }
  raise_loopback();
  // What a lax machine would hand down to its workers.
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) == 0) {
    stack.rlim_cur = stack.rlim_max;
    ::setrlimit(RLIMIT_STACK, &stack);
  }
  return inside();
}

}  // namespace

int run_inside_walls(const std::function<int()>& inside) {
  if (::geteuid() == 0) {
    const gid_t group = kNobody;
    if (::setgroups(1, &group) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0) {
      return failed("becoming an ordinary user");
    }
    ::prctl(PR_SET_DUMPABLE, 1);
  }
  const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC |
                CLONE_NEWUTS) != 0) {
    return failed("namespaces for the suite");
  }
  if (!put("/proc/self/setgroups", "deny") || !put("/proc/self/uid_map", uid + " " + uid + " 1") ||
      !put("/proc/self/gid_map", gid + " " + gid + " 1")) {
    return failed("mapping the user");
  }
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return failed("a process inside");
  if (child == 0) {
    const int status = first_process(inside);
    std::fflush(stdout);
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::fprintf(stderr, "hostile_tests: the suite itself was killed by signal %d\n",
               WTERMSIG(status));
  return 2;
}

}  // namespace hostile
