// Backup: a consistent copy of a host's data folder, made while it runs; its check; its way back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/completeness.hpp"
#include "backends/file_log/disk.hpp"
#include "backup/inventory.hpp"

namespace tenon::backup {

// What the host says of one moment; all of it stays true while the log grows.
struct Cut {
  Time at{};
  std::string version, data;
  LogId log;
  std::string tenant, workspace, config_digest;
  std::vector<std::string> secrets;
  bool vault = false;  // there is one
  std::vector<BackupLane> lanes;
  std::vector<std::string> states;  // copies, which are taken and removed
  struct Package {
    std::string release, path;
    std::string package = {};  // path of the package that it came in; "" = there is none
  };
  std::vector<Package> connectors;
};

// Makes the backup `target`. The states are in it only where the log has forgotten its beginning:
// else they are folded from the log again. What fails leaves nothing behind that could be taken for
// a backup.
//   conflict: something is there. not_found: the log was trimmed meanwhile, or the copies of the
//   states are gone: try again. limited: the disk is full.
Result<Inventory> create(Disk& disk, const std::string& target, const Cut& cut);

struct Verified {
  Inventory inventory;
  std::uint64_t vault = 0;    // generation of the sealed secrets; 0 = none
  CompletenessCounts counts;  // of the log in the backup, folded
};
// Reads every byte: digests, frames, records, and folds them; and that the vault is not older than
// the log knows. Its secrets stay sealed: the key is not in a backup. corrupt: says what is
// damaged.
Result<Verified> verify(Disk& disk, const std::string& backup);

// So far behind the end of the backup the restored log goes on, times 1 to 64: no record gets the
// address, id or idempotency key of one that the original wrote after the cut.
constexpr std::uint64_t kRestoreGap = 1ull << 40;
// Makes the data folder `data`, which must be new or empty. `nonce` picks the gap.
Result<Verified> restore(Disk& disk, const std::string& backup, const std::string& data,
                         std::uint64_t nonce);

}  // namespace tenon::backup
