// MutantDisk: a disk that forwards everything, but for a bug planted below the log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/file_log/disk.hpp"
#include "sim/profile.hpp"

namespace tenon::sim {

class MutantDisk final : public Disk {
 public:
  MutantDisk(Disk& inner, Mutant mutant) : inner_(inner), mutant_(mutant) {}

  Result<std::unique_ptr<DiskFile>> open(const std::string& path, DiskOpen how) override;
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return inner_.list(directory);
  }
  Result<void> make_directory(const std::string& path) override {
    return inner_.make_directory(path);
  }
  Result<void> let_read(const std::string& path) override { return inner_.let_read(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return inner_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return inner_.remove(path); }
  Result<void> sync_directory(const std::string& path) override {
    return inner_.sync_directory(path);
  }
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override {
    return inner_.lock(path);
  }

 private:
  class RetryingFile;
  Disk& inner_;
  Mutant mutant_;
};

}  // namespace tenon::sim
