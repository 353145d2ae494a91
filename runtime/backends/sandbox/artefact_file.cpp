// Reading a connector's file once, and telling later whether it is still the same.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "backends/sandbox/artefact.hpp"
#include "backends/sandbox/connector_files.hpp"
#include "backends/sandbox/fd.hpp"
#include "base/hash.hpp"

namespace tenon::sandbox {
namespace {

Error unreadable(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) return not_found("no such file", path);
  return unavailable(std::string("cannot be read: ") + std::strerror(error), path);
}

std::int64_t nanoseconds_of(const timespec& at) {
  return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

FileStamp stamp(const struct stat& info) {
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
          nanoseconds_of(info.st_mtim), nanoseconds_of(info.st_ctim)};
}

}  // namespace

Result<FileStamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return unreadable(path, errno);
  return stamp(info);
}

Result<Inspected> inspect_artefact(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return unreadable(path, errno);
  if (!S_ISREG(info.st_mode)) return corrupt("wanted an ordinary file, found something else", path);
  if ((info.st_mode & S_IWOTH) != 0) {
    return unsupported("everybody may write this file; chmod o-w it", path);
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > kMaxConnectorBytes) {
    return invalid("wanted at most " + std::to_string(kMaxConnectorBytes) + " bytes, found " +
                       std::to_string(size),
                   path);
  }
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(file.get(), bytes.data() + got, size - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return unavailable("cannot be read to its end", path);
    got += static_cast<std::size_t>(n);
  }
  auto checked = check_artefact(bytes);
  if (!checked) return std::move(checked).error().in(path);
  return Inspected{stamp(info), digest_hex(bytes)};
}

}  // namespace tenon::sandbox
