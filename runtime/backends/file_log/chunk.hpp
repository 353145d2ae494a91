// Chunk: one file of a partition; its header, its making, and the reading of its tail on opening.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/file_log/disk.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon {

constexpr std::uint64_t kChunkHeaderBytes = 64;
constexpr std::uint64_t kNoChunkBefore = ~std::uint64_t{0};

struct ChunkHeader {
  LogId log;
  PartitionId partition;
  Offset base;
  Offset before{kNoChunkBefore};
  Time appended_floor{};
  // Where the data of the chunk before it end; zero: here. A restored log leaves addresses out.
  Offset before_end{};
};

std::string chunk_name(Offset base);
// The offset in a chunk's file name, or nothing if it is no chunk's name.
std::optional<Offset> parse_chunk_name(std::string_view name);
std::string encode(const ChunkHeader& header);
// corrupt, or unsupported for a later format.
Result<ChunkHeader> decode_chunk_header(std::string_view bytes);

// Makes the chunk, with zeros up to `bytes`, so that it is whole or not there at all.
Result<std::unique_ptr<DiskFile>> make_chunk(Disk& disk, const std::string& directory,
                                             const ChunkHeader& header, std::uint64_t bytes);

// Where the valid frames of a chunk end, and what comes after.
struct ChunkScan {
  Offset end;            // P: the place after the last valid frame
  Time last_appended{};  // of the last valid frame; zero if there is none
  std::uint64_t torn_to =
      0;  // file position after the last byte behind P that is not zero; 0 = none
  std::optional<Offset> damage_to;  // Q: [P, Q) was on disk once and is damaged now
};
// unsupported: a frame of a later format. `bytes`: the whole file.
Result<ChunkScan> scan_chunk(std::string_view bytes, LogId log, Offset base);

// A frame of no stream that fills [from, to).
std::string filler_frame(LogId log, Offset from, Offset to, Time appended);

}  // namespace tenon
