// Order within a group: frames, zeros ahead, one sync per file, then new chunks (FORMAT.md).
#include "backends/file_log/committer.hpp"

#include <algorithm>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "base/assert.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kSyncThreads = 7;  // and the committer itself: half of the partitions at once

}  // namespace

Result<Reserve> Reserve::open(Disk& disk, const std::string& folder, Bytes wanted) {
  TENON_FAIL_IO("log.reserve.open");
  const std::string path = folder + "/reserve";
  Reserve reserve;
  reserve.wanted_ = wanted;
  auto file = disk.open(path, DiskOpen::existing);
  if (!file && file.error().kind == ErrorKind::not_found) {
    file = disk.open(path, DiskOpen::replace);
  }
  if (!file) {
    if (file.error().kind == ErrorKind::limited) return reserve;
    return Error(std::move(file).error());
  }
  reserve.file_ = std::move(*file);
  TENON_TRY_AS(reserve.size_, reserve.file_->size());
  if (reserve.size_ > wanted.count) {
    TENON_TRY(reserve.file_->truncate(wanted.count));
    reserve.size_ = wanted.count;
  }
  TENON_TRY(reserve.refill());
  return reserve;
}

Result<bool> Reserve::give(std::uint64_t bytes) {
  if (!file_ || size_ == 0) return false;
  TENON_FAIL_IO("log.reserve.give");
  size_ -= std::min(size_, bytes);
  TENON_TRY(file_->truncate(size_));
  TENON_TRY(file_->sync());  // some file systems free the blocks only then
  return true;
}

Result<void> Reserve::refill() {
  if (!file_ || whole()) return {};
  const auto filled = [&] {
    TENON_FAIL_IO("log.reserve.refill");
    return write_zeros(*file_, size_, wanted_.count);
  }();
  if (!filled) {
    if (filled.error().kind != ErrorKind::limited) return Error(filled.error());
    TENON_TRY(file_->truncate(size_));
    return {};
  }
  TENON_FAIL_IO("log.reserve.sync");
  TENON_TRY(file_->sync());
  size_ = wanted_.count;
  return {};
}

Committer::Committer(asio::any_io_executor executor, Disk& disk, Reserve reserve, Done done,
                     Options options)
    : executor_(std::move(executor)),
      disk_(disk),
      reserve_(std::move(reserve)),
      threaded_(options.threaded),
      syncer_(options.threaded ? kSyncThreads : 0),
      done_(std::make_shared<Done>(std::move(done))) {
  if (threaded_) thread_ = std::thread([this] { loop(); });
}

Committer::~Committer() { TENON_ASSERT(!thread_.joinable()); }

void Committer::submit(Group group) {
  if (threaded_) {
    {
      const std::lock_guard lock(mutex_);
      TENON_ASSERT(!slot_);
      slot_ = std::move(group);
    }
    wake_.notify_one();
    return;
  }
  TENON_ASSERT(!slot_);
  slot_ = std::move(group);
  asio::post(executor_, [this, weak = std::weak_ptr<Done>(done_)] {
    const auto done = weak.lock();
    if (!done) return;
    Group taken = std::move(*slot_);
    slot_.reset();
    (*done)(run(std::move(taken)));
  });
}

void Committer::stop(Group last) {
  if (threaded_) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  done_.reset();
  if (slot_) run(*std::exchange(slot_, std::nullopt));
  if (!failed_) run(std::move(last));
}

void Committer::loop() {
  while (true) {
    Group group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return slot_ || stopping_; });
      if (!slot_) return;
      group = std::move(*slot_);
      slot_.reset();
    }
    // Shared, since a posted function object need not be moved only.
    auto result = std::make_shared<GroupDone>(run(std::move(group)));
    asio::post(executor_, [result, weak = std::weak_ptr<Done>(done_)] {
      if (const auto done = weak.lock()) (*done)(std::move(*result));
    });
  }
}

GroupDone Committer::run(Group group) {
  GroupDone out;
  out.lanes.resize(group.lanes.size());
  Result<void> went;
  for (std::size_t i = 0; i < group.lanes.size() && went; ++i) {
    went = write_lane(group.lanes[i], out.lanes[i]);
  }
  std::vector<DiskFile*> written;
  for (std::size_t i = 0; i < group.lanes.size(); ++i) {
    const auto& work = group.lanes[i];
    if (!work.frames.empty() || out.lanes[i].zero_to != 0) written.push_back(work.file);
  }
  if (went) went = syncer_.sync_all(written);
  // After the sync, so that only the last chunk of a partition is ever incomplete.
  for (std::size_t i = 0; i < group.lanes.size() && went; ++i) {
    if (group.lanes[i].space == SpaceJob::roll) went = make_room(group.lanes[i], out.lanes[i]);
  }
  if (went && group.refill_reserve) went = reserve_.refill();
  if (went && !written.empty()) TENON_FAIL_POINT("log.synced");
  if (!went) {
    failed_ = true;
    out.fatal = corrupt("the log is closed: what failed may or may not be on disk (" +
                        went.error().text() + "); restart to find out");
  }
  out.reserve_whole = reserve_.whole();
  out.group = std::move(group);
  return out;
}

Result<void> Committer::write_lane(LaneWork& work, LaneDone& done) {
  if (!work.frames.empty()) {
    TENON_FAIL_IO("log.frames.write");
    TENON_TRY(write_all(*work.file, work.position, work.frames));
    TENON_FAIL_POINT("log.lane.written");
  }
  if (work.space == SpaceJob::extend) return make_room(work, done);
  return {};
}

Result<void> Committer::make_room(LaneWork& work, LaneDone& done) {
  const auto once = [&](std::uint64_t zero_to) {
    return work.space == SpaceJob::extend ? extend(work, done, zero_to) : roll(work, done, zero_to);
  };
  auto went = once(work.zero_to);
  while (!went && went.error().kind == ErrorKind::limited) {
    if (!work.essential) return {};
    const auto wanted = work.zero_least - (work.space == SpaceJob::extend ? work.zero_from : 0);
    TENON_TRY_AS(const bool given, reserve_.give(wanted));
    if (!given) return {};
    went = once(work.zero_least);
  }
  return went;
}

Result<void> Committer::extend(LaneWork& work, LaneDone& done, std::uint64_t zero_to) {
  TENON_FAIL_IO("log.zeros.write");
  auto went = write_zeros(*work.file, work.zero_from, zero_to);
  if (went) {
    done.zero_to = zero_to;
  } else if (went.error().kind == ErrorKind::limited) {
    TENON_TRY(work.file->truncate(work.zero_from));  // gives back what it took in vain
  }
  return went;
}

Result<void> Committer::roll(LaneWork& work, LaneDone& done, std::uint64_t zero_to) {
  TENON_TRY_AS(done.chunk, make_chunk(disk_, work.directory, work.next, zero_to));
  TENON_FAIL_POINT("log.chunk.made");
  done.zero_to = zero_to;
  return {};
}

}  // namespace tenon
