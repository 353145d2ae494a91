// Real programs in integration tests: start, ask, signal, wait; none outlives its test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tenon::testing {

using Environment = std::map<std::string, std::string>;  // added to that of the test
constexpr std::chrono::seconds kPatience{30};            // for what should take much less

// Of this build: build/.../bin/NAME.
std::string program(const std::string& name);
// A variable of the environment, or nothing.
std::optional<std::string> from_environment(const char* name);
// A new empty folder that workers may enter; removed with its content at the end of the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);  // "" if there is none
void write_file(const std::string& path, const std::string& content);
// The first `from` becomes `to`; it must be there.
std::string replaced(std::string text, const std::string& from, const std::string& to);

// A running program in a process group of its own; output goes to `log`. Killed when it goes.
class Running {
 public:
  Running(std::vector<std::string> command, const Environment& environment, std::string log);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit status, 128 + the signal that ended it, or -1 if it still runs after `patience`.
  int wait(std::chrono::seconds patience = kPatience);
  std::string output() const { return read_file(log_); }

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::string log_;
};

struct Finished {
  int status = -1;
  std::string output;  // both streams
};
Finished run(std::vector<std::string> command, const Environment& environment = {},
             std::chrono::seconds patience = kPatience);

// Looks every 20 ms until `holds` or patience ends.
template <typename Condition>
bool eventually(Condition holds, std::chrono::seconds patience = kPatience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    const timespec pause{0, 20'000'000};
    nanosleep(&pause, nullptr);
  }
  return true;
}

struct Answer {
  long status = 0;  // 0: no whole answer
  std::string body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};
// By libcurl. `socket`: a Unix socket to go through.
Answer http(const std::string& method, const std::string& url, const std::string& body = {},
            const std::vector<std::string>& headers = {}, const std::string& socket = {});

// Sends bytes as they are to 127.0.0.1, piece after piece with a pause between; gives all that came
// back until the peer closed or patience ended.
std::string raw_exchange(int port, const std::vector<std::string>& pieces,
                         std::chrono::milliseconds pause = std::chrono::milliseconds(0),
                         std::chrono::seconds patience = kPatience);

}  // namespace tenon::testing
