// Folder: files of a backup: copied, synced, digested, and taken back when something fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/file_log/disk.hpp"
#include "backup/inventory.hpp"

namespace tenon::backup {

// A folder that is made under another name, and gets its own only when all of it is on disk. A
// crash leaves the other name behind, which nobody takes for the whole.
class UnfinishedFolder {
 public:
  // conflict: the folder is there and not empty, or an unfinished one is.
  static Result<UnfinishedFolder> make(Disk& disk, std::string path);
  UnfinishedFolder(UnfinishedFolder&& other) noexcept;
  UnfinishedFolder& operator=(UnfinishedFolder&&) = delete;
  ~UnfinishedFolder();  // removes what was not finished

  std::string at(std::string_view path) const { return unfinished_ + "/" + std::string(path); }
  Result<void> make_directory(std::string_view path);
  // The first `bytes` of the file, and what they are.
  Result<BackupFile> copy(const std::string& from, const std::string& to, std::uint64_t bytes);
  // A second name for a file that never changes any more, or a copy where there can be none.
  Result<BackupFile> link(const std::string& from, const std::string& to);
  // A whole file that may be read only, such as a connector.
  Result<BackupFile> take(const std::string& from, const std::string& to);
  Result<void> write(std::string_view path, std::string_view text);
  // All is on disk, and has its name.
  Result<void> finish();

 private:
  UnfinishedFolder(Disk& disk, std::string path);
  Disk& disk_;
  std::string path_, unfinished_;
  std::vector<std::string> directories_;
  bool open_ = true;
};

// Reads the whole file. not_found: there is none.
Result<BackupFile> digest_of(Disk& disk, const std::string& root, const std::string& path);

}  // namespace tenon::backup
