// Disk: the private seam under file_log, so that simulation can lose, tear and refuse writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon {

// Errors of all calls: limited = no space left; not_found; conflict = exists, or is locked;
// unavailable = anything else that the machine said.

// One open file. `read` may run on one thread while `write` and `sync` run on another.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  // Writes a part of `bytes`, at least one byte, and says how many; see write_all.
  virtual Result<std::size_t> write(std::uint64_t at, std::string_view bytes) = 0;
  // Reads up to `size` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t at, char* out, std::size_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Data and size are on disk afterwards.
  virtual Result<void> sync() = 0;
};

// Held until destroyed.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

enum class DiskOpen : std::uint8_t {
  existing,
  replace
};  // replace: create, or empty what is there

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<DiskFile>> open(const std::string& path, DiskOpen how) = 0;
  // Names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Also if it is there already; parents must exist.
  virtual Result<void> make_directory(const std::string& path) = 0;
  // Other users may read this file, or enter and list this folder; without it none may.
  virtual Result<void> let_read(const std::string& path) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // Names made, changed and removed in the directory are on disk afterwards.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // conflict: somebody else holds it.
  virtual Result<std::unique_ptr<DiskLock>> lock(const std::string& path) = 0;
};

// All of `bytes`, in as many writes as it takes.
Result<void> write_all(DiskFile& file, std::uint64_t at, std::string_view bytes);
// Zeros from `from` to `to`.
Result<void> write_zeros(DiskFile& file, std::uint64_t from, std::uint64_t to);
// The whole file; `limited` if it is larger than `most`.
Result<std::string> read_whole(DiskFile& file, std::uint64_t most);

// The real one.
class SystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> open(const std::string& path, DiskOpen how) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> let_read(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override;
};

// The folder that holds it: what is synced after a change of names.
inline std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace tenon
