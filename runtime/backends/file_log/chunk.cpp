// Chunk headers, chunk files and the search for the end of the log (FORMAT.md).
#include "backends/file_log/chunk.hpp"

#include <algorithm>
#include <charconv>

#include "backends/file_log/frame.hpp"
#include "base/codec.hpp"
#include "base/fail_point.hpp"
#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::string_view kChunkMagic = "TNCH";
constexpr std::uint8_t kFormat = 1;
constexpr std::string_view kSuffix = ".chunk";
constexpr std::string_view kFrameMagic = "TNRC";

// A whole valid frame at `position`, or nothing.
std::optional<FrameView> whole_frame(std::string_view bytes, std::uint64_t position, LogId log,
                                     Offset base) {
  if (position >= bytes.size()) return std::nullopt;
  const auto rest = bytes.substr(position);
  const auto view = view_frame(rest, log, Offset{base.value + position});
  if (view.state != FrameState::valid) return std::nullopt;
  if (frame_bytes(view.body_bytes) > rest.size()) return std::nullopt;
  if (!body_fits(view, rest.substr(kFrameHeaderBytes, view.body_bytes))) return std::nullopt;
  return view;
}

Result<void> fill_chunk(DiskFile& file, const ChunkHeader& header, std::uint64_t bytes) {
  {
    TENON_FAIL_IO("log.chunk.header");
    TENON_TRY(write_all(file, 0, encode(header)));
  }
  TENON_FAIL_IO("log.chunk.zeros");
  return write_zeros(file, kChunkHeaderBytes, bytes);
}

}  // namespace

std::string chunk_name(Offset base) { return to_hex(key_u64(base.value)) + std::string(kSuffix); }

std::optional<Offset> parse_chunk_name(std::string_view name) {
  if (name.size() != 16 + kSuffix.size() || name.substr(16) != kSuffix) return std::nullopt;
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + 16, value, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != name.data() + 16) return std::nullopt;
  return Offset{value};
}

std::string encode(const ChunkHeader& header) {
  Writer out;
  out.raw(kChunkMagic);
  out.u8(kFormat);
  out.u8(0);
  out.u16(header.partition.value);
  out.u32(header.log.value);
  out.u32(0);
  out.u64(header.base.value);
  out.u64(header.before.value);
  out.i64(us_of(header.appended_floor));
  out.u64(header.before_end.value);
  out.raw(std::string(12, '\0'));
  out.u32(crc32c(out.view()));
  return std::move(out).take();
}

Result<ChunkHeader> decode_chunk_header(std::string_view bytes) {
  Reader in(bytes.substr(0, kChunkHeaderBytes));
  const auto magic = in.raw(4);
  const auto format = in.u8();
  if (in.ok() && magic == kChunkMagic && format != kFormat) {
    return unsupported("wanted a chunk of format 1, found format " + std::to_string(format) +
                       "; it was written by a later version: start that one");
  }
  in.u8();
  ChunkHeader header;
  header.partition = PartitionId{in.u16()};
  header.log = LogId{in.u32()};
  in.u32();
  header.base = Offset{in.u64()};
  header.before = Offset{in.u64()};
  header.appended_floor = time_from_us(in.i64());
  header.before_end = Offset{in.u64()};
  in.raw(12);
  const auto crc = in.u32();
  if (!in.ok() || magic != kChunkMagic || crc != crc32c(bytes.substr(0, kChunkHeaderBytes - 4))) {
    return corrupt("the header of the chunk does not check out");
  }
  return header;
}

Result<std::unique_ptr<DiskFile>> make_chunk(Disk& disk, const std::string& directory,
                                             const ChunkHeader& header, std::uint64_t bytes) {
  const std::string temporary = directory + "/next.tmp";
  auto opened = [&] {
    TENON_FAIL_IO("log.chunk.open");
    return disk.open(temporary, DiskOpen::replace);
  }();
  if (!opened) return Error(std::move(opened).error());
  auto file = std::move(*opened);
  auto filled = fill_chunk(*file, header, bytes);
  if (!filled) {
    file.reset();
    (void)disk.remove(temporary);  // gives the space back; if not, opening removes it
    return Error(std::move(filled).error());
  }
  {
    TENON_FAIL_IO("log.chunk.sync");
    TENON_TRY(file->sync());
  }
  {
    TENON_FAIL_IO("log.chunk.rename");
    TENON_TRY(disk.rename(temporary, directory + "/" + chunk_name(header.base)));
  }
  TENON_FAIL_IO("log.chunk.sync_directory");
  TENON_TRY(disk.sync_directory(directory));
  return file;
}

Result<ChunkScan> scan_chunk(std::string_view bytes, LogId log, Offset base) {
  ChunkScan scan;
  std::uint64_t at = kChunkHeaderBytes;
  while (const auto frame = whole_frame(bytes, at, log, base)) {
    scan.last_appended = frame->header.appended;
    at += frame_bytes(frame->body_bytes);
  }
  scan.end = Offset{base.value + at};
  if (at >= bytes.size()) return scan;
  const auto view = view_frame(bytes.substr(at), log, scan.end);
  if (view.state == FrameState::foreign) {
    return unsupported("wanted records of format 1, found format " + std::to_string(view.format) +
                       " at offset " + std::to_string(scan.end.value) +
                       "; it was written by a later version (start that one), or the byte is "
                       "damaged (restore the file)");
  }
  const auto last = bytes.find_last_not_of('\0');
  if (last == std::string_view::npos || last < at) return scan;
  scan.torn_to = last + 1;
  // The frame at P had a header at least, so the next one cannot begin within that.
  for (auto next = at + kFrameHeaderBytes;
       (next = bytes.find(kFrameMagic, next)) != std::string_view::npos;) {
    const auto frame = next % kFrameStep == 0 ? whole_frame(bytes, next, log, base) : std::nullopt;
    if (frame && frame->group > scan.end) {
      scan.damage_to = Offset{base.value + next};
      break;
    }
    ++next;
  }
  return scan;
}

std::string filler_frame(LogId log, Offset from, Offset to, Time appended) {
  FramePlace place{log, from, from};
  RecordHeader header;
  header.appended = appended;
  std::string out;
  append_frame(out, place, header, std::string(to.value - from.value - kFrameHeaderBytes, '\0'));
  return out;
}

}  // namespace tenon
