// Runner: fork, wait for the word of the child or for its end, whichever comes first.
#include "conformance/runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>

namespace tenon::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr rlim_t kMaxMemory = rlim_t{4} << 30;
constexpr std::size_t kMaxWord = 64 * 1024;

// One letter for the verdict, then why.
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

void read_word(const std::string& word, Finding& finding) {
  if (word.empty()) return;
  switch (word[0]) {
    case 'p': finding.verdict = Verdict::pass; break;
    case 's': finding.verdict = Verdict::skip; break;
    case 'w': finding.verdict = Verdict::warn; break;
    default: finding.verdict = Verdict::fail;
  }
  finding.why = word.substr(1);
}

[[noreturn]] void be_child(const Case& test, const Subject& subject, int out) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit memory{kMaxMemory, kMaxMemory};
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CORE, &no_core);
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  const std::string word = word_of(test, subject).substr(0, kMaxWord);
  const ssize_t written = write(out, word.data(), word.size());
  _exit(written == static_cast<ssize_t>(word.size()) ? 0 : 1);
}

// Everything until the child closes its end; false if `until` came first.
bool read_until(int in, Clock::time_point until, std::string& word) {
  std::array<char, 4096> part;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{in, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = read(in, part.data(), part.size());
    if (got <= 0) return true;
    if (word.size() < kMaxWord) word.append(part.data(), static_cast<std::size_t>(got));
  }
}

void run_in_child(const Case& test, const Subject& subject, const RunOptions& options,
                  Finding& finding) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    finding.verdict = Verdict::fail;
    finding.why = std::string("pipe: ") + std::strerror(errno);
    return;
  }
  const pid_t child = fork();
  if (child == 0) be_child(test, subject, ends[1]);
  close(ends[1]);
  std::string word;
  const bool in_time = child > 0 && read_until(ends[0], Clock::now() + options.timeout, word);
  close(ends[0]);
  if (child > 0 && !in_time) kill(child, SIGKILL);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0) {
    finding.verdict = Verdict::fail;
    finding.why = std::string("fork: ") + std::strerror(errno);
  } else if (!in_time) {
    finding.verdict = Verdict::timeout;
    finding.why = "no end within " + std::to_string(options.timeout.count()) + " ms";
  } else if (WIFSIGNALED(status)) {
    finding.verdict = Verdict::crash;
    finding.why = std::string("signal ") + strsignal(WTERMSIG(status));
  } else if (word.empty()) {
    finding.verdict = Verdict::crash;
    finding.why = "ended with " + std::to_string(WEXITSTATUS(status)) + " and without a word";
  } else {
    read_word(word, finding);
  }
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::fail: return "fail";
    case Verdict::crash: return "crash";
    case Verdict::timeout: return "timeout";
    case Verdict::warn: return "warn";
    case Verdict::skip: return "skip";
  }
  return "fail";
}

Finding run(const Case& test, const Subject& subject, const RunOptions& options) {
  Finding finding;
  finding.name = test.name;
  finding.what = test.what;
  finding.matters = test.matters;
  const auto begin = Clock::now();
  if (options.in_process) {
    read_word(word_of(test, subject), finding);
  } else {
    run_in_child(test, subject, options, finding);
  }
  finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return finding;
}

}  // namespace tenon::conformance
