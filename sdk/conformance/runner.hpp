// Runner: each case in a process of its own, under a time limit.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace tenon::conformance {

enum class Verdict { pass, fail, crash, timeout, warn, skip };
const char* name_of(Verdict verdict);

struct Finding {
  std::string name, what;
  Verdict verdict = Verdict::pass;
  std::string why;      // of all but pass
  std::string matters;  // of the case
  std::chrono::milliseconds took{0};
};

struct RunOptions {
  bool in_process = false;  // for a debugger: a crash ends the program
  std::chrono::milliseconds timeout{30'000};
};

Finding run(const Case& test, const Subject& subject, const RunOptions& options);

}  // namespace tenon::conformance
