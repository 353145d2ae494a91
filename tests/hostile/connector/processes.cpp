// Processes: the host's, all others, and new ones.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "hostile.hpp"

namespace hostile {
namespace {

constexpr int kExecuted = 42;  // the status of a program that a case has started in its place

int open_host() { return static_cast<int>(syscall(SYS_pidfd_open, target().host, 0)); }

Deed born(long child) {
  if (child == 0) _exit(0);
  if (child > 0) waitpid(static_cast<pid_t>(child), nullptr, 0);
  return result(child > 0);
}

char* const kShell[] = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                        const_cast<char*>("exit 42"), nullptr};
char* const kNothing[] = {nullptr};

int shell_in_memory() {
  const int file = static_cast<int>(syscall(SYS_memfd_create, "x", 0));
  const int shell = open("/bin/sh", O_RDONLY);
  char bytes[4096];
  ssize_t got = 0;
  while ((got = read(shell, bytes, sizeof bytes)) > 0) {
    if (write(file, bytes, static_cast<std::size_t>(got)) != got) return -1;
  }
  return file;
}

Deed threads(int many) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  for (int i = 0; i < many; ++i) {
    pthread_t thread{};
    const int error = pthread_create(
        &thread, &small,
        [](void*) -> void* {
          timespec long_time{1'000'000, 0};
          nanosleep(&long_time, nullptr);
          return nullptr;
        },
        nullptr);
    if (error != 0) return {false, error};
  }
  return {true, 0};
}

constexpr Case kCases[] = {
    {"vm_read",
     [] {
       char byte = 0;
       iovec mine{&byte, 1}, theirs{reinterpret_cast<void*>(target().host_byte), 1};
       return result(process_vm_readv(target().host, &mine, 1, &theirs, 1, 0));
     }},
    {"vm_write",
     [] {
       static char byte = 0;
       iovec mine{&byte, 1}, theirs{reinterpret_cast<void*>(target().host_byte), 1};
       return result(process_vm_writev(target().host, &mine, 1, &theirs, 1, 0));
     }},
    {"trace_host", [] { return result(ptrace(PTRACE_SEIZE, target().host, nullptr, nullptr)); }},
    {"be_traced", [] { return result(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    {"open_process", [] { return result(open_host()); }},
    {"take_descriptor", [] { return result(syscall(SYS_pidfd_getfd, needed(open_host), 1, 0)); }},
    {"compare_processes",
     [] { return result(syscall(SYS_kcmp, target().host, target().host, 1, 0, 0)); }},
    {"kill_host", [] { return result(kill(target().host, SIGKILL)); }},
    {"tkill_host", [] { return result(syscall(SYS_tkill, target().host, SIGKILL)); }},
    {"tgkill_host",
     [] { return result(syscall(SYS_tgkill, target().host, target().host, SIGKILL)); }},
    {"queue_signal", [] { return result(sigqueue(target().host, SIGKILL, sigval{})); }},
    {"pidfd_signal",
     [] { return result(syscall(SYS_pidfd_send_signal, needed(open_host), SIGKILL, nullptr, 0)); }},
    {"kill_group", [] { return signal(SIGTERM, SIG_IGN), result(kill(0, SIGTERM)); }},
    {"kill_all", [] { return result(kill(-1, SIGKILL)); }},
    {"own_descriptor",
     [] {
       int pipes[2] = {-1, -1};
       const int fd = needed([&] { return pipe(pipes) == 0 ? pipes[0] : -1; });
       return result(fcntl(fd, F_SETOWN, target().host));
     }},
    {"make_pipe",
     [] {
       int pipes[2];
       return result(pipe(pipes));
     }},
    {"limit_host",
     [] {
       const rlimit few{3, 3};
       return result(prlimit(target().host, RLIMIT_NOFILE, &few, nullptr));
     }},
    {"raise_limit",
     [] {
       rlimit now{};
       if (getrlimit(RLIMIT_NOFILE, &now) != 0) return result(false);
       now.rlim_cur = now.rlim_max;
       return result(setrlimit(RLIMIT_NOFILE, &now));
     }},
    {"dump_core",
     [] {
       const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
       return result(setrlimit(RLIMIT_CORE, &all));
     }},
    {"slow_host",
     [] { return result(setpriority(PRIO_PROCESS, static_cast<id_t>(target().host), 19)); }},
    {"idle_host",
     [] {
       const sched_param none{};
       return result(sched_setscheduler(target().host, SCHED_IDLE, &none));
     }},
    {"pin_host",
     [] {
       cpu_set_t one;
       CPU_ZERO(&one);
       CPU_SET(0, &one);
       return result(sched_setaffinity(target().host, sizeof one, &one));
     }},
    {"io_priority", [] { return result(syscall(SYS_ioprio_set, 1, target().host, 3 << 13)); }},
    {"session", [] { return result(getsid(target().host)); }},
    {"group", [] { return result(setpgid(0, 0)); }},
    {"exec_shell", [] { return result(execve("/bin/sh", kShell, kNothing)); }},
    {"exec_memory",
     [] {
       const int file = needed(shell_in_memory);
       return result(syscall(SYS_execveat, file, "", kShell, kNothing, AT_EMPTY_PATH));
     }},
    {"run_command", [] { return result(WEXITSTATUS(system("exit 42")) == kExecuted); }},
    {"spawn_program",
     [] {
       pid_t child = 0;
       const int error = posix_spawn(&child, "/bin/sh", nullptr, nullptr, kShell, kNothing);
       if (error == 0) waitpid(child, nullptr, 0);
       return Deed{error == 0, error};
     }},
    {"fork", [] { return born(fork()); }},
    {"vfork", [] { return born(syscall(SYS_vfork)); }},
    {"clone_process", [] { return born(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
    {"clone3_process",
     [] {
       struct {
         std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, size, tls;
       } arguments{0, 0, 0, 0, SIGCHLD, 0, 0, 0};
       return born(syscall(SYS_clone3, &arguments, sizeof arguments));
     }},
    {"thread", [] { return threads(1); }},
    {"thread_bomb", [] { return threads(2'000); }},
    {"wait_for_others",
     [] {
       siginfo_t info{};
       errno = 0;
       const int got = waitid(P_ALL, 0, &info, WEXITED | WNOHANG);
       return result(got == 0 || errno == ECHILD);
     }},
};

}  // namespace

Cases process_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

}  // namespace hostile
