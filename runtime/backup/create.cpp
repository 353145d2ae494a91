// Making a backup of a running host: its log up to the cut, and its connectors.
#include <filesystem>

#include "audit/completeness.hpp"
#include "backends/file_log/chunk.hpp"
#include "backup/backup.hpp"
#include "backup/folder.hpp"
#include "base/limits.hpp"

namespace tenon::backup {
namespace {

constexpr std::uint64_t kLogIdBytes = 20;

std::string lane_folder(std::size_t n) {
  return std::string("log/p") + (n < 10 ? "0" : "") + std::to_string(n);
}

Result<std::vector<Offset>> chunks_of(Disk& disk, const std::string& folder) {
  std::vector<Offset> bases;
  TENON_TRY_AS(const auto names, disk.list(folder));
  for (const auto& name : names) {
    if (const auto base = parse_chunk_name(name)) bases.push_back(*base);
  }
  return bases;
}

// Chunks below the one in which the cut lies are never written again; of that one only what lies
// before the cut is taken.
Result<void> copy_lane(Disk& disk, UnfinishedFolder& to, const std::string& data, std::size_t n,
                       const BackupLane& lane, std::vector<BackupFile>& files) {
  const std::string folder = lane_folder(n);
  TENON_TRY(to.make_directory(folder));
  TENON_TRY_AS(const auto bases, chunks_of(disk, data + "/" + folder));
  bool first = true;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    if (bases[i] >= lane.end) break;
    const bool last = i + 1 == bases.size() || bases[i + 1] >= lane.end;
    if (first && bases[i] > lane.begin) {
      return not_found("the log was trimmed meanwhile: run it again", data + "/" + folder);
    }
    first = false;
    const std::string name = folder + "/" + chunk_name(bases[i]);
    const std::string from = data + "/" + name;
    TENON_TRY_AS(auto file,
                 last ? to.copy(from, name, lane.end.value - bases[i].value) : to.link(from, name));
    files.push_back(std::move(file));
  }
  if (first) return corrupt("the partition has no chunk before the cut", data + "/" + folder);
  return {};
}

Result<void> take_states(UnfinishedFolder& to, const Cut& cut, std::vector<BackupFile>& files) {
  for (const auto& path : cut.states) {
    const auto name = std::filesystem::path(path).filename().string();
    auto file = to.link(path, "state/" + name);
    if (!file && file.error().kind == ErrorKind::not_found) {
      return not_found("the copy of a state is gone, another backup took its place: run it again",
                       path);
    }
    if (!file) return Error(std::move(file).error());
    files.push_back(std::move(*file));
  }
  std::error_code ignored;  // the host removes what is left
  for (const auto& path : cut.states) std::filesystem::remove(path, ignored);
  std::filesystem::remove(std::filesystem::path(cut.states.front()).parent_path(), ignored);
  return {};
}

}  // namespace

Result<Inventory> create(Disk& disk, const std::string& target, const Cut& cut) {
  if (cut.lanes.size() != kPartitions) {
    return unsupported("wanted a host with " + std::to_string(kPartitions) + " partitions, found " +
                       std::to_string(cut.lanes.size()));
  }
  for (const auto& lane : cut.lanes) {
    if (is_trimmed(lane.begin) && cut.states.empty()) {
      return unsupported("the log has forgotten its beginning and the host gave no states");
    }
  }
  TENON_TRY_AS(auto to, UnfinishedFolder::make(disk, target));
  Inventory inventory;
  inventory.version = cut.version;
  inventory.at = cut.at;
  inventory.log = cut.log;
  inventory.tenant = cut.tenant;
  inventory.workspace = cut.workspace;
  inventory.config_digest = cut.config_digest;
  inventory.secrets = cut.secrets;
  inventory.lanes = cut.lanes;
  TENON_TRY(to.make_directory("log"));
  TENON_TRY_AS(auto id, to.copy(cut.data + "/log/log.id", "log/log.id", kLogIdBytes));
  inventory.files.push_back(std::move(id));
  for (std::size_t n = 0; n < cut.lanes.size(); ++n) {
    TENON_TRY(copy_lane(disk, to, cut.data, n, cut.lanes[n], inventory.files));
  }
  if (!cut.states.empty()) {
    TENON_TRY(to.make_directory("state"));
    TENON_TRY(take_states(to, cut, inventory.files));
  }
  if (cut.vault) {
    TENON_TRY(to.make_directory("vault"));
    // A change of the vault makes a new file, and never changes one.
    const std::string vault(kVaultFile);
    TENON_TRY_AS(auto file, to.link(cut.data + "/" + vault, vault));
    inventory.files.push_back(std::move(file));
  }
  TENON_TRY(to.make_directory("connectors"));
  for (const auto& package : cut.connectors) {
    if (package.package.empty()) {
      TENON_TRY_AS(auto file, to.take(package.path, "connectors/" + package.release + ".so"));
      inventory.files.push_back(std::move(file));
      continue;
    }
    // As they lie in the host's own folder, so that a restored host finds them installed.
    for (const auto& path : {package.package, package.path}) {
      const auto name = std::filesystem::path(path).filename().string();
      TENON_TRY_AS(auto file, to.take(path, "connectors/" + name));
      inventory.files.push_back(std::move(file));
    }
  }
  TENON_TRY(to.write(kInventoryFile, encode(inventory)));
  TENON_TRY(to.finish());
  return inventory;
}

}  // namespace tenon::backup
