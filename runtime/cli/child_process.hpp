// ChildProcess: a program that this one starts, watches and ends; it never outlives this one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::cli {

struct ServerProgram {
  std::vector<std::string> command;                // first: the path of the program
  std::map<std::string, std::string> environment;  // beside this program's own
  std::string out_file, log_file;  // standard output (made anew) and error (appended)
};

// In a process group of its own, so that Ctrl-C reaches only who has to end the others in order;
// the kernel ends it (SIGTERM) when this program is gone, however that happened.
class ChildProcess {
 public:
  // unavailable: it cannot be started. That the program is not there shows by its status, 127.
  static Result<ChildProcess> start(const ServerProgram& program);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  // stops it, if it still runs

  // Its exit status, or 128 and the signal; nothing while it runs.
  std::optional<int> ended();
  // SIGTERM, after `patience` SIGKILL; gives the status. A second call does nothing.
  int stop(std::chrono::milliseconds patience);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_;  // 0: moved away
  std::optional<int> status_;
};

// The programs that lie beside this one.
std::string program_beside(const std::string& name);

}  // namespace tenon::cli
