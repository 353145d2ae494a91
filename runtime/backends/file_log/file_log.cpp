// Placing, grouping and finishing of appends; all on the shard's thread.
#include "backends/file_log/file_log.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "backends/file_log/lane.hpp"
#include "base/assert.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace asio = boost::asio;
namespace {

constexpr milliseconds kQueueRetry{100};
constexpr milliseconds kDiskRetry{1000};
constexpr std::size_t kKeptBufferBytes = 4u << 20;

}  // namespace

FileLog::FileLog(asio::any_io_executor executor, Disk& disk, Clock& clock, std::string path,
                 Options options)
    : executor_(std::move(executor)),
      disk_(disk),
      clock_(clock),
      path_(std::move(path)),
      options_(std::move(options)),
      block_(std::make_unique<Block>()),
      placing_(executor_),
      alive_(std::make_shared<bool>(true)) {
  for (auto& signal : synced_) signal = std::make_unique<Signal>(executor_);
}

FileLog::~FileLog() {
  alive_.reset();
  if (committer_) committer_->stop(closed_ ? Group{} : take_frames());
}

Offset FileLog::end(PartitionId partition) const { return lanes_[partition.value]->durable; }

Offset FileLog::begin(PartitionId partition) const {
  return Offset{lanes_[partition.value]->chunks.front().value + kChunkHeaderBytes};
}

Task<void> FileLog::wait_beyond(PartitionId partition, Offset beyond) {
  Lane& lane = *lanes_[partition.value];
  while (lane.durable <= beyond) co_await lane.grown.wait();
}

Error FileLog::no_space() const {
  return limited("the disk under " + path_ + " is full: free some space", kDiskRetry);
}

// Why the request cannot even be queued.
std::optional<Error> FileLog::refuse(const Request& request) {
  const std::size_t most = std::min<std::size_t>(
      kMaxRecordBytes, options_.chunk.count - kChunkHeaderBytes - kFrameHeaderBytes - kFrameStep);
  for (const auto& record : request.records) {
    if (record.partition.value >= kPartitions || record.header.stream == Stream::none) {
      return invalid("wanted a partition below 16 and a stream in each record to append");
    }
    if (record.body.size() > most) {
      return invalid("wanted a record body of at most " + std::to_string(most) + " bytes, found " +
                     std::to_string(record.body.size()));
    }
  }
  if (closed_) return closed_;
  const bool essential = request.cls == AppendClass::essential;
  if (full_ && !essential) {
    if (clock_.instant() >= next_probe_) {
      next_probe_ = clock_.instant() + kDiskRetry;
      probe_ = true;
      kick();
    }
    return no_space();
  }
  const std::size_t times = essential ? 2 : 1;
  const bool over =
      queued_records_ + request.records.size() > options_.max_queued_records * times ||
      queued_bytes_ + request.bytes > options_.max_queued.count * times;
  if (over && queued_records_ > 0) {
    return limited("the queue of the log is full (" + std::to_string(queued_records_) +
                       " records, " + std::to_string(queued_bytes_) + " bytes)",
                   kQueueRetry);
  }
  return std::nullopt;
}

Task<Result<std::vector<Offset>>> FileLog::append(std::vector<NewRecord> records, AppendClass cls,
                                                  AppendWait wait) {
  auto request = std::make_shared<Request>();
  request->cls = cls;
  for (const auto& record : records) request->bytes += frame_bytes(record.body.size());
  request->records = std::move(records);
  if (auto refused = refuse(*request)) co_return std::move(*refused);
  if (request->records.empty()) co_return std::vector<Offset>{};
  queued_bytes_ += request->bytes;
  queued_records_ += request->records.size();
  request->offsets.reserve(request->records.size());
  if (TENON_PLANTED("acknowledged_before_sync")) wait = AppendWait::queued;
  TENON_FAIL_POINT("log.append.queued");
  waiting_.push_back(request);
  place_waiting();
  TENON_FAIL_POINT("log.append.placed");
  kick();
  while (!request->done && request->group == 0) co_await placing_.wait();
  if (wait == AppendWait::durable) {
    while (!request->done) co_await synced_[request->group % 2]->wait();
  }
  if (request->error) co_return std::move(*request->error);
  co_return std::move(request->offsets);
}

void FileLog::place_waiting() {
  bool moved = false;
  for (auto& lane : lanes_) lane->need = 0;  // the head of the queue says anew what it lacks
  while (!waiting_.empty()) {
    Request& head = *waiting_.front();
    if (full_ && head.cls == AppendClass::event) {
      finish(head, no_space());
    } else {
      if (!place(head)) break;
      head.group = filling_;
      placed_.push_back(waiting_.front());
    }
    waiting_.pop_front();
    moved = true;
  }
  if (moved) placing_.notify();
}

// Whether all of the request can be placed now, so that one that is refused for want of room leaves
// nothing behind. One that is too large for a chunk can only go in part by part. False: the lane
// that lacks room says so.
bool FileLog::fits_whole(const Request& request) {
  std::array<std::uint64_t, kPartitions> bytes{};
  for (const auto& record : request.records) {
    bytes[record.partition.value] += frame_bytes(record.body.size());
  }
  for (auto& each : lanes_) {
    Lane& lane = *each;
    const std::uint64_t wanted = bytes[lane.number];
    if (wanted == 0 || wanted > options_.chunk.count - kChunkHeaderBytes) continue;
    const std::uint64_t after = lane.position(lane.placed) + wanted;
    if (!lane.rolling && after <= lane.room) continue;
    lane.need = lane.rolling ? 0 : after;
    lane.need_essential = request.cls == AppendClass::essential;
    return false;
  }
  return true;
}

// Gives the records their places as far as there is room. False: the lane that lacks room says so.
bool FileLog::place(Request& request) {
  if (request.next == 0 && !fits_whole(request)) return false;
  for (; request.next < request.records.size(); ++request.next) {
    NewRecord& record = request.records[request.next];
    Lane& lane = *lanes_[record.partition.value];
    const std::uint64_t after = lane.position(lane.placed) + frame_bytes(record.body.size());
    if (lane.rolling || after > lane.room) {
      lane.need = lane.rolling ? 0 : after;
      lane.need_essential = request.cls == AppendClass::essential;
      return false;
    }
    lane.last_appended = std::max(lane.last_appended, clock_.now());
    record.header.appended = lane.last_appended;
    const FramePlace place{id_, lane.placed, lane.pending_at};
    append_frame(lane.pending, place, record.header, record.body);
    request.offsets.push_back(lane.placed);
    lane.placed = Offset{lane.base().value + after};
    std::string().swap(record.body);  // it has been copied; do not hold it twice
  }
  return true;
}

// Posted, so that all who are ready to append now get into the same group.
void FileLog::kick() {
  if (busy_ || kicked_ || closed_) return;
  kicked_ = true;
  asio::post(executor_, [this, weak = std::weak_ptr<bool>(alive_)] {
    if (weak.expired()) return;
    kicked_ = false;
    hand_over();
  });
}

void FileLog::ask_for_space(Lane& lane, LaneWork& work) {
  const std::uint64_t chunk = options_.chunk.count, first = options_.first_step.count;
  const std::uint64_t step = lane.room < 2 * first ? first : options_.step.count;
  work.essential = lane.need != 0 && lane.need_essential;
  if (lane.need > chunk) {
    const std::uint64_t least = kChunkHeaderBytes + lane.need - lane.position(lane.placed);
    work.space = SpaceJob::roll;
    work.zero_least = least;
    work.zero_to = std::min(chunk, std::max(first, least));
    work.next =
        ChunkHeader{id_, PartitionId{lane.number}, lane.placed, lane.base(), lane.last_appended};
    return;
  }
  const bool low = !full_ && lane.room < chunk &&
                   lane.room - lane.position(lane.placed) < std::min(step, first) / 2;
  if (lane.need == 0 && !low) return;
  work.space = SpaceJob::extend;
  work.zero_from = lane.room;
  work.zero_least = std::max(lane.need, lane.room + kFrameStep);
  work.zero_to = std::max(work.zero_least, std::min(chunk, lane.room + step));
}

Group FileLog::take_frames() {
  Group group;
  for (auto& lane : lanes_) {
    if (!lane || lane->pending.empty()) continue;
    LaneWork work;
    work.lane = lane->number;
    work.file = lane->writer.get();
    work.position = lane->position(lane->pending_at);
    work.frames = std::move(lane->pending);
    group.lanes.push_back(std::move(work));
  }
  return group;
}

void FileLog::hand_over() {
  if (busy_ || closed_) return;
  Group group;
  for (auto& each : lanes_) {
    Lane& lane = *each;
    LaneWork work;
    ask_for_space(lane, work);
    if (lane.pending.empty() && work.space == SpaceJob::none) continue;
    work.lane = lane.number;
    work.directory = lane.directory;
    work.file = lane.writer.get();
    work.position = lane.position(lane.pending_at);
    work.frames = std::move(lane.pending);
    lane.pending = std::move(lane.spare);
    lane.pending.clear();
    lane.pending_at = lane.placed;
    lane.rolling = work.space == SpaceJob::roll;
    group.lanes.push_back(std::move(work));
  }
  group.refill_reserve = std::exchange(probe_, false);
  if (group.lanes.empty() && !group.refill_reserve) return;
  busy_ = true;
  ++filling_;
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
  committer_->submit(std::move(group));
}

void FileLog::on_done(GroupDone done) {
  busy_ = false;
  work_.reset();
  if (done.fatal) {
    close_for_good(std::move(*done.fatal));
    return;
  }
  ++groups_;
  if (!done.reserve_whole && !full_) {  // an essential record needed it
    full_ = true;
    next_probe_ = clock_.instant() + kDiskRetry;
  }
  if (done.group.refill_reserve && done.reserve_whole) full_ = false;
  for (std::size_t i = 0; i < done.group.lanes.size(); ++i) {
    LaneWork& work = done.group.lanes[i];
    Lane& lane = *lanes_[work.lane];
    if (!work.frames.empty()) {
      lane.durable = Offset{lane.base().value + work.position + work.frames.size()};
      lane.grown.notify();
    }
    if (work.space != SpaceJob::none) on_space(lane, work, done.lanes[i]);
    if (work.frames.capacity() <= kKeptBufferBytes) lane.spare = std::move(work.frames);
  }
  finish_placed();
  place_waiting();
  const bool more = !waiting_.empty() || probe_ ||
                    std::any_of(lanes_.begin(), lanes_.end(),
                                [](const auto& lane) { return !lane->pending.empty(); });
  if (more) hand_over();
}

void FileLog::on_space(Lane& lane, const LaneWork& work, LaneDone& done) {
  lane.rolling = false;
  if (done.zero_to == 0) {
    full_ = true;
    next_probe_ = clock_.instant() + kDiskRetry;
    // Events in the queue fail as they come up. An essential record that asked for this room stands
    // at the head, and even the reserve did not help.
    if (work.essential && !waiting_.empty()) {
      finish(*waiting_.front(), no_space());
      waiting_.pop_front();
      placing_.notify();
    }
    return;
  }
  if (work.space == SpaceJob::roll) {
    lane.writer = std::move(done.chunk);
    lane.chunks.push_back(work.next.base);
    lane.placed = lane.pending_at = Offset{work.next.base.value + kChunkHeaderBytes};
  }
  lane.room = done.zero_to;
}

void FileLog::finish_placed() {
  while (!placed_.empty() && placed_.front()->group <= groups_) {
    finish(*placed_.front(), std::nullopt);
    placed_.pop_front();
    TENON_FAIL_POINT("log.acknowledged");
  }
  synced_[groups_ % 2]->notify();
}

void FileLog::finish(Request& request, std::optional<Error> error) {
  queued_bytes_ -= request.bytes;
  queued_records_ -= request.records.size();
  request.error = std::move(error);
  request.done = true;
}

void FileLog::close_for_good(Error error) {
  closed_ = error;
  for (auto* queue : {&placed_, &waiting_}) {
    for (auto& request : *queue) finish(*request, error);
    queue->clear();
  }
  placing_.notify();
  for (auto& signal : synced_) signal->notify();
  if (options_.on_fatal) options_.on_fatal(error);
}

}  // namespace tenon
