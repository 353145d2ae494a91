// Runner: each case in a process of its own under a time limit, several at once.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace tenon::conformance {

// `waived`: it did not pass, and the connector's conformance.toml says why that is accepted.
enum class Verdict { pass, fail, crash, timeout, warn, skip, waived };
const char* name_of(Verdict verdict);
// fail, crash and timeout: what makes the whole run fail.
bool is_bad(Verdict verdict);

struct Finding {
  std::string name, what;
  Verdict verdict = Verdict::pass;
  std::string why;                 // of all but pass: what was seen
  std::string matters;             // of the case
  std::vector<std::string> notes;  // lines: a backtrace, what it printed
  std::string waiver;              // of `waived`: the reason, and until when
  std::chrono::milliseconds took{0};
};

struct RunOptions {
  bool in_process = false;  // for a debugger: a crash ends the program
  std::chrono::milliseconds timeout{30'000};
  unsigned jobs = 1;  // cases at once; 0 is 1
};

constexpr unsigned kMaxJobs = 64;

// What a run tells while it goes on.
struct Progress {
  // In the order of the cases, each once; may change it.
  std::function<void(Finding&)> found = [](Finding&) {};
  // Now and then: which case is the oldest that runs, how many have ended.
  std::function<void(const std::string&, std::size_t)> goes_on = [](const std::string&,
                                                                    std::size_t) {};
};

Finding finding_of(const Case& test);
// What `word_of` gave, into the verdict.
void read_word(const std::string& word, Finding& finding);

// As many findings as cases, in their order. Nothing that a case starts outlives it.
std::vector<Finding> run_all(const std::vector<Case>& cases, const Subject& subject,
                             const RunOptions& options, const Progress& progress = {});

}  // namespace tenon::conformance
