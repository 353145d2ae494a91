// Reading of secrets through plain system calls, so that no stream buffer keeps a copy.
#include "backends/file_secrets/file_secrets.hpp"
#include "base/fail_point.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace tenon {
namespace {

constexpr std::size_t kMaxWarnings = 64;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

void trim_newline(std::string& bytes) {
  if (!bytes.empty() && bytes.back() == '\n') bytes.pop_back();
  if (!bytes.empty() && bytes.back() == '\r') bytes.pop_back();
}

Error cannot(const std::string& path, int error) {
  const std::string place = "file:" + path;
  if (error == ENOENT || error == ENOTDIR) return not_found("wanted a file, found none", place);
  if (error == EACCES || error == EPERM) {
    return unauthorized("wanted a file that this process may read, found no permission", place);
  }
  return unavailable(std::string("cannot be read: ") + std::strerror(error), place);
}

Error too_long(const std::string& place) {
  return invalid("wanted at most " + std::to_string(kMaxSecretBytes) + " bytes, found more", place);
}

}  // namespace

void FileSecrets::warn(std::string text) {
  if (warnings_.size() >= kMaxWarnings) return;
  if (std::find(warnings_.begin(), warnings_.end(), text) != warnings_.end()) return;
  warnings_.push_back(std::move(text));
}

Result<Secret> FileSecrets::from_environment(const std::string& name) {
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!good) return invalid("wanted env: and a variable's name (letters, digits, _)");
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return not_found(value == nullptr ? "wanted a set variable, found none"
                                      : "wanted a variable with a value, found an empty one",
                     "env:" + name);
  }
  if (std::strlen(value) > kMaxSecretBytes) return too_long("env:" + name);
  return Secret(std::string(value));
}

Result<Secret> FileSecrets::from_file(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return invalid("wanted file: and a path, found none");
  }
  const auto full = (std::filesystem::path(base_) / path).string();  // an absolute path stays
  const OpenFile file(full);
  if (file.fd() < 0) return cannot(full, errno);
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return cannot(full, errno);
  const std::string place = "file:" + full;
  if (!S_ISREG(status.st_mode)) return invalid("wanted a plain file, found another kind", place);
  if ((status.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH)) != 0) {
    warn(place + ": others may read or change this secret; mend it with chmod 600");
  }
  std::string bytes(kMaxSecretBytes + 3, '\0');  // room for a newline, and one to see an excess
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(file.fd(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      wipe(bytes);
      return cannot(full, error);
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  bytes.resize(size);
  trim_newline(bytes);
  Secret kept(std::string(bytes.data(), bytes.size()));
  wipe(bytes);
  if (kept.reveal().size() > kMaxSecretBytes) return too_long(place);
  return kept;
}

Result<Secret> FileSecrets::get(std::string_view reference) {
  TENON_FAIL_ERROR("secrets.read");
  if (reference.starts_with("env:")) return from_environment(std::string(reference.substr(4)));
  if (reference.starts_with("file:")) return from_file(std::string(reference.substr(5)));
  return invalid("wanted a reference env:NAME or file:PATH, found another text");
}

}  // namespace tenon
