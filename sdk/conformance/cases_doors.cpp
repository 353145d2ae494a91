// The case about system calls: those that kill a worker are named here, with who made them.
#include <dlfcn.h>
#include <execinfo.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "conformance/case.hpp"
#include "conformance/way_out.hpp"

namespace tenon::conformance {
namespace {

struct Door {
  int number;
  const char* name;
};
// Calls that a sandboxed worker does not survive, or is refused, and that this process can do
// without while a golden runs.
constexpr auto kDoors = std::to_array<Door>({
    {SYS_socket, "socket"},
    {SYS_socketpair, "socketpair"},
    {SYS_connect, "connect"},
    {SYS_bind, "bind"},
    {SYS_sendto, "sendto"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_recvmsg, "recvmsg"},
    {SYS_open, "open"},
    {SYS_openat, "openat"},
    {SYS_creat, "creat"},
    {SYS_unlink, "unlink"},
    {SYS_rename, "rename"},
    {SYS_mkdir, "mkdir"},
    {SYS_stat, "stat"},
    {SYS_statx, "statx"},
    {SYS_access, "access"},
    {SYS_readlink, "readlink"},
    {SYS_fork, "fork"},
    {SYS_vfork, "vfork"},
    {SYS_clone, "clone"},
    {SYS_clone3, "clone3"},
    {SYS_execve, "execve"},
    {SYS_execveat, "execveat"},
    {SYS_kill, "kill"},
    {SYS_tkill, "tkill"},
    {SYS_ptrace, "ptrace"},
    {SYS_pipe, "pipe"},
    {SYS_pipe2, "pipe2"},
    {SYS_memfd_create, "memfd_create"},
    {SYS_setitimer, "setitimer"},
    {SYS_timer_create, "timer_create"},
    {SYS_io_uring_setup, "io_uring_setup"},
});

// Filled in by the handler, which may do little.
char found_call[512] = "";
const void* connector_base = nullptr;

bool is_connector(const void* code, Dl_info& info) {
  return dladdr(code, &info) != 0 && info.dli_fbase == connector_base;
}

// The library function that the connector called, which in the end made the call.
const char* caller(const ucontext_t& context) {
  std::array<void*, 48> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  const char* symbol = nullptr;
  bool inside = false;  // past the handler's own frames
  for (int i = 0; i < count; ++i) {
    Dl_info info{};
    if (frames[i] == reinterpret_cast<void*>(context.uc_mcontext.gregs[REG_RIP])) inside = true;
    if (!inside) continue;
    if (is_connector(frames[i], info)) return symbol != nullptr ? symbol : "its own code";
    if (info.dli_sname != nullptr) symbol = info.dli_sname;
  }
  return symbol != nullptr ? symbol : "its own code";
}

void on_door(int, siginfo_t* info, void* given) {
  auto* context = static_cast<ucontext_t*>(given);
  context->uc_mcontext.gregs[REG_RAX] = -EPERM;
  if (found_call[0] != '\0') return;
  const char* name = "an unknown one";
  for (const Door& door : kDoors) {
    if (door.number == info->si_syscall) name = door.name;
  }
  const char* symbol = caller(*context);
  while (*symbol == '_') ++symbol;  // libc's own name for it may begin so
  const bool own = std::strcmp(symbol, "its own code") == 0;
  const auto out = way_out(own ? name : symbol);
  std::snprintf(found_call, sizeof found_call, "system call %s, made by %s: %.*s", name, symbol,
                static_cast<int>(out.size()), out.data());
}

bool shut_doors() {
  void* warm[1];
  backtrace(warm, 1);  // loads what it needs while that can still be loaded
  struct sigaction action {};
  action.sa_sigaction = &on_door;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSYS, &action, nullptr) != 0) return false;
  std::array<sock_filter, kDoors.size() + 5> program{};
  std::size_t at = 0;
  program[at++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  program[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0,
                           static_cast<std::uint8_t>(kDoors.size() + 1));
  program[at++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (std::size_t i = 0; i < kDoors.size(); ++i) {
    program[at++] =
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(kDoors[i].number),
                 static_cast<std::uint8_t>(kDoors.size() - i), 0);
  }
  program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  const sock_fprog filter{static_cast<unsigned short>(at), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

void tell(int to, const std::string& words) { (void)!write(to, words.data(), words.size()); }

// Runs the goldens behind shut doors and tells what was found; the child's exit status. Nothing may
// leave by an exception: the child would go on as if it were the program.
int run_behind_doors(Subject& subject, const std::vector<testkit::Golden>& goldens, int to) {
  try {
    const bool shut = shut_doors();
    for (const auto& golden : goldens) {
      const auto instance = subject.instance(golden.settings);
      (void)run_golden(*instance, golden);
    }
    tell(to, found_call);
    return shut ? 0 : 3;
  } catch (const Failure& failure) {
    tell(to, found_call[0] != '\0' ? found_call : failure.why);
  } catch (const std::exception& error) {
    tell(to, std::string("an exception: ") + error.what());
  } catch (...) {
    tell(to, "an exception of unknown type");
  }
  return 1;
}

// In a child of its own: the filter cannot be taken back.
void calls(Subject& subject) {
  const auto& goldens = subject.goldens();
  const auto& table = subject.table();
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) fail("pipe: no file descriptor left");
  const pid_t child = fork();
  if (child == 0) {
    Dl_info info{};
    dladdr(&table, &info);
    connector_base = info.dli_fbase;
    _exit(run_behind_doors(subject, goldens, ends[1]));
  }
  close(ends[1]);
  std::string found;
  char bytes[512];
  for (ssize_t got = 0; (got = read(ends[0], bytes, sizeof bytes)) > 0;) {
    found.append(bytes, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3) throw Skip{"no seccomp filter here"};
  if (!found.empty()) fail(found);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("it ended the process");
}

}  // namespace

std::vector<Case> door_cases() {
  return {{"doors.calls", "makes no system call that ends its worker", calls}};
}

}  // namespace tenon::conformance
