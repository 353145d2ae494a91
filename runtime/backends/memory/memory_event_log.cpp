// One deque of records per partition.
#include "backends/memory/memory_event_log.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/assert.hpp"

namespace tenon {
namespace asio = boost::asio;
namespace {

constexpr std::uint64_t kFirstOffset = 64;   // 0 is never a record's place
constexpr std::uint64_t kHeaderBytes = 160;  // pretended, as on disk
constexpr std::uint64_t kStep = 8;

std::uint64_t frame_size(std::size_t body) {
  return (kHeaderBytes + body + kStep - 1) / kStep * kStep;
}

}  // namespace

MemoryEventLog::MemoryEventLog(asio::any_io_executor executor, LogId id, Clock& clock)
    : executor_(std::move(executor)), id_(id), clock_(clock) {
  for (auto& lane : lanes_) {
    lane = std::make_unique<Lane>(executor_);
    lane->begin = lane->end = Offset{kFirstOffset};
  }
}

Task<Result<std::vector<Offset>>> MemoryEventLog::append(std::vector<NewRecord> records,
                                                         AppendClass cls, AppendWait) {
  for (const auto& record : records) {
    if (record.partition.value >= kPartitions || record.header.stream == Stream::none) {
      co_return invalid("wanted a partition below 16 and a stream in each record to append");
    }
    if (record.body.size() > kMaxRecordBytes) {
      co_return invalid("wanted a record body of at most 16 MiB, found " +
                        std::to_string(record.body.size()) + " bytes");
    }
  }
  const auto& refusal = refused_[static_cast<std::size_t>(cls)];
  if (refusal) co_return Error(*refusal);
  std::vector<Offset> offsets;
  offsets.reserve(records.size());
  for (auto& record : records) {
    Lane& to = lane(record.partition);
    to.last = std::max(to.last, clock_.now());
    record.header.appended = to.last;
    Record kept;
    kept.offset = to.end;
    kept.next = Offset{to.end.value + frame_size(record.body.size())};
    kept.header = record.header;
    kept.body = std::move(record.body);
    to.end = kept.next;
    offsets.push_back(kept.offset);
    to.records.push_back(std::move(kept));
    to.grown.notify();
  }
  // As with a disk, the answer never comes within the call itself.
  co_await asio::post(executor_, asio::use_awaitable);
  co_return offsets;
}

Task<Result<LogSlice>> MemoryEventLog::read(PartitionId partition, Offset from, ReadLimits limits) {
  if (partition.value >= kPartitions) co_return invalid("wanted a partition below 16");
  const Lane& in = lane(partition);
  auto at = std::lower_bound(in.records.begin(), in.records.end(), from,
                             [](const Record& r, Offset o) { return r.offset < o; });
  const Offset place = at == in.records.end() ? in.end : at->offset;
  if (place != from) {
    co_return not_found("no record begins at offset " + std::to_string(from.value) +
                        "; the log holds " + std::to_string(in.begin.value) + " to " +
                        std::to_string(in.end.value));
  }
  LogSlice slice;
  slice.next = from;
  std::size_t bytes = 0;
  for (; at != in.records.end(); ++at) {
    const bool wanted = limits.streams == 0 || (limits.streams & stream_bit(at->header.stream));
    if (wanted) {
      const bool full =
          slice.records.size() >= limits.max_records || bytes + at->body.size() > limits.max_bytes;
      if (full && !slice.records.empty()) break;
      bytes += at->body.size();
      slice.records.push_back(*at);
    }
    slice.next = at->next;
  }
  co_return slice;
}

Offset MemoryEventLog::begin(PartitionId partition) const { return lane(partition).begin; }
Offset MemoryEventLog::end(PartitionId partition) const { return lane(partition).end; }

Task<void> MemoryEventLog::wait_beyond(PartitionId partition, Offset beyond) {
  Lane& in = lane(partition);
  while (in.end <= beyond) co_await in.grown.wait();
}

Task<Result<void>> MemoryEventLog::trim(PartitionId partition, Offset before) {
  if (partition.value >= kPartitions) co_return invalid("wanted a partition below 16");
  Lane& in = lane(partition);
  while (!in.records.empty() && in.records.front().next <= before) {
    in.begin = in.records.front().next;
    in.records.pop_front();
  }
  co_return Result<void>{};
}

void MemoryEventLog::refuse(AppendClass cls, std::optional<Error> error) {
  refused_[static_cast<std::size_t>(cls)] = std::move(error);
}

}  // namespace tenon
