// By fork and exec, without a shell: the words may hold any bytes.
#include "conformance/helper_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tenon::conformance {
namespace {
constexpr std::size_t kMaxHelperOutput = 64 * 1024;
}

std::string output_of(const std::vector<std::string>& words, std::chrono::milliseconds within) {
  std::array<int, 2> ends;
  if (words.empty() || pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  for (std::string& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 4096> part;
  const auto until = std::chrono::steady_clock::now() + within;
  bool ended = child < 0;
  while (!ended && output.size() < kMaxHelperOutput) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    const ssize_t got = read(ends[0], part.data(), part.size());
    ended = got <= 0;
    if (got > 0) output.append(part.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  if (child < 0) return {};
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? output : std::string();
}

}  // namespace tenon::conformance
