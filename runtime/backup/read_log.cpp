// Chunk by chunk, frame by frame.
#include "backup/read_log.hpp"

#include <algorithm>
#include <optional>

#include "backends/file_log/chunk.hpp"
#include "backends/file_log/frame.hpp"

namespace tenon::backup {
namespace {

constexpr std::uint64_t kLargestChunk = 1ull << 30;

// Frames from `at` up to `end`; both are places in the chunk that `bytes` are.
Result<void> read_chunk(std::string_view bytes, const ChunkHeader& chunk, Offset end,
                        LaneEnd& found, const std::function<Result<void>(const Record&)>& visit) {
  for (Offset at{chunk.base.value + kChunkHeaderBytes}; at < end;) {
    const std::uint64_t position = at.value - chunk.base.value;
    const auto rest = position < bytes.size() ? bytes.substr(position) : std::string_view();
    const FrameView frame = view_frame(rest, chunk.log, at);
    const std::uint64_t size = frame_bytes(frame.body_bytes);
    const bool whole = frame.state == FrameState::valid && size <= rest.size() &&
                       at.value + size <= end.value &&
                       body_fits(frame, rest.substr(kFrameHeaderBytes, frame.body_bytes));
    if (!whole) return corrupt("the record at offset " + std::to_string(at.value) + " is damaged");
    Record record;
    record.offset = at;
    record.next = Offset{at.value + size};
    record.header = frame.header;
    record.body = rest.substr(kFrameHeaderBytes, frame.body_bytes);
    found.last_appended = frame.header.appended;
    at = found.end = record.next;
    if (record.header.stream != Stream::none) TENON_TRY(visit(record));
  }
  return {};
}

}  // namespace

Result<LaneEnd> read_lane(Disk& disk, const std::string& folder, LogId log, PartitionId partition,
                          const BackupLane& lane,
                          const std::function<Result<void>(const Record&)>& visit) {
  TENON_TRY_AS(const auto names, disk.list(folder));
  LaneEnd found;
  struct Chunk {
    std::string path, bytes;
    ChunkHeader header;
  };
  std::optional<Chunk> before;
  // A chunk is read when it is known where the next one says that it ends.
  const auto read = [&](const Chunk& chunk, Offset end) -> Result<void> {
    found.last_chunk = chunk.header.base;
    found.last_appended = std::max(found.last_appended, chunk.header.appended_floor);
    found.end = Offset{chunk.header.base.value + kChunkHeaderBytes};
    auto done = read_chunk(chunk.bytes, chunk.header, end, found, visit);
    if (!done) return Error(std::move(done).error()).in(chunk.path);
    return {};
  };
  for (const auto& name : names) {
    if (!parse_chunk_name(name)) continue;
    Chunk chunk;
    chunk.path = folder + "/" + name;
    TENON_TRY_AS(auto file, disk.open(chunk.path, DiskOpen::existing));
    TENON_TRY_AS(chunk.bytes, read_whole(*file, kLargestChunk));
    auto header = decode_chunk_header(chunk.bytes);
    if (!header) return Error(std::move(header).error()).in(chunk.path);
    chunk.header = *header;
    const bool fits = header->log == log && header->partition == partition &&
                      (!before || header->before == before->header.base);
    if (!fits) return corrupt("the chunk is of another log or place", chunk.path);
    if (before) {
      const bool early = header->before_end.value != 0;
      TENON_TRY(read(*before, early ? header->before_end : header->base));
    }
    before = std::move(chunk);
  }
  if (!before) return corrupt("all chunks are missing", folder);
  TENON_TRY(read(*before, lane.end));
  if (found.end != lane.end) {
    return corrupt("the log ends at " + std::to_string(found.end.value) + ", wanted " +
                       std::to_string(lane.end.value),
                   folder);
  }
  return found;
}

}  // namespace tenon::backup
