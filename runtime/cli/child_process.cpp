// fork and exec, and the ways to end.
#include "cli/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

namespace tenon::cli {
namespace {

constexpr std::chrono::milliseconds kStopLook{20};
constexpr std::chrono::milliseconds kStopPatience{20'000};  // of the destructor

// Only what may be called between fork and exec of a program with one thread.
[[noreturn]] void become_server(const ServerProgram& program, std::vector<char*>& raw,
                                pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it was gone before the kernel was told
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(program.out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int log = ::open(program.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (nothing < 0 || out < 0 || log < 0) ::_exit(126);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  for (const auto& [name, value] : program.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::execv(raw[0], raw.data());
  ::_exit(127);
}

int exit_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Result<ChildProcess> ChildProcess::start(const ServerProgram& program) {
  std::vector<std::string> command = program.command;
  std::vector<char*> raw;
  for (auto& argument : command) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become_server(program, raw, parent);
  if (child < 0) return unavailable(std::string("fork: ") + std::strerror(errno), command[0]);
  return ChildProcess(child);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_), status_(other.status_) {
  other.pid_ = 0;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) stop(kStopPatience);
}

std::optional<int> ChildProcess::ended() {
  if (status_ || pid_ == 0) return status_;
  int status = 0;
  const pid_t found = ::waitpid(pid_, &status, WNOHANG);
  if (found == pid_) status_ = exit_of(status);
  return status_;
}

int ChildProcess::stop(std::chrono::milliseconds patience) {
  if (ended()) return *status_;
  ::kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!ended() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kStopLook);
  }
  if (!status_) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = exit_of(status);
  }
  return *status_;
}

std::string program_beside(const std::string& name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? name : (self.parent_path() / name).string();
}

}  // namespace tenon::cli
