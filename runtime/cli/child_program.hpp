// run_child: another program, run to its end under a time limit, with what it printed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::cli {

constexpr std::size_t kMaxChildOutput = std::size_t{16} << 20;

struct ChildProgram {
  std::vector<std::string> words;  // words[0] is found in PATH
  std::string folder;              // where it runs; "" = here
  std::chrono::seconds within{600};
  // Its errors beside its output, as a person would see them; else they are dropped.
  enum class Errors { merged, dropped } errors = Errors::merged;
};

struct ChildEnd {
  int status = 0;       // of exit, or 128 and the signal
  bool in_time = true;  // else it was killed, with all of its group
  std::string output;   // the first kMaxChildOutput bytes
};

// not_found: no such program. unavailable: the system gives no process. Since 0.1.
Result<ChildEnd> run_child(const ChildProgram& program);

// The end of what a program printed, where its errors stand: at most 40 lines.
std::string last_lines(const std::string& text);

}  // namespace tenon::cli
