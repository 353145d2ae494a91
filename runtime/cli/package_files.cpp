// By system calls where a mode matters, else through the disk that also keeps the log.
#include "cli/package_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backends/file_log/disk.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

class KeyFile {
 public:
  KeyFile(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  ~KeyFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error failed(const std::string& what, const std::string& path) {
  const int error = errno;
  if (error == ENOENT) return not_found("wanted a file, found none", path);
  return unavailable(what + ": " + std::strerror(error), path);
}

Result<void> add_file(const fs::path& path, const std::string& name,
                      std::vector<packages::PackedFile>& out) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return {};
  TENON_TRY_AS(std::string bytes, read_file(path.string(), packages::most_bytes_of(name)));
  out.push_back({name, std::move(bytes)});
  return {};
}

}  // namespace

Result<std::vector<packages::PackedFile>> gather(const std::string& so, const std::string& folder) {
  std::error_code error;
  if (!fs::is_regular_file(so, error)) return not_found("wanted a connector (.so), found none", so);
  if (!fs::is_directory(folder, error)) return not_found("wanted a folder, found none", folder);
  std::vector<packages::PackedFile> out;
  TENON_TRY(add_file(so, std::string(packages::kConnectorFile), out));
  for (const auto name : packages::optional_files()) {
    TENON_TRY(add_file(fs::path(folder) / name, std::string(name), out));
  }
  for (const auto name : packages::optional_folders()) {
    const fs::path from = fs::path(folder) / name;
    if (!fs::is_directory(from, error)) continue;
    for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
      const std::string entry = std::string(name) + "/" + at->path().filename().string();
      TENON_TRY(add_file(at->path(), entry, out));
      if (out.size() > packages::kMaxEntries) {
        return invalid(
            "wanted at most " + std::to_string(packages::kMaxEntries) + " files, found more",
            from.string());
      }
    }
    if (error) return unavailable("cannot be listed: " + error.message(), from.string());
  }
  return out;
}

Result<packages::Package> read_package_file(const std::string& path) {
  TENON_TRY_AS(const std::string bytes, read_file(path, packages::kMaxPackageBytes));
  auto package = packages::read_package(bytes);
  if (!package) return std::move(package).error().in(path);
  auto named = packages::check_file_name(*package, fs::path(path).filename().string());
  if (!named) return std::move(named).error().in(path);
  return package;
}

Result<void> write_package_file(const std::string& path, std::string_view bytes) {
  SystemDisk disk;
  const std::string unfinished = path + ".new";
  TENON_TRY_AS(const auto file, disk.open(unfinished, DiskOpen::replace));
  TENON_TRY(write_all(*file, 0, bytes));
  TENON_TRY(disk.let_read(unfinished));
  TENON_TRY(file->sync());
  TENON_TRY(disk.rename(unfinished, path));
  return disk.sync_directory(parent_of(path));
}

Result<void> write_key_file(const std::string& path, const packages::PrivateKey& key) {
  const KeyFile file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0 && errno == EEXIST) {
    return conflict("wanted a new file for the private key, found that something is there", path);
  }
  if (file.fd() < 0) return failed("wanted to make a file", path);
  const Secret text = key.text();
  const auto bytes = text.reveal();
  const bool whole =
      ::write(file.fd(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (!whole || ::fsync(file.fd()) != 0) {
    const Error why = failed("the key cannot be written", path);
    ::unlink(path.c_str());
    return why;
  }
  return {};
}

Result<packages::PrivateKey> read_key_file(const std::string& path) {
  const KeyFile file(path, O_RDONLY | O_NONBLOCK);
  struct stat info {};
  if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return failed("wanted to read a key", path);
  if (!S_ISREG(info.st_mode)) return invalid("wanted an ordinary file, found something else", path);
  if ((info.st_mode & 0077) != 0) {
    return invalid(
        "wanted a private key that its owner alone may read, found that others may; "
        "chmod 600 it, and think of who has read it",
        path);
  }
  std::string bytes(packages::kMaxKeyFileBytes + 1, '\0');
  const auto got = ::read(file.fd(), bytes.data(), bytes.size());
  if (got < 0) {
    wipe(bytes);
    return failed("wanted to read a key", path);
  }
  Secret text(bytes.substr(0, static_cast<std::size_t>(got)));
  wipe(bytes);
  auto key = packages::PrivateKey::parse(text);
  if (!key) return std::move(key).error().in(path);
  return key;
}

}  // namespace tenon::cli
