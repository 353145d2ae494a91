// VaultFolder: the generations of the vault on disk, changed so that a crash leaves a whole one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/file_log/disk.hpp"

namespace tenon {

enum class VaultGeneration : std::uint8_t { current, previous, next };

class VaultFolder {
 public:
  VaultFolder(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  std::string path_of(VaultGeneration which) const;
  // Nothing if there is none. corrupt: it is larger than a vault file may be.
  Result<std::optional<std::string>> read(VaultGeneration which);

  // Makes `bytes` the current generation, keeping the current one as the previous. On an error the
  // old one is current still, or will be after the next start; nothing was acknowledged.
  Result<void> write(std::string_view bytes);
  // After a crash left no current one: this becomes it.
  Result<void> restore(VaultGeneration which);
  // Nothing happens if there is none.
  Result<void> remove(VaultGeneration which);

 private:
  Result<bool> has(VaultGeneration which);
  // The steps of a write.
  Result<void> write_next(std::string_view bytes);
  Result<void> keep_current();
  Result<void> rename_next();

  Disk& disk_;
  std::string path_;
};

// A whole small file, or nothing if there is none.
Result<std::optional<std::string>> read_if_there(Disk& disk, const std::string& path,
                                                 std::size_t most);
// The folder that a path lies in.
std::string folder_of(const std::string& path);

}  // namespace tenon
