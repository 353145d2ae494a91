// From a verified backup to a data folder whose log goes on where the original never was.
#include <nlohmann/json.hpp>

#include "backends/file_log/chunk.hpp"
#include "backup/backup.hpp"
#include "backup/folder.hpp"
#include "backup/read_log.hpp"
#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon::backup {
namespace {

constexpr std::uint64_t kFirstStep = 1u << 20;  // zeros ahead, as in every new chunk
constexpr std::uint64_t kGaps = 64;

Result<void> go_on_farther(Disk& disk, const std::string& folder, const Inventory& inventory,
                           std::uint16_t p, std::uint64_t gap) {
  TENON_TRY_AS(const LaneEnd last,
               read_lane(disk, folder, inventory.log, PartitionId{p}, inventory.lanes[p],
                         [](const Record&) { return Result<void>(); }));
  ChunkHeader header;
  header.log = inventory.log;
  header.partition = PartitionId{p};
  header.base = Offset{last.end.value + gap};
  header.before = last.last_chunk;
  header.before_end = last.end;
  header.appended_floor = last.last_appended;
  TENON_TRY(make_chunk(disk, folder, header, kFirstStep));
  return {};
}

std::string note_of(const Inventory& inventory, const std::string& backup, std::uint64_t gap) {
  const nlohmann::json note = {{"backup", backup},
                               {"cut", to_rfc3339(inventory.at)},
                               {"log", inventory.log.value},
                               {"gap", gap}};
  return note.dump(2) + "\n";
}

}  // namespace

Result<Verified> restore(Disk& disk, const std::string& backup, const std::string& data,
                         std::uint64_t nonce) {
  TENON_TRY_AS(auto to, UnfinishedFolder::make(disk, data));
  TENON_TRY_AS(auto verified, verify(disk, backup));
  const Inventory& inventory = verified.inventory;
  for (const char* folder : {"log", "state", "connectors"}) TENON_TRY(to.make_directory(folder));
  if (inventory.has_vault()) TENON_TRY(to.make_directory("vault"));
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    TENON_TRY(to.make_directory(std::string("log/p") + (p < 10 ? "0" : "") + std::to_string(p)));
  }
  for (const auto& file : inventory.files) {
    TENON_TRY_AS(const auto copied, to.copy(backup + "/" + file.path, file.path, file.bytes));
    if (!(copied == file)) return corrupt("the copy is not what was backed up", file.path);
  }
  const std::uint64_t gap = kRestoreGap * (1 + nonce % kGaps);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const std::string folder =
        to.at(std::string("log/p") + (p < 10 ? "0" : "") + std::to_string(p));
    TENON_TRY(go_on_farther(disk, folder, inventory, p, gap));
  }
  TENON_TRY(to.write("restored.json", note_of(inventory, backup, gap)));
  TENON_TRY(to.finish());
  return verified;
}

}  // namespace tenon::backup
