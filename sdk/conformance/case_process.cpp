// Limits that the kernel keeps. They are for accidents and for bad connectors under test, not a
// sandbox: that is the worker's.
#include "conformance/case_process.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <exception>

namespace tenon::conformance {
namespace {

constexpr int kWordEnd = 3;  // the first descriptor behind the standard ones

// Calls whose first argument says whom they reach.
constexpr int kSignalCalls[] = {SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
                                SYS_rt_tgsigqueueinfo};
// Calls that reach others by ways of their own, and that no case needs.
constexpr int kReachingCalls[] = {SYS_pidfd_send_signal, SYS_ptrace, SYS_process_vm_writev};

// A program for the kernel: jumps count the statements that follow, so the end is known first.
class Guard {
 public:
  void add(sock_filter statement) { program_.push_back(statement); }
  void load(std::size_t offset) {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  // Goes on behind the next `count` statements unless what was loaded is `value`.
  void skip_unless(std::uint32_t value, std::uint8_t count) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
  }
  void end(std::uint32_t with) { add(BPF_STMT(BPF_RET | BPF_K, with)); }
  bool install() {
    const sock_fprog all{static_cast<unsigned short>(program_.size()), program_.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) == 0;
  }

 private:
  std::vector<sock_filter> program_;
};

// Where the kernel has no filters the watcher alone is left; that is why it is not a failure.
void protect(const Protected& others) {
  const pid_t watcher = getppid();
  const pid_t out_of_reach[] = {-1,       others.suite, -others.suite_group, others.suite_parent,
                                -watcher, watcher};
  Guard guard;
  guard.load(offsetof(seccomp_data, arch));
  guard.add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
  guard.end(SECCOMP_RET_ALLOW);
  for (const int call : kSignalCalls) {
    guard.load(offsetof(seccomp_data, nr));
    guard.skip_unless(static_cast<std::uint32_t>(call),
                      static_cast<std::uint8_t>(2 + 2 * std::size(out_of_reach)));
    guard.load(offsetof(seccomp_data, args));
    for (const pid_t pid : out_of_reach) {
      guard.skip_unless(static_cast<std::uint32_t>(pid), 1);
      guard.end(SECCOMP_RET_TRAP);
    }
    guard.end(SECCOMP_RET_ALLOW);
  }
  guard.load(offsetof(seccomp_data, nr));
  for (const int call : kReachingCalls) {
    guard.skip_unless(static_cast<std::uint32_t>(call), 1);
    guard.end(SECCOMP_RET_TRAP);
  }
  guard.end(SECCOMP_RET_ALLOW);
  (void)guard.install();
}

void set_limit(int what, std::size_t most) {
  const rlimit limit{most, most};
  setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

}  // namespace

std::string word_of(const Case& test, Subject subject) {
  try {
    test.run(subject);
    return "p";
  } catch (const Failure& failure) {
    return "f" + failure.why;
  } catch (const Skip& skip) {
    return "s" + skip.why;
  } catch (const Warning& warning) {
    return "w" + warning.why;
  } catch (const std::exception& error) {
    return std::string("f") + error.what();
  } catch (...) {
    return "fan exception came over the border";
  }
}

void be_case(const Case& test, const Subject& subject, const Protected& others,
             const CaseEnds& ends) {
  setsid();  // no terminal, and a group that can be killed as one
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  set_limit(RLIMIT_AS, kMaxCaseMemory);
  set_limit(RLIMIT_FSIZE, kMaxCaseFile);
  set_limit(RLIMIT_CORE, 0);
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  // Above the places that are about to be filled, whatever numbers the pipes got.
  const int word = fcntl(ends.word, F_DUPFD_CLOEXEC, kWordEnd + 1);
  const int output = fcntl(ends.output, F_DUPFD_CLOEXEC, kWordEnd + 1);
  dup2(nowhere, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  dup3(word, kWordEnd, O_CLOEXEC);
  close_range(kWordEnd + 1, ~0U, 0);
  if (ends.page != nullptr) leave_traces_in(*ends.page);
  protect(others);
  const std::string whole = ends.nonce + word_of(test, subject).substr(0, kMaxWord);
  for (std::size_t at = 0; at < whole.size();) {
    const ssize_t written = write(kWordEnd, whole.data() + at, whole.size() - at);
    if (written <= 0) _exit(1);
    at += static_cast<std::size_t>(written);
  }
  _exit(0);
}

}  // namespace tenon::conformance
