// A disk whose failed syncs are tried again.
#include "sim/mutant_disk.hpp"

namespace tenon::sim {

class MutantDisk::RetryingFile final : public DiskFile {
 public:
  explicit RetryingFile(std::unique_ptr<DiskFile> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> write(std::uint64_t at, std::string_view bytes) override {
    return inner_->write(at, bytes);
  }
  Result<std::size_t> read(std::uint64_t at, char* out, std::size_t size) override {
    return inner_->read(at, out, size);
  }
  Result<std::uint64_t> size() override { return inner_->size(); }
  Result<void> truncate(std::uint64_t size) override { return inner_->truncate(size); }
  Result<void> sync() override {
    const auto first = inner_->sync();
    return first ? first : inner_->sync();
  }

 private:
  std::unique_ptr<DiskFile> inner_;
};

Result<std::unique_ptr<DiskFile>> MutantDisk::open(const std::string& path, DiskOpen how) {
  auto file = inner_.open(path, how);
  if (!file || mutant_ != Mutant::fsync_retried) return file;
  return std::unique_ptr<DiskFile>(std::make_unique<RetryingFile>(std::move(*file)));
}

}  // namespace tenon::sim
