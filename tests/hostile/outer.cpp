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
#include <string>

#include "backends/sandbox/uid_range.hpp"

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

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::fprintf(stderr, "hostile_tests: the suite itself was killed by signal %d\n",
               WTERMSIG(status));
  return 2;
}

int run_first_process(const std::function<int()>& inside) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return failed("a process inside");
  if (child == 0) {
    const int status = first_process(inside);
    std::fflush(stdout);
    ::_exit(status);
  }
  return status_of(child);
}

constexpr int kWalls =
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

// In the new namespaces, once somebody with the right to do so has mapped our users.
int become_root_inside(int mapped, const std::function<int()>& inside) {
  char go = 0;
  if (::read(mapped, &go, 1) != 1) return 2;
  ::close(mapped);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    return failed("becoming root inside");
  }
  ::prctl(PR_SET_DUMPABLE, 1);
  return run_first_process(inside);
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
  if (::unshare(kWalls) != 0) {
    return failed("namespaces for the suite");
  }
  if (!put("/proc/self/setgroups", "deny") || !put("/proc/self/uid_map", uid + " " + uid + " 1") ||
      !put("/proc/self/gid_map", gid + " " + gid + " 1")) {
    return failed("mapping the user");
  }
  return run_first_process(inside);
}

int run_inside_walls_as_root(const std::function<int()>& inside) {
  if (::geteuid() != 0) {
    std::fputs("hostile_tests: only root can map other users\n", stderr);
    return 2;
  }
  int entered[2], mapped[2];
  if (::pipe2(entered, O_CLOEXEC) != 0 || ::pipe2(mapped, O_CLOEXEC) != 0) return failed("pipes");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return failed("a process for the walls");
  if (child == 0) {
    ::close(entered[0]);
    ::close(mapped[1]);
    if (::unshare(kWalls) != 0) ::_exit(failed("namespaces for the suite"));
    ::close(entered[1]);
    ::_exit(become_root_inside(mapped[0], inside));
  }
  ::close(entered[1]);
  ::close(mapped[0]);
  char none = 0;
  (void)!::read(entered[0], &none, 1);  // until it is in, or gone
  const std::string map = "0 " + std::to_string(kNobody) + " 1\n" +
                          std::to_string(tenon::sandbox::kFirstWorkerUid) + " " +
                          std::to_string(tenon::sandbox::kFirstWorkerUid) + " " +
                          std::to_string(tenon::sandbox::kWorkerUids);
  const std::string place = "/proc/" + std::to_string(child);
  const bool done =
      put((place + "/uid_map").c_str(), map) && put((place + "/gid_map").c_str(), map);
  if (!done) std::fprintf(stderr, "hostile_tests: mapping users: %s\n", std::strerror(errno));
  if (done) (void)!::write(mapped[1], "g", 1);
  ::close(mapped[1]);
  ::close(entered[0]);
  return status_of(child);
}

}  // namespace hostile
