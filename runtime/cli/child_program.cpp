// By fork and exec in a group of its own, so that what a build starts ends with it.
#include "cli/child_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tenon::cli {
namespace {

constexpr int kNoProgram = 127;
constexpr std::size_t kMaxLastLines = 40;

[[noreturn]] void become(const ChildProgram& program, std::vector<char*>& words, int out) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nowhere, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(program.errors == ChildProgram::Errors::merged ? out : nowhere, STDERR_FILENO);
  if (program.folder.empty() || ::chdir(program.folder.c_str()) == 0) {
    ::execvp(words[0], words.data());
  }
  ::_exit(kNoProgram);
}

// Until the other side is closed; false if the time was over before.
bool read_all(int from, std::chrono::steady_clock::time_point until, std::string& into) {
  std::array<char, 65536> part;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{from, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    const auto room = kMaxChildOutput - into.size();
    into.append(part.data(), std::min(static_cast<std::size_t>(got), room));
  }
}

}  // namespace

Result<ChildEnd> run_child(const ChildProgram& program) {
  std::vector<std::string> copy = program.words;
  std::vector<char*> words;
  for (auto& word : copy) words.push_back(word.data());
  words.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return unavailable(std::string("pipe: ") + std::strerror(errno));
  }
  const pid_t child = ::fork();
  if (child == 0) become(program, words, ends[1]);
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return unavailable(std::string("fork: ") + std::strerror(errno));
  }
  ChildEnd end;
  end.in_time = read_all(ends[0], std::chrono::steady_clock::now() + program.within, end.output);
  ::close(ends[0]);
  if (!end.in_time) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (end.status == kNoProgram && end.output.empty()) {
    return not_found("wanted this program in PATH, found none", program.words.front());
  }
  return end;
}

std::string last_lines(const std::string& text) {
  std::size_t at = text.size();
  for (std::size_t lines = 0; at > 0 && lines <= kMaxLastLines; ++lines) {
    const auto before = text.rfind('\n', at - 1);
    if (before == std::string::npos) return text;
    at = before;
  }
  return at == 0 ? text : text.substr(std::min(at + 1, text.size()));
}

}  // namespace tenon::cli
