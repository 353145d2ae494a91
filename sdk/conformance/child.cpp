// in_child: fork, a pipe, and the word of the child: one letter, then the text.
#include "conformance/child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

#include "conformance/case.hpp"

namespace tenon::conformance {
namespace {

constexpr std::size_t kMaxChildWord = std::size_t{64} << 20;

std::string child_word(const std::function<std::string()>& body) {
  try {
    return "p" + body();
  } catch (const Failure& failure) {
    return "f" + failure.why;
  } catch (const std::exception& error) {
    return std::string("f") + error.what();
  } catch (...) {
    return "fan exception of unknown type";
  }
}

// Nothing may leave by an exception: the child would go on as if it were the program.
[[noreturn]] void speak_and_end(const std::function<std::string()>& body, int to) {
  const std::string word = child_word(body);
  for (std::size_t sent = 0; sent < word.size();) {
    const ssize_t wrote = write(to, word.data() + sent, word.size() - sent);
    if (wrote <= 0) _exit(3);
    sent += static_cast<std::size_t>(wrote);
  }
  _exit(0);
}

}  // namespace

std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) fail("pipe: no file descriptor left");
  const pid_t child = fork();
  if (child < 0) fail(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    close(ends[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a case that is out of time leaves nobody behind
    speak_and_end(body, ends[1]);
  }
  close(ends[1]);
  std::string word;
  std::array<char, 4096> part;
  for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;) {
    if (word.size() < kMaxChildWord) word.append(part.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) fail(std::string("it died: ") + strsignal(WTERMSIG(status)));
  if (word.empty()) fail("it ended the process");
  if (word.front() == 'f') fail(word.substr(1));
  return word.substr(1);
}

}  // namespace tenon::conformance
