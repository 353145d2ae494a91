// Inventory: what a backup holds, written last: without it a folder is no backup.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon::backup {

constexpr std::uint32_t kBackupFormat = 1;
constexpr std::string_view kInventoryFile = "inventory.json";
constexpr std::string_view kVaultFile = "vault/vault";   // sealed; the key is never in a backup
constexpr std::string_view kUnfinished = ".unfinished";  // behind the name of what is being made

struct BackupFile {
  std::string path;  // within the backup
  std::uint64_t bytes = 0;
  std::string digest;
  bool operator==(const BackupFile&) const = default;
};

// The log of one partition in the backup.
struct BackupLane {
  Offset begin, end;
  bool operator==(const BackupLane&) const = default;
};

struct Inventory {
  std::string version;  // of the host
  Time at{};            // of the cut: what was acknowledged before it is here
  LogId log;
  std::string tenant, workspace, config_digest;
  std::vector<std::string> secrets;  // references, which the restored host needs, too
  std::vector<BackupLane> lanes;
  std::vector<BackupFile> files;
  bool operator==(const Inventory&) const = default;

  bool has_vault() const;
};

// JSON for people and programs, with a digest of itself.
std::string encode(const Inventory& inventory);
// unsupported: a later format. corrupt: not whole.
Result<Inventory> decode_inventory(std::string_view text);

}  // namespace tenon::backup
