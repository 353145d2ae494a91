// The process that runs one case: its limits, and what keeps the suite safe from it.
#pragma once

#include <sys/types.h>

#include "conformance/case.hpp"
#include "conformance/crash_page.hpp"

namespace tenon::conformance {

// Of each process of a case.
constexpr std::size_t kMaxCaseMemory = std::size_t{1} << 30;
constexpr std::size_t kMaxCaseFile = std::size_t{64} << 20;
constexpr std::size_t kMaxWord = 64 * 1024;

// What a case must not send a signal to: the suite, its caller, their groups, its own watcher.
struct Protected {
  pid_t suite = 0, suite_group = 0, suite_parent = 0;
};

struct CaseEnds {
  int word = -1;      // where the verdict goes
  int output = -1;    // where the connector's own output goes
  std::string nonce;  // a word begins with it: a connector may write to any descriptor
  CrashPage* page = nullptr;
};

// One letter for the verdict (p, f, s, w), then why; runs the case in this process.
std::string word_of(const Case& test, Subject subject);

// Becomes the case: a session of its own, no descriptors but `ends`, no signal to what is
// protected.
[[noreturn]] void be_case(const Case& test, const Subject& subject, const Protected& others,
                          const CaseEnds& ends);

}  // namespace tenon::conformance
