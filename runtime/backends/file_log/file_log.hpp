// FileLog: the segmented append log on disk (FORMAT.md) behind the EventLog port.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "backends/file_log/committer.hpp"
#include "backends/file_log/disk.hpp"
#include "base/bytes.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/random.hpp"

namespace tenon {

struct FileLogOptions {
  Bytes chunk = 64_MiB;
  Bytes first_step = 1_MiB;   // zeros ahead: for the first two steps of a chunk
  Bytes step = 4_MiB;         // and later
  Bytes reserve = 16_MiB;     // kept back for outcomes and control when the disk is full
  Bytes max_queued = 64_MiB;  // appended and not yet durable; class essential may use twice that
  std::size_t max_queued_records = 100'000;  // the same
  bool threaded = true;                      // false: everything on the executor, for simulation
  bool salvage = false;  // open although records that were on disk are damaged, and lose them
  // Called once, on the executor, when a write or sync has failed. The process should end.
  std::function<void(const Error&)> on_fatal;
};

// One thread (that of `executor`) but for the Committer's. No Task of it may be waiting when it is
// destroyed; what was placed is written and synced first.
class FileLog final : public EventLog {
 public:
  using Options = FileLogOptions;

  // Opens or makes the log in the folder `path`, whose parent must exist. Blocks while it reads the
  // last chunks. `disk`, `clock` must outlive the log; `random` is used for a new log's id only.
  //   conflict: another process has it open. corrupt: what was on disk is damaged (says where).
  //   unsupported: a later format. limited: no room for a new log.
  static Result<std::unique_ptr<FileLog>> open(boost::asio::any_io_executor executor, Disk& disk,
                                               Clock& clock, Random& random, std::string path,
                                               Options options);
  ~FileLog() override;

  const LogRecovery& recovery() const { return recovery_; }
  // Groups committed so far: for metrics.
  std::uint64_t groups() const { return groups_; }
  // True while records of class event are refused for want of disk.
  bool full() const { return full_; }
  // Where the chunks of a partition begin, the oldest first: what trim may cut at.
  std::vector<Offset> chunks(PartitionId partition) const;
  // What it holds from here on; addresses that a restored log leaves out are no bytes.
  std::uint64_t bytes_from(PartitionId partition, Offset from) const;

  LogId id() const override { return id_; }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override;
  Task<Result<LogSlice>> read(PartitionId partition, Offset from, ReadLimits limits) override;
  Offset begin(PartitionId partition) const override;
  Offset end(PartitionId partition) const override;
  Task<void> wait_beyond(PartitionId partition, Offset beyond) override;
  Task<Result<void>> trim(PartitionId partition, Offset before) override;

 private:
  struct Lane;
  struct Request;
  struct Block;

  FileLog(boost::asio::any_io_executor executor, Disk& disk, Clock& clock, std::string path,
          Options options);

  // file_log_open.cpp
  Result<void> make_new(Random& random);
  Result<void> clear_unfinished();
  Result<void> open_lane(Lane& lane);
  Result<void> find_chunks(Lane& lane, ChunkHeader& last);
  Result<void> mend_tail(Lane& lane, const ChunkHeader& last);

  // file_log.cpp
  std::optional<Error> refuse(const Request& request);
  void place_waiting();
  bool fits_whole(const Request& request);
  bool place(Request& request);
  void ask_for_space(Lane& lane, LaneWork& work);
  void kick();
  void hand_over();
  Group take_frames();
  void on_done(GroupDone done);
  void on_space(Lane& lane, const LaneWork& work, LaneDone& done);
  void finish_placed();
  void finish(Request& request, std::optional<Error> error);
  void close_for_good(Error error);
  Error no_space() const;

  // file_log_read.cpp
  Result<DiskFile*> file_of(Lane& lane, Offset base);
  Result<std::string_view> bytes_at(Lane& lane, Offset at, std::size_t least, std::size_t ahead,
                                    Offset data_end);

  boost::asio::any_io_executor executor_;
  Disk& disk_;
  Clock& clock_;
  std::string path_;
  Options options_;
  std::unique_ptr<DiskLock> lock_;
  LogId id_;
  LogRecovery recovery_;
  std::array<std::unique_ptr<Lane>, kPartitions> lanes_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Block> block_;

  // Requests are shared with the coroutine that waits for them, which may be cancelled.
  std::deque<std::shared_ptr<Request>> waiting_;   // not wholly placed, in order
  std::deque<std::shared_ptr<Request>> placed_;    // by the group that will make them durable
  Signal placing_;                                 // something of waiting_ was placed or failed
  std::array<std::unique_ptr<Signal>, 2> synced_;  // by parity of the group's number
  std::size_t queued_bytes_ = 0, queued_records_ = 0;
  std::uint64_t groups_ = 0;   // committed; the group that is being filled or written is the next
  std::uint64_t filling_ = 1;  // number of the group into which records are placed now
  bool busy_ = false, kicked_ = false;
  std::optional<boost::asio::any_io_executor> work_;  // keeps the context running while busy
  std::optional<Error> closed_;
  bool full_ = false, probe_ = false;
  Instant next_probe_{};
  std::shared_ptr<bool> alive_;  // shared with posted functions, which may run last
};

}  // namespace tenon
