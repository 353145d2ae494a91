// Opening: identity, chunks, the torn tail; and making a new log.
#include <algorithm>

#include "backends/file_log/chunk.hpp"
#include "backends/file_log/file_log.hpp"
#include "backends/file_log/lane.hpp"
#include "base/codec.hpp"
#include "base/fail_point.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::string_view kIdMagic = "TNLI";
constexpr std::uint8_t kIdFormat = 1;
constexpr std::uint64_t kIdBytes = 20;

std::string encode_id(LogId id) {
  Writer out;
  out.raw(kIdMagic);
  out.u8(kIdFormat);
  out.raw(std::string(3, '\0'));
  out.u32(id.value);
  out.u32(kPartitions);
  out.u32(crc32c(out.view()));
  return std::move(out).take();
}

Result<LogId> decode_id(std::string_view bytes) {
  Reader in(bytes);
  const auto magic = in.raw(4);
  const auto format = in.u8();
  if (in.ok() && magic == kIdMagic && format != kIdFormat) {
    return unsupported("wanted a log of format 1, found format " + std::to_string(format) +
                       "; it was written by a later version: start that one");
  }
  in.raw(3);
  const LogId id{in.u32()};
  const auto partitions = in.u32();
  const auto crc = in.u32();
  if (!in.done() || magic != kIdMagic || crc != crc32c(bytes.substr(0, kIdBytes - 4))) {
    return corrupt("the name of the log does not check out: restore the file");
  }
  if (partitions != kPartitions) {
    return unsupported("wanted " + std::to_string(kPartitions) + " partitions, found " +
                       std::to_string(partitions));
  }
  return id;
}

Error damaged(Offset from, Offset to, const std::string& file) {
  return corrupt("the records from offset " + std::to_string(from.value) + " to " +
                     std::to_string(to.value) +
                     " were on disk and are damaged now: restore the file, or open with "
                     "--salvage and lose them",
                 file);
}

std::string lane_directory(const std::string& path, int n) {
  return path + "/p" + (n < 10 ? "0" : "") + std::to_string(n);
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<std::unique_ptr<FileLog>> FileLog::open(boost::asio::any_io_executor executor, Disk& disk,
                                               Clock& clock, Random& random, std::string path,
                                               Options options) {
  if (options.first_step.count < kChunkHeaderBytes || options.step.count == 0 ||
      options.chunk < options.first_step || options.chunk.count < 4096) {
    return invalid("wanted a chunk of at least 4 KiB and of at least the first step");
  }
  std::unique_ptr<FileLog> log(
      new FileLog(executor, disk, clock, std::move(path), std::move(options)));
  const std::string& folder = log->path_;
  TENON_TRY(disk.make_directory(folder));
  TENON_TRY(disk.sync_directory(parent_of(folder)));
  auto lock = disk.lock(folder + "/lock");
  if (!lock && lock.error().kind == ErrorKind::conflict) {
    return conflict("the log is open in another process: stop that one first", folder);
  }
  if (!lock) return Error(std::move(lock).error());
  log->lock_ = std::move(*lock);
  TENON_FAIL_POINT("log.open.locked");
  for (std::uint16_t n = 0; n < kPartitions; ++n) {
    log->lanes_[n] = std::make_unique<Lane>(executor, n, lane_directory(folder, n));
  }
  TENON_TRY_AS(const auto names, disk.list(folder));
  if (!has(names, "log.id")) {
    TENON_TRY(log->clear_unfinished());
    TENON_TRY(log->make_new(random));
  }
  TENON_TRY_AS(auto id_file, disk.open(folder + "/log.id", DiskOpen::existing));
  TENON_TRY_AS(const auto id_bytes, read_whole(*id_file, 4096));
  auto id = decode_id(id_bytes);
  if (!id) return Error(std::move(id).error()).in(folder + "/log.id");
  log->id_ = *id;
  for (auto& lane : log->lanes_) TENON_TRY(log->open_lane(*lane));
  TENON_TRY_AS(auto reserve, Reserve::open(disk, folder, log->options_.reserve));
  if (!reserve.whole()) {
    log->full_ = true;
    log->recovery_.messages.push_back(folder + "/reserve: the disk is full; events are refused");
  }
  Committer::Options how;
  how.threaded = log->options_.threaded;
  log->committer_ = std::make_unique<Committer>(
      std::move(executor), disk, std::move(reserve),
      [self = log.get()](GroupDone done) { self->on_done(std::move(done)); }, how);
  return log;
}

// Without log.id nothing was ever appended: whatever chunks there are must be empty ones.
Result<void> FileLog::clear_unfinished() {
  for (auto& lane : lanes_) {
    const auto names = disk_.list(lane->directory);
    if (!names) {
      if (names.error().kind == ErrorKind::not_found) continue;
      return Error(names.error());
    }
    for (const auto& name : *names) {
      const std::string file_path = lane->directory + "/" + name;
      if (parse_chunk_name(name)) {
        TENON_TRY_AS(auto file, disk_.open(file_path, DiskOpen::existing));
        TENON_TRY_AS(const auto bytes, read_whole(*file, options_.chunk.count));
        const auto used = bytes.find_last_not_of('\0');
        if (used != std::string::npos && used >= kChunkHeaderBytes) {
          return corrupt("the log holds records but has lost its name: restore log.id", path_);
        }
      }
      TENON_TRY(disk_.remove(file_path));
    }
  }
  return {};
}

Result<void> FileLog::make_new(Random& random) {
  do {
    id_ = LogId{static_cast<std::uint32_t>(random.next())};
  } while (id_.value == 0);
  for (auto& lane : lanes_) TENON_TRY(disk_.make_directory(lane->directory));
  TENON_TRY(disk_.sync_directory(path_));
  for (auto& lane : lanes_) {
    const ChunkHeader first{id_, PartitionId{lane->number}, Offset{0}, Offset{kNoChunkBefore},
                            Time{}};
    TENON_TRY(make_chunk(disk_, lane->directory, first, options_.first_step.count));
  }
  const std::string temporary = path_ + "/log.id.tmp";
  TENON_TRY_AS(auto file, disk_.open(temporary, DiskOpen::replace));
  {
    TENON_FAIL_IO("log.id.write");
    TENON_TRY(write_all(*file, 0, encode_id(id_)));
  }
  {
    TENON_FAIL_IO("log.id.sync");
    TENON_TRY(file->sync());
  }
  {
    TENON_FAIL_IO("log.id.rename");
    TENON_TRY(disk_.rename(temporary, path_ + "/log.id"));
  }
  TENON_FAIL_IO("log.id.sync_directory");
  return disk_.sync_directory(path_);
}

Result<void> FileLog::open_lane(Lane& lane) {
  TENON_FAIL_POINT("log.open.lane");
  ChunkHeader last;
  TENON_TRY(find_chunks(lane, last));
  const std::string path = lane.directory + "/" + chunk_name(lane.base());
  TENON_TRY_AS(lane.writer, disk_.open(path, DiskOpen::existing));
  return mend_tail(lane, last);
}

// Names, headers, and that each chunk follows the one before it.
Result<void> FileLog::find_chunks(Lane& lane, ChunkHeader& last) {
  TENON_TRY_AS(const auto names, disk_.list(lane.directory));
  for (const auto& name : names) {
    const auto base = parse_chunk_name(name);
    const std::string path = lane.directory + "/" + name;
    if (!base) {
      if (name != "next.tmp") return invalid("wanted chunks only, found another file", path);
      TENON_TRY(disk_.remove(path));
      continue;
    }
    TENON_TRY_AS(auto file, disk_.open(path, DiskOpen::existing));
    std::string bytes(kChunkHeaderBytes, '\0');
    TENON_TRY_AS(const auto got, file->read(0, bytes.data(), bytes.size()));
    auto header = decode_chunk_header(std::string_view(bytes).substr(0, got));
    if (!header) return Error(std::move(header).error()).in(path);
    const bool ours =
        header->log == id_ && header->partition.value == lane.number && header->base == *base;
    if (!ours) return corrupt("the chunk is of another log or place: put it back there", path);
    if (!lane.chunks.empty() && header->before != lane.chunks.back()) {
      return corrupt(
          "the chunk before this one, " + chunk_name(header->before) + ", is missing: restore it",
          path);
    }
    if (!lane.chunks.empty() && header->before_end.value != 0) {
      lane.ends[lane.chunks.back()] = header->before_end;
    }
    lane.chunks.push_back(*base);
    last = *header;
  }
  if (lane.chunks.empty()) return corrupt("all chunks are missing: restore them", lane.directory);
  return {};
}

Result<void> FileLog::mend_tail(Lane& lane, const ChunkHeader& last) {
  const std::string path = lane.directory + "/" + chunk_name(lane.base());
  TENON_TRY_AS(lane.room, lane.writer->size());
  std::string bytes(lane.room, '\0');
  TENON_TRY_AS(const auto got, lane.writer->read(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  ChunkScan scan;
  while (true) {
    auto scanned = scan_chunk(bytes, id_, lane.base());
    if (!scanned) return Error(std::move(scanned).error()).in(path);
    scan = *scanned;
    if (!scan.damage_to) break;
    if (!options_.salvage) return damaged(scan.end, *scan.damage_to, path);
    const auto filler = filler_frame(id_, scan.end, *scan.damage_to,
                                     std::max(scan.last_appended, last.appended_floor));
    const auto at = lane.position(scan.end);
    TENON_TRY(write_all(*lane.writer, at, filler));
    TENON_TRY(lane.writer->sync());
    bytes.replace(at, filler.size(), filler);
    recovery_.messages.push_back(path + ": records from offset " + std::to_string(scan.end.value) +
                                 " to " + std::to_string(scan.damage_to->value) +
                                 " were damaged and are lost (salvage)");
  }
  if (scan.torn_to != 0) {
    TENON_FAIL_IO("log.open.mend");
    const auto from = lane.position(scan.end);
    TENON_TRY(write_zeros(*lane.writer, from, scan.torn_to));
    recovery_.torn_bytes += scan.torn_to - from;
    recovery_.messages.push_back(path + ": cut " + std::to_string(scan.torn_to - from) +
                                 " bytes of a write that was never acknowledged, at offset " +
                                 std::to_string(scan.end.value));
  }
  // Always: what was found may only be in the page cache, left by a process that died before its
  // sync. From here on it is read and acted upon, so it must be on disk.
  TENON_FAIL_IO("log.open.sync");
  TENON_TRY(lane.writer->sync());
  lane.room = std::max<std::uint64_t>(got, kChunkHeaderBytes);
  lane.placed = lane.pending_at = lane.durable = scan.end;
  lane.last_appended = std::max(scan.last_appended, last.appended_floor);
  return {};
}

}  // namespace tenon
