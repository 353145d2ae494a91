// Tries what a connector must not be able to do, one thing by the name of the action.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "raw.hpp"

// Did it work?
static bool attempt(std::string_view what) {
  if (what == "open") return open("/etc/passwd", O_RDONLY) >= 0;
  if (what == "write") return open("/tmp/tenon-escape-test", O_CREAT | O_WRONLY, 0600) >= 0;
  if (what == "socket") return socket(AF_INET, SOCK_STREAM, 0) >= 0;
  if (what == "fork") {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, nullptr, 0);
    return child > 0;
  }
  if (what == "exec") {
    char program[] = "/bin/true";
    char* const argv[] = {program, nullptr};
    execv(program, argv);
    return false;
  }
  if (what == "kill") return kill(getpid(), 0) == 0;
  if (what == "ptrace") return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
  if (what == "shared") {
    return mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
  }
  if (what == "wx") {
    return mmap(nullptr, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
  }
  if (what == "memory") {
    void* much =
        mmap(nullptr, 512u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return much != MAP_FAILED;
  }
  if (what == "thread") {
    try {
      std::thread([] {}).join();
      return true;
    } catch (...) {
      return false;
    }
  }
  if (what == "environment") return environ != nullptr && environ[0] != nullptr;
  return false;
}

static tenon_status step(const tenon_instance*, const tenon_call* call, const tenon_sink* sink) {
  const bool done = attempt(raw::view(call->action));
  return raw::accept_all(call, sink, done ? "done" : "refused");
}
TEST_CONNECTOR(step)
