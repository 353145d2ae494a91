// Reading a whole backup: every digest, every record, and what they fold to.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "audit/recount.hpp"
#include "backends/vault_file/image.hpp"
#include "backup/backup.hpp"
#include "backup/folder.hpp"
#include "backup/read_log.hpp"
#include "base/limits.hpp"
#include "event/vault_changed.hpp"

namespace tenon::backup {
namespace {

Result<Inventory> read_inventory(Disk& disk, const std::string& backup) {
  const std::string path = backup + "/" + std::string(kInventoryFile);
  auto file = disk.open(path, DiskOpen::existing);
  if (!file) {
    if (file.error().kind != ErrorKind::not_found) return Error(std::move(file).error());
    return not_found(backup.ends_with(kUnfinished)
                         ? "a backup that was cut short: remove it and take another"
                         : "no backup: its inventory is missing",
                     path);
  }
  TENON_TRY_AS(const auto text, read_whole(**file, 256u << 20));
  auto inventory = decode_inventory(text);
  if (!inventory) return Error(std::move(inventory).error()).in(path);
  return inventory;
}

// What the log has forgotten can only be known from the states.
Result<void> has_states(const std::string& backup, const Inventory& inventory) {
  const bool trimmed = std::any_of(inventory.lanes.begin(), inventory.lanes.end(),
                                   [](const BackupLane& lane) { return is_trimmed(lane.begin); });
  const bool there =
      std::any_of(inventory.files.begin(), inventory.files.end(),
                  [](const BackupFile& file) { return file.path.starts_with("state/"); });
  if (!trimmed || there) return {};
  return corrupt("the log has forgotten its beginning, and the states are missing", backup);
}

Result<void> nothing_else(const std::string& backup, const Inventory& inventory) {
  std::set<std::string> known{std::string(kInventoryFile)};
  for (const auto& file : inventory.files) known.insert(file.path);
  std::error_code error;
  namespace fs = std::filesystem;
  for (fs::recursive_directory_iterator one(backup, error), end; !error && one != end;
       one.increment(error)) {
    if (one->is_directory()) continue;
    const auto path = fs::relative(one->path(), backup).generic_string();
    if (!known.contains(path)) return corrupt("a file that the inventory does not know", path);
  }
  if (error) return unavailable("cannot list: " + error.message(), backup);
  return {};
}

// The newest note that the log has of a vault.
Result<void> note_vault(const Record& record, std::optional<VaultChanged>& noted) {
  if (record.header.stream != Stream::audit ||
      record.header.type != static_cast<std::uint16_t>(AuditType::vault_changed)) {
    return {};
  }
  TENON_TRY_AS(noted, decode_vault_changed(record.body));
  return {};
}

// The generation of the vault in the backup.
Result<std::uint64_t> check_vault(Disk& disk, const std::string& backup,
                                  const std::optional<VaultChanged>& noted) {
  const std::string path = backup + "/" + std::string(kVaultFile);
  TENON_TRY_AS(const auto file, disk.open(path, DiskOpen::existing));
  TENON_TRY_AS(const auto bytes, read_whole(*file, kMaxVaultBytes));
  auto vault = read_vault(bytes);
  if (!vault) return Error(std::move(vault).error()).in(path);
  const VaultHeader& header = vault->image.header;
  const bool same =
      noted &&
      std::equal(noted->vault.begin(), noted->vault.end(), header.vault.begin(), header.vault.end(),
                 [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  if (same && header.generation < noted->generation) {
    return corrupt("the vault is older than the log knows: wanted generation " +
                       std::to_string(noted->generation) + " or later, found " +
                       std::to_string(header.generation),
                   path);
  }
  return header.generation;
}

}  // namespace

Result<Verified> verify(Disk& disk, const std::string& backup) {
  Verified out;
  TENON_TRY_AS(out.inventory, read_inventory(disk, backup));
  for (const auto& file : out.inventory.files) {
    auto found = digest_of(disk, backup, file.path);
    if (!found) return Error(std::move(found).error()).in(backup + "/" + file.path);
    if (!(*found == file)) {
      return corrupt("the file is not what was backed up: wanted " + std::to_string(file.bytes) +
                         " bytes of digest " + file.digest.substr(0, 12) + ", found " +
                         std::to_string(found->bytes) + " of " + found->digest.substr(0, 12),
                     backup + "/" + file.path);
    }
  }
  TENON_TRY(nothing_else(backup, out.inventory));
  TENON_TRY(has_states(backup, out.inventory));
  Recount counts;
  std::optional<VaultChanged> noted;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const std::string folder = backup + "/log/p" + (p < 10 ? "0" : "") + std::to_string(p);
    counts.begins_at(PartitionId{p}, out.inventory.lanes[p].begin);
    TENON_TRY(read_lane(disk, folder, out.inventory.log, PartitionId{p}, out.inventory.lanes[p],
                        [&](const Record& record) -> Result<void> {
                          TENON_TRY(note_vault(record, noted));
                          return counts.add(out.inventory.log, PartitionId{p}, record);
                        }));
  }
  out.counts = counts.total();
  if (out.inventory.has_vault()) {
    TENON_TRY_AS(out.vault, check_vault(disk, backup, noted));
  }
  return out;
}

}  // namespace tenon::backup
