// The child tells its steps as it goes, so that they stand there when it dies.
#include "conformance/bundle_check.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "testkit/bundle.hpp"

namespace tenon::conformance {
namespace {

constexpr int kSame = 0, kDiffers = 1, kUnusable = 2;
constexpr int kOurs = 64;  // added to the child's status, so that an exit of the connector shows
constexpr useconds_t kLookEveryUs = 5'000;

void tell_end(bool same) {
  std::cout << (same ? "reproduced: same requests and outcomes as recorded\n"
                     : "not reproduced: see where it differs, above\n")
            << std::flush;
}

int run_here(const std::string& so, const testkit::Bundle& bundle) {
  try {
    Subject subject(so, "", 1);
    const std::string release = subject.facts().id + "@" + subject.facts().version;
    if (!bundle.release.empty() && release != bundle.release) {
      std::cout << "note: recorded with " << bundle.release << ", run with " << release << "\n";
    }
    const auto instance = subject.instance(bundle.settings);
    const bool same = testkit::run_bundle(*instance, bundle, std::cout);
    tell_end(same);
    return same ? kSame : kDiffers;
  } catch (const Failure& failure) {
    std::cout << std::flush;
    std::cerr << failure.why << "\n";
  } catch (const Skip& skip) {
    std::cerr << skip.why << "\n";
  }
  return kUnusable;
}

int judge_end(const std::string& how, bool expected) {
  std::cout << "  " << how << "\n";
  tell_end(expected);
  return expected ? kSame : kDiffers;
}

// The child's status; nothing in time: -1, and it is killed.
int wait_for(pid_t child, std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return -1;
    if (std::chrono::steady_clock::now() > until) break;
    usleep(kLookEveryUs);
  }
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return -1;
}

int run_apart(const std::string& so, const testkit::Bundle& bundle, const RunOptions& options) {
  std::cout << std::flush;
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const int code = run_here(so, bundle);
    std::cout << std::flush;
    _exit(kOurs + code);
  }
  if (child < 0) {
    std::cerr << "fork: " << std::strerror(errno) << "\n";
    return kUnusable;
  }
  const int status = wait_for(child, options.timeout);
  if (status == -1) {
    return judge_end("no end within " + std::to_string(options.timeout.count()) + " ms",
                     bundle.failure == "worker_timeout");
  }
  if (WIFSIGNALED(status)) {
    return judge_end(std::string("ended by signal ") + strsignal(WTERMSIG(status)),
                     bundle.failure == "worker_died");
  }
  const int code = WEXITSTATUS(status) - kOurs;
  if (code >= kSame && code <= kUnusable) return code;
  return judge_end("ended with status " + std::to_string(WEXITSTATUS(status)) + " in a step",
                   bundle.failure == "worker_died");
}

}  // namespace

int check_bundle(const std::string& so, const std::string& file, const RunOptions& options) {
  testkit::Bundle bundle;
  std::string error;
  if (!testkit::read_bundle(file, bundle, error)) {
    std::cerr << error << "\n";
    return kUnusable;
  }
  std::cout << "attempt " << bundle.attempt << " of " << bundle.release << ", "
            << testkit::op_name(bundle.call.op)
            << (bundle.call.action.empty() ? "" : " " + bundle.call.action) << ", "
            << bundle.call.records.size() << " records\n";
  if (!bundle.redacted.empty()) {
    std::cout << "note: personal fields are not the real ones, but of the same shape\n";
  }
  return options.in_process ? run_here(so, bundle) : run_apart(so, bundle, options);
}

}  // namespace tenon::conformance
