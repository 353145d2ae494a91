// Reading and trimming, on the shard's thread, straight from the files.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "backends/file_log/chunk.hpp"
#include "backends/file_log/file_log.hpp"
#include "backends/file_log/lane.hpp"

namespace tenon {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr std::size_t kFewBytes = 32 * 1024;  // for who asks for one record; the next is often near
constexpr std::uint64_t kTurnBytes = 8u << 20;  // scanned in one turn of the shard

std::string range(Offset from, std::uint64_t bytes) {
  return "offset " + std::to_string(from.value) + " to " + std::to_string(from.value + bytes);
}

}  // namespace

Result<DiskFile*> FileLog::file_of(Lane& lane, Offset base) {
  if (base == lane.base()) return lane.writer.get();
  if (!lane.reader || lane.reader_base != base) {
    lane.reader.reset();
    TENON_TRY_AS(lane.reader,
                 disk_.open(lane.directory + "/" + chunk_name(base), DiskOpen::existing));
    lane.reader_base = base;
  }
  return lane.reader.get();
}

// At least `least` bytes from `at`, or all up to `data_end` if that is less; more if they are at
// hand: `ahead` when it has to read. Valid until the next call. A block never holds what is not yet
// durable, and what is durable never changes, so it serves later reads, too.
Result<std::string_view> FileLog::bytes_at(Lane& lane, Offset at, std::size_t least,
                                           std::size_t ahead, Offset data_end) {
  Block& block = *block_;
  const std::uint64_t left = data_end.value - at.value;
  const std::uint64_t wanted = std::min<std::uint64_t>(least, left);
  const bool here = block.lane == lane.number && at >= block.at &&
                    at.value + wanted <= block.at.value + block.size;
  if (!here) {
    const auto size = std::min<std::uint64_t>(left, std::max(least, ahead));
    auto chunk = std::upper_bound(lane.chunks.begin(), lane.chunks.end(), at);
    const Offset base = *--chunk;
    TENON_TRY_AS(DiskFile * file, file_of(lane, base));
    if (block.bytes.size() < size) block.bytes.resize(size);
    block.lane = kPartitions;
    TENON_TRY_AS(block.size, file->read(at.value - base.value, block.bytes.data(), size));
    block.lane = lane.number;
    block.at = at;
  }
  return std::string_view(block.bytes.data(), block.size).substr(at.value - block.at.value);
}

Task<Result<LogSlice>> FileLog::read(PartitionId partition, Offset from, ReadLimits limits) {
  if (partition.value >= kPartitions) co_return invalid("wanted a partition below 16");
  Lane& lane = *lanes_[partition.value];
  LogSlice slice;
  slice.next = from;
  std::size_t bytes = 0;
  std::uint64_t scanned = 0;
  bool first = true;
  const std::size_t ahead = limits.max_records == 1 ? kFewBytes : kBlockBytes;
  while (true) {
    // The log may have been trimmed, or have grown, during a wait.
    const auto after = std::upper_bound(lane.chunks.begin(), lane.chunks.end(), slice.next);
    const bool inside = after != lane.chunks.begin() && slice.next <= lane.durable;
    const Offset base = inside ? *std::prev(after) : Offset{};
    const auto early = lane.ends.find(base);
    if (inside && early != lane.ends.end() && slice.next == early->second) {
      slice.next = *after;  // addresses that a restored log leaves out
      continue;
    }
    if (inside && slice.next == base && lane.durable > base) {
      slice.next = Offset{base.value + kChunkHeaderBytes};
    }
    const bool in_header =
        inside && slice.next.value - base.value < kChunkHeaderBytes && slice.next != lane.durable;
    if (!inside || in_header || slice.next.value % kFrameStep != 0) {
      co_return not_found("no record begins at offset " + std::to_string(slice.next.value) +
                          "; the log holds " + std::to_string(begin(partition).value) + " to " +
                          std::to_string(lane.durable.value));
    }
    Offset data_end = after == lane.chunks.end() ? lane.durable : std::min(*after, lane.durable);
    if (inside && early != lane.ends.end()) data_end = early->second;
    if (slice.next == data_end) break;  // the durable end
    auto head = bytes_at(lane, slice.next, kFrameHeaderBytes, ahead, data_end);
    if (!head) co_return Error(std::move(head).error()).in(lane.directory);
    FrameView frame = view_frame(*head, id_, slice.next);
    if (frame.state == FrameState::foreign) {
      co_return unsupported("wanted records of format 1, found format " +
                            std::to_string(frame.format) + " at offset " +
                            std::to_string(slice.next.value) + "; a later version wrote it");
    }
    if (first && frame.state != FrameState::valid && !frame.own_place) {
      co_return not_found("no record begins at offset " + std::to_string(slice.next.value));
    }
    first = false;
    const std::uint64_t size = frame_bytes(frame.body_bytes);
    if (frame.state != FrameState::valid || size > data_end.value - slice.next.value) {
      co_return corrupt("the record at " + range(slice.next, kFrameHeaderBytes) + " is damaged",
                        lane.directory);
    }
    const Stream stream = frame.header.stream;
    const bool wanted = stream != Stream::none &&
                        (limits.streams == 0 || (limits.streams & stream_bit(stream)) != 0);
    if (wanted) {
      const bool full =
          slice.records.size() >= limits.max_records || bytes + frame.body_bytes > limits.max_bytes;
      if (full && !slice.records.empty()) break;
      auto whole = bytes_at(lane, slice.next, size, ahead, data_end);
      if (!whole) co_return Error(std::move(whole).error()).in(lane.directory);
      if (whole->size() < size ||
          !body_fits(frame, whole->substr(kFrameHeaderBytes, frame.body_bytes))) {
        co_return corrupt("the record at " + range(slice.next, size) + " is damaged",
                          lane.directory);
      }
      Record record;
      record.offset = slice.next;
      record.next = Offset{slice.next.value + size};
      record.header = frame.header;
      record.body.assign(whole->data() + kFrameHeaderBytes, frame.body_bytes);
      bytes += record.body.size();
      slice.records.push_back(std::move(record));
    }
    slice.next = Offset{slice.next.value + size};
    scanned += size;
    if (scanned >= kTurnBytes) {
      scanned = 0;
      co_await asio::post(executor_, asio::use_awaitable);
    }
  }
  co_return slice;
}

std::vector<Offset> FileLog::chunks(PartitionId partition) const {
  const auto& all = lanes_.at(partition.value)->chunks;
  return {all.begin(), all.end()};
}

std::uint64_t FileLog::bytes_from(PartitionId partition, Offset from) const {
  const Lane& lane = *lanes_.at(partition.value);
  std::uint64_t bytes = lane.durable.value - std::min(from, lane.durable).value;
  for (const auto& [base, end] : lane.ends) {
    const auto next = std::upper_bound(lane.chunks.begin(), lane.chunks.end(), base);
    if (from <= end && next != lane.chunks.end()) bytes -= next->value - end.value;
  }
  return bytes;
}

Task<Result<void>> FileLog::trim(PartitionId partition, Offset before) {
  if (partition.value >= kPartitions) co_return invalid("wanted a partition below 16");
  Lane& lane = *lanes_[partition.value];
  while (lane.chunks.size() > 1 && lane.chunks[1] <= before && lane.chunks[1] <= lane.durable) {
    if (lane.reader && lane.reader_base == lane.chunks.front()) lane.reader.reset();
    auto removed = disk_.remove(lane.directory + "/" + chunk_name(lane.chunks.front()));
    // One by one, so that a power cut leaves no hole.
    if (removed) removed = disk_.sync_directory(lane.directory);
    if (!removed) co_return Error(std::move(removed).error());
    lane.ends.erase(lane.chunks.front());
    lane.chunks.pop_front();
  }
  co_return Result<void>{};
}

}  // namespace tenon
