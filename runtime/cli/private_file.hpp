// Files that their owner alone may read (mode 0600): they hold personal data.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::cli {

// In place of what is there, whole or not at all.
Result<void> write_private_file(const std::string& path, std::string_view bytes);

// The same, part by part: what was written comes to its place with `finish`, and is removed
// without it.
class PrivateFile {
 public:
  static Result<PrivateFile> create(const std::string& path);
  PrivateFile(PrivateFile&& other) noexcept;
  PrivateFile& operator=(PrivateFile&&) = delete;
  ~PrivateFile();
  Result<void> write(std::string_view bytes);
  Result<void> finish();

 private:
  PrivateFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
};

// A folder of one's own (mode 0700) that goes with this value, and what is in it.
class PrivateFolder {
 public:
  static Result<PrivateFolder> make();
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();
  const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace tenon::cli
