// The watcher never loads the connector, so what it says can be believed; a connector that ends it
// is told by whoever started the watcher.
#include "conformance/watcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

#include "conformance/process_tree.hpp"

namespace tenon::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{50};  // at the processes of the case
constexpr std::chrono::milliseconds kAskEvery{2};    // whether it has ended
constexpr std::size_t kMaxToldOutput = 1'500, kMaxToldLine = 160;
constexpr std::size_t kNonceLetters = 16;

enum class Ended { by_itself, too_late, flooded, multiplied };

struct Watched {
  Ended how = Ended::by_itself;
  std::string word, output;
  std::size_t output_bytes = 0;
};

std::string fresh_nonce() {
  std::random_device random;
  std::string nonce;
  while (nonce.size() < kNonceLetters) nonce += static_cast<char>('a' + random() % 26);
  return nonce;
}

// Takes what is there without waiting; false once the other side is closed.
bool drain(int from, std::string& into, std::size_t most, std::size_t* all = nullptr) {
  std::array<char, 65536> part;
  while (true) {
    const ssize_t got = read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const auto size = static_cast<std::size_t>(got);
    into.append(part.data(), std::min(size, most - std::min(most, into.size())));
    if (all == nullptr) continue;
    *all += size;
    if (*all > kMaxOutput) return true;  // else an endless writer would be read for ever
  }
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

// Until the case's process has ended, or must be ended. Where it has no descriptor, since a sandbox
// around the suite denies it or the kernel has none, it is asked for now and then.
Watched follow(pid_t child, int word, int output, std::chrono::milliseconds timeout) {
  Watched seen;
  const int end = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  const auto until = Clock::now() + timeout;
  auto look = Clock::now() + kLookEvery;
  const auto patience = end >= 0 ? kLookEvery : kAskEvery;
  std::array<pollfd, 3> waits{pollfd{end, POLLIN, 0}, pollfd{word, POLLIN, 0},
                              pollfd{output, POLLIN, 0}};
  while (true) {
    const int ready = poll(waits.data(), waits.size(), static_cast<int>(patience.count()));
    if (ready < 0 && errno != EINTR) break;
    // A closed pipe is told by every poll: it is watched no longer.
    if (waits[1].revents != 0 && !drain(word, seen.word, kMaxWord + kNonceLetters + 1))
      waits[1].fd = -1;
    if (waits[2].revents != 0 && !drain(output, seen.output, kMaxOutput, &seen.output_bytes))
      waits[2].fd = -1;
    if (end >= 0 ? waits[0].revents != 0 : has_ended(child)) break;
    if (seen.output_bytes > kMaxOutput) seen.how = Ended::flooded;
    if (Clock::now() >= until) seen.how = Ended::too_late;
    if (seen.how == Ended::by_itself && Clock::now() >= look) {
      look = Clock::now() + kLookEvery;
      if (descendants_of(getpid()).size() > kMaxProcesses) seen.how = Ended::multiplied;
    }
    if (seen.how != Ended::by_itself) break;
  }
  if (end >= 0) close(end);
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  return seen;
}

std::string memory_text(const rusage& used) {
  const auto bytes = static_cast<std::size_t>(used.ru_maxrss) * 1024;
  if (bytes < kMaxCaseMemory / 4) return {};
  return "; its memory had grown to " + std::to_string(bytes >> 20) + " MiB of " +
         std::to_string(kMaxCaseMemory >> 20) + " MiB";
}

// What it printed, in lines for people.
void add_output(const Watched& seen, Finding& finding) {
  if (seen.output.empty()) return;
  finding.notes.push_back(
      "it wrote on stdout or stderr" +
      (seen.output_bytes > kMaxToldOutput
           ? " (" + std::to_string(seen.output_bytes) + " bytes and perhaps more)"
           : std::string()) +
      ":");
  const std::string text = seen.output.substr(0, kMaxToldOutput);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    finding.notes.push_back("  " + text.substr(at, std::min(end - at, kMaxToldLine)));
    at = end + 1;
  }
}

void judge_signal(int number, const CrashPage* page, const rusage& used, Finding& finding) {
  finding.verdict = Verdict::crash;
  if (page != nullptr && page->signal != 0) {
    finding.why = "signal " + signal_text(*page);
    if (page->signal == SIGSYS) {
      finding.why = "tried to reach a process that is not its own (system call " +
                    std::to_string(page->call) + ": a signal or a trace), and was stopped";
    }
    const auto frames = backtrace_of(*page);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      finding.notes.push_back("#" + std::to_string(i) + "  " + frames[i]);
    }
  } else if (number == SIGXFSZ) {
    finding.why = "wrote a file of more than " + std::to_string(kMaxCaseFile >> 20) + " MiB";
  } else {
    const char* name = strsignal(number);
    finding.why = std::string("signal ") + (name == nullptr ? "unknown" : name);
    if (number == SIGKILL)
      finding.why += ", which it sent itself, or the kernel for want of memory";
  }
  finding.why += memory_text(used);
}

void judge_end(const Watched& seen, const std::string& nonce, int status, Finding& finding) {
  if (seen.word.rfind(nonce, 0) == 0 && seen.word.size() > nonce.size()) {
    read_word(seen.word.substr(nonce.size()), finding);
  } else if (seen.word.empty()) {
    finding.verdict = Verdict::crash;
    finding.why = "ended with " + std::to_string(WEXITSTATUS(status)) + " and without a word";
  } else {
    finding.verdict = Verdict::fail;
    finding.why = "wrote into the suite's own pipe: a connector has no use for file descriptors";
  }
}

void fail_of_system(Finding& finding, const char* what) {
  finding.verdict = Verdict::fail;
  finding.why = std::string(what) + ": " + std::strerror(errno);
}

}  // namespace

Finding watch(const Case& test, const Subject& subject, const RunOptions& options,
              const Protected& others) {
  Finding finding = finding_of(test);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::array<int, 2> word, output;
  if (pipe2(word.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0) {
    fail_of_system(finding, "pipe");
    return finding;
  }
  CaseEnds ends{word[1], output[1], fresh_nonce(), make_crash_page()};
  const pid_t child = fork();
  if (child == 0) be_case(test, subject, others, ends);
  if (child < 0) {
    fail_of_system(finding, "fork");
    return finding;
  }
  close(word[1]);
  close(output[1]);
  fcntl(word[0], F_SETFL, O_NONBLOCK);
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  Watched seen = follow(child, word[0], output[0], options.timeout);
  int status = 0;
  rusage used{};
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  const std::size_t left = end_all_below_this();
  drain(word[0], seen.word, kMaxWord + kNonceLetters + 1);
  if (seen.output_bytes <= kMaxOutput)
    drain(output[0], seen.output, kMaxOutput, &seen.output_bytes);

  if (seen.how == Ended::too_late) {
    finding.verdict = Verdict::timeout;
    finding.why = "no end within " + std::to_string(options.timeout.count()) + " ms";
  } else if (seen.how == Ended::flooded || seen.output_bytes > kMaxOutput) {
    finding.verdict = Verdict::fail;
    finding.why = "wrote more than " + std::to_string(kMaxOutput >> 20) +
                  " MiB on stdout or stderr, and was ended: it has the host's log instead";
  } else if (seen.how == Ended::multiplied) {
    finding.verdict = Verdict::fail;
    finding.why = "started more than " + std::to_string(kMaxProcesses) +
                  " processes, and was ended: a step is one thread of one process";
  } else if (WIFSIGNALED(status)) {
    judge_signal(WTERMSIG(status), ends.page, used, finding);
  } else {
    judge_end(seen, ends.nonce, status, finding);
    if (left > 0 && finding.verdict != Verdict::fail) {
      finding.verdict = Verdict::fail;
      finding.why = "left " + std::to_string(left) +
                    (left == 1 ? " process running:" : " processes running:") +
                    " a step is one thread of one process, and leaves nothing behind";
    }
  }
  const bool good = finding.verdict == Verdict::pass || finding.verdict == Verdict::skip;
  if (!good) add_output(seen, finding);
  return finding;
}

}  // namespace tenon::conformance
