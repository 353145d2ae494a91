// Written beside its place, then renamed.
#include "cli/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace tenon::cli {
namespace {

Error file_trouble(const std::string& what, const std::string& path) {
  return unavailable("cannot " + what + ": " + std::strerror(errno), path);
}

std::string unfinished_of(const std::string& path) { return path + ".new"; }

}  // namespace

Result<PrivateFile> PrivateFile::create(const std::string& path) {
  const std::string unfinished = unfinished_of(path);
  ::unlink(unfinished.c_str());  // of a run that was cut short
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return file_trouble("be made", path);
  return PrivateFile(path, fd);
}

PrivateFile::PrivateFile(PrivateFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(other.fd_) {
  other.fd_ = -1;
}

PrivateFile::~PrivateFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(unfinished_of(path_).c_str());
}

Result<void> PrivateFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_trouble("be written", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> PrivateFile::finish() {
  if (::fsync(fd_) != 0 || ::rename(unfinished_of(path_).c_str(), path_.c_str()) != 0) {
    return file_trouble("be written", path_);
  }
  ::close(fd_);
  fd_ = -1;
  return {};
}

Result<void> write_private_file(const std::string& path, std::string_view bytes) {
  TENON_TRY_AS(auto file, PrivateFile::create(path));
  TENON_TRY(file.write(bytes));
  return file.finish();
}

Result<PrivateFolder> PrivateFolder::make() {
  std::error_code error;
  auto place = std::filesystem::temp_directory_path(error);
  if (error) place = "/tmp";
  std::string name = (place / "tenon-repro-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return file_trouble("be made", name);  // mode 0700
  return PrivateFolder(std::move(name));
}

PrivateFolder::~PrivateFolder() {
  if (path_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace tenon::cli
