// SimDisk: a disk in memory that keeps unsynced writes apart and can lose, tear and refuse them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/file_log/disk.hpp"
#include "base/bytes.hpp"

namespace tenon {

enum class DiskFault : std::uint8_t {
  error,  // the operation fails with an I/O error and changes nothing; sync: all stays unsynced
  sync_forgets,  // as `error`, but a sync drops what was unsynced: another one would succeed
                 // without it, as on Linux
  no_space,      // it fails for want of space
  short_write,   // a write takes one byte only; other operations go through
  power_cut,     // it and all that follow fail until crash()
};

// One thread. What is synced survives crash(); of the rest each 512-byte sector is left in one of
// the states it went through since its last sync, and of the names of a directory the first few
// changes. Everything follows from the seed.
class SimDisk final : public Disk {
 public:
  SimDisk();
  ~SimDisk() override;

  Result<std::unique_ptr<DiskFile>> open(const std::string& path, DiskOpen how) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> let_read(const std::string& path) override;  // there are no other users
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override;

  // Everything fails from now on, until crash(): for ending a process that must not touch the disk.
  void cut_power();
  // The power is gone and back: open files and locks are void.
  void crash(std::uint64_t seed);
  // The operation number `at` (1 = the next one) that changes something meets the fault.
  void fail_at(std::uint64_t at, DiskFault fault);
  // The sizes of all files together may not grow beyond this.
  void set_capacity(std::optional<Bytes> capacity);

  // For tests: operations that changed something so far; syncs among them; bytes in use.
  std::uint64_t operations() const;
  std::uint64_t file_syncs() const;
  Bytes used() const;
  // Flips one bit of a file, on disk and in memory.
  void flip_bit(const std::string& path, std::uint64_t position, unsigned bit);

 private:
  struct Inode;
  struct World;
  class File;
  class Lock;
  std::shared_ptr<World> world_;  // shared with open files, which tests may keep too long
};

}  // namespace tenon
