// POSIX files behind the disk seam.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backends/file_log/disk.hpp"
#include "backends/file_log/unsynced.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace {

Error disk_error(const char* what, const std::string& path) {
  const int code = errno;
  const std::string text = std::string("cannot ") + what + ": " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT) {
    Error error = limited(text, seconds{1});
    error.context = path;
    return error;
  }
  if (code == ENOENT) return not_found(text, path);
  if (code == EEXIST || code == EWOULDBLOCK) return conflict(text, path);
  return unavailable(text, path);
}

Error failed(int code, const char* what, const std::string& path) {
  errno = code;
  return disk_error(what, path);
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class SystemFile final : public DiskFile {
 public:
  SystemFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<std::size_t> write(std::uint64_t at, std::string_view bytes) override {
    const fail::IoFault fault = fail::io_fault(fail::Kind::write, bytes.size());
    if (fault.error != 0) return failed(fault.error, "write", path_);
    bytes = bytes.substr(0, fault.most);
    const Unsynced::Write noted(fd_.get(), at, bytes.size());
    while (true) {
      const auto n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      fail::end_torn(fault);
      if (n > 0) return static_cast<std::size_t>(n);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) errno = EIO;
      return disk_error("write", path_);
    }
  }
  Result<std::size_t> read(std::uint64_t at, char* out, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const auto n = ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(at + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return disk_error("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  Result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return disk_error("stat", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }
  Result<void> truncate(std::uint64_t size) override {
    const fail::IoFault fault = fail::io_fault(fail::Kind::resize);
    if (fault.error != 0) return failed(fault.error, "truncate", path_);
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return disk_error("truncate", path_);
    return {};
  }
  Result<void> sync() override {
    const fail::IoFault fault = fail::io_fault(fail::Kind::sync);
    if (fault.error != 0) return failed(fault.error, "sync", path_);
    const Unsynced::Sync noted(fd_.get());
    // No retry on EINTR either: after a failed sync nobody knows what is on disk.
    if (::fdatasync(fd_.get()) != 0) return disk_error("sync", path_);
    return {};
  }

 private:
  Fd fd_;
  std::string path_;
};

class SystemLock final : public DiskLock {
 public:
  explicit SystemLock(int fd) : fd_(fd) {}

 private:
  Fd fd_;
};

}  // namespace

Result<void> write_all(DiskFile& file, std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    TENON_TRY_AS(const std::size_t n, file.write(at, bytes));
    bytes.remove_prefix(n);
    at += n;
  }
  return {};
}

Result<void> write_zeros(DiskFile& file, std::uint64_t from, std::uint64_t to) {
  static const std::string kZeros(256 * 1024, '\0');
  while (from < to) {
    const auto n = std::min<std::uint64_t>(to - from, kZeros.size());
    TENON_TRY(write_all(file, from, std::string_view(kZeros).substr(0, n)));
    from += n;
  }
  return {};
}

Result<std::string> read_whole(DiskFile& file, std::uint64_t most) {
  TENON_TRY_AS(const std::uint64_t size, file.size());
  if (size > most) {
    return limited("wanted a file of at most " + std::to_string(most) + " bytes, found " +
                       std::to_string(size),
                   milliseconds{0});
  }
  std::string out(size, '\0');
  TENON_TRY_AS(const std::size_t got, file.read(0, out.data(), out.size()));
  out.resize(got);
  return out;
}

Result<std::unique_ptr<DiskFile>> SystemDisk::open(const std::string& path, DiskOpen how) {
  const fail::IoFault fault = fail::io_fault(fail::Kind::open);
  if (fault.error != 0) return failed(fault.error, "open", path);
  const int flags = how == DiskOpen::existing ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC;
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) return disk_error("open", path);
  return std::unique_ptr<DiskFile>(std::make_unique<SystemFile>(fd, path));
}

Result<std::vector<std::string>> SystemDisk::list(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) {
    errno = error.value();
    return disk_error("list", directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> SystemDisk::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return disk_error("make folder", path);
  return {};
}

Result<void> SystemDisk::let_read(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return disk_error("look at", path);
  const mode_t more = S_ISDIR(info.st_mode) ? 0555 : 0444;
  if (::chmod(path.c_str(), (info.st_mode & 07777) | more) != 0) {
    return disk_error("open to readers", path);
  }
  return {};
}

Result<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  const fail::IoFault fault = fail::io_fault(fail::Kind::rename);
  if (fault.error != 0) return failed(fault.error, "rename", from);
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_error("rename", from);
  return {};
}

Result<void> SystemDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return disk_error("remove", path);
  return {};
}

Result<void> SystemDisk::sync_directory(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return disk_error("open folder", path);
  const fail::IoFault fault = fail::io_fault(fail::Kind::sync);
  if (fault.error != 0) return failed(fault.error, "sync folder", path);
  if (::fsync(fd.get()) != 0) return disk_error("sync folder", path);
  return {};
}

Result<std::unique_ptr<DiskLock>> SystemDisk::lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return disk_error("open", path);
  auto lock = std::make_unique<SystemLock>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return disk_error("lock", path);
  return std::unique_ptr<DiskLock>(std::move(lock));
}

}  // namespace tenon
