// Reading secrets without leaving copies, and without echo.
#include "cli/secret_input.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tenon::cli {
namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;

// What is typed is not shown while this lives.
class NoEcho {
 public:
  NoEcho() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!changed_) return;
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_;
};

void say(std::string_view text) {
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

// To the end, or of a terminal one line. By system calls, so that no stream keeps a copy.
Result<Secret> read_from(int fd, const std::string& place, bool one_line) {
  std::string bytes(kMaxBytes + 3, '\0');  // room for a newline, and one to see an excess
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto n = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      wipe(bytes);
      return invalid(std::string("cannot be read: ") + std::strerror(error), place);
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
    if (one_line && bytes[size - 1] == '\n') break;
  }
  if (size > 0 && bytes[size - 1] == '\n') --size;
  if (size > 0 && bytes[size - 1] == '\r') --size;
  Secret secret(std::string(bytes.data(), size));
  wipe(bytes);
  if (size == 0) return invalid("wanted a secret, found nothing", place);
  if (size > kMaxBytes) return invalid("wanted at most 64 KiB, found more", place);
  return secret;
}

}  // namespace

void SecretInput::add_to(CLI::App& command) {
  auto* from_file = command.add_option("--from-file", file, "Read it from this file");
  command.add_option("--from-env", variable, "Read it from this environment variable")
      ->excludes(from_file);
}

Result<Secret> SecretInput::read(const std::string& what) const {
  if (!variable.empty()) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') {
      return not_found("wanted a variable with a value, found none", "--from-env " + variable);
    }
    return Secret(std::string(value));
  }
  if (!file.empty()) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return not_found(std::strerror(errno), "--from-file " + file);
    auto secret = read_from(fd, "--from-file " + file, false);
    ::close(fd);
    return secret;
  }
  if (::isatty(STDIN_FILENO) != 1) return read_from(STDIN_FILENO, "stdin", false);
  say(what + " (not shown): ");
  auto secret = [] {
    const NoEcho quiet;
    return read_from(STDIN_FILENO, "stdin", true);
  }();
  say("\n");
  return secret;
}

}  // namespace tenon::cli
