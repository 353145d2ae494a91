// Runner: forks a watcher per case and puts their findings back in order.
#include "conformance/runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "conformance/process_tree.hpp"
#include "conformance/watcher.hpp"

namespace tenon::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTellEveryMs = 100;
// Beyond the case's own time: for a backtrace, and a machine that is busy.
constexpr std::chrono::seconds kWatcherGrace{30};
constexpr std::size_t kMaxTold = std::size_t{4} << 20;

struct Running {
  std::size_t at = 0;  // which case
  pid_t watcher = -1;
  int from = -1;
  std::string told;
  Clock::time_point begin;
};

std::string as_told(const Finding& finding) {
  return nlohmann::json{{"verdict", static_cast<int>(finding.verdict)},
                        {"why", finding.why},
                        {"notes", finding.notes}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void tell_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(to, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

void judge_watcher(const Running& one, int status, bool in_time, Finding& finding) {
  const auto told = nlohmann::json::parse(one.told, nullptr, false);
  if (in_time && told.is_object()) {
    finding.verdict = static_cast<Verdict>(told.value("verdict", 1));
    finding.why = told.value("why", std::string());
    finding.notes = told.value("notes", std::vector<std::string>());
    return;
  }
  finding.verdict = Verdict::crash;
  finding.why = "stopped the process that watches it";
  if (WIFSIGNALED(status)) {
    const char* name = strsignal(WTERMSIG(status));
    finding.why += std::string(" (signal ") + (name == nullptr ? "unknown" : name) + ")";
  }
}

class Run {
 public:
  Run(const std::vector<Case>& cases, const Subject& subject, const RunOptions& options,
      const Progress& progress)
      : cases_(cases),
        subject_(subject),
        options_(options),
        progress_(progress),
        others_{getpid(), getpgrp(), getppid()},
        ended_(cases.size()) {}

  std::vector<Finding> go() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // what escapes its watcher falls to us
    const std::size_t jobs = std::clamp(options_.jobs, 1u, kMaxJobs);
    while (next_ < cases_.size() || !running_.empty()) {
      while (next_ < cases_.size() && running_.size() < jobs) start(next_++);
      hear();
      hand_out();
    }
    end_all_below_this();
    return std::move(out_);
  }

 private:
  void start(std::size_t at) {
    std::array<int, 2> ends;
    ended_[at].reset();
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return give_up(at, "pipe");
    const pid_t watcher = fork();
    if (watcher == 0) {
      setpgid(0, 0);  // so that ^C comes to the suite alone, which takes all along
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != others_.suite) _exit(1);
      tell_all(ends[1], as_told(watch(cases_[at], subject_, options_, others_)));
      _exit(0);
    }
    close(ends[1]);
    if (watcher < 0) {
      close(ends[0]);
      return give_up(at, "fork");
    }
    running_.push_back({at, watcher, ends[0], {}, Clock::now()});
  }

  void give_up(std::size_t at, const char* what) {
    Finding finding = finding_of(cases_[at]);
    finding.verdict = Verdict::fail;
    finding.why = std::string(what) + ": " + std::strerror(errno);
    ended_[at] = std::move(finding);
  }

  // Waits until one of those that run says something, or it is time to tell how it goes on.
  void hear() {
    std::vector<pollfd> waits;
    for (const Running& one : running_) waits.push_back({one.from, POLLIN, 0});
    poll(waits.data(), waits.size(), running_.empty() ? 0 : kTellEveryMs);
    const auto now = Clock::now();
    for (std::size_t i = waits.size(); i-- > 0;) {
      Running& one = running_[i];
      const bool in_time = now - one.begin < options_.timeout + kWatcherGrace;
      bool ended = !in_time;
      if (waits[i].revents != 0) ended = ended || !read_some(one);
      if (!ended) continue;
      finish(one, in_time);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!running_.empty()) {
      progress_.goes_on(cases_[running_.front().at].name, next_ - running_.size());
    }
  }

  static bool read_some(Running& one) {
    std::array<char, 65536> part;
    const ssize_t got = read(one.from, part.data(), part.size());
    if (got > 0 && one.told.size() < kMaxTold) {
      one.told.append(part.data(), static_cast<std::size_t>(got));
    }
    return got > 0 || (got < 0 && errno == EINTR);
  }

  void finish(const Running& one, bool in_time) {
    close(one.from);
    if (!in_time) kill(one.watcher, SIGKILL);
    int status = 0;
    while (waitpid(one.watcher, &status, 0) < 0 && errno == EINTR) {
    }
    Finding finding = finding_of(cases_[one.at]);
    judge_watcher(one, status, in_time, finding);
    finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - one.begin);
    ended_[one.at] = std::move(finding);
  }

  void hand_out() {
    while (out_.size() < ended_.size() && ended_[out_.size()]) {
      Finding finding = std::move(*ended_[out_.size()]);
      progress_.found(finding);
      out_.push_back(std::move(finding));
    }
  }

  const std::vector<Case>& cases_;
  const Subject& subject_;
  const RunOptions& options_;
  const Progress& progress_;
  const Protected others_;
  std::vector<std::optional<Finding>> ended_;  // by case, while an earlier one still runs
  std::vector<Running> running_;               // oldest first
  std::vector<Finding> out_;
  std::size_t next_ = 0;
};

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::fail: return "fail";
    case Verdict::crash: return "crash";
    case Verdict::timeout: return "timeout";
    case Verdict::warn: return "warn";
    case Verdict::skip: return "skip";
    case Verdict::waived: return "waived";
  }
  return "fail";
}

bool is_bad(Verdict verdict) {
  return verdict == Verdict::fail || verdict == Verdict::crash || verdict == Verdict::timeout;
}

Finding finding_of(const Case& test) {
  Finding finding;
  finding.name = test.name;
  finding.what = test.what;
  finding.matters = test.matters;
  return finding;
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

std::vector<Finding> run_all(const std::vector<Case>& cases, const Subject& subject,
                             const RunOptions& options, const Progress& progress) {
  if (!options.in_process) return Run(cases, subject, options, progress).go();
  std::vector<Finding> findings;
  for (const Case& test : cases) {
    progress.goes_on(test.name, findings.size());
    Finding finding = finding_of(test);
    const auto begin = Clock::now();
    read_word(word_of(test, subject), finding);
    finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    progress.found(finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace tenon::conformance
