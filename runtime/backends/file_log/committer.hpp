// Committer: writes and syncs one group at a time, on its own thread or, for simulation, inline.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/file_log/chunk.hpp"
#include "backends/file_log/disk.hpp"
#include "backends/file_log/syncer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

namespace tenon {

// The file of zeros that is given back to the file system when the disk is full. One thread.
class Reserve {
 public:
  // Opens or makes it; whole() is false if the disk has no room for it now.
  static Result<Reserve> open(Disk& disk, const std::string& folder, Bytes wanted);
  bool whole() const { return size_ == wanted_.count; }
  // Gives back about `bytes`; false if nothing is left to give.
  Result<bool> give(std::uint64_t bytes);
  // Tries to make it whole again; no room is no error.
  Result<void> refill();

 private:
  std::unique_ptr<DiskFile> file_;
  Bytes wanted_;
  std::uint64_t size_ = 0;
};

enum class SpaceJob : std::uint8_t { none, extend, roll };

// What is to be done in one partition. Positions are in the file.
struct LaneWork {
  std::uint16_t lane = 0;
  std::string directory;
  DiskFile* file = nullptr;  // lives until the group is done
  std::uint64_t position = 0;
  std::string frames;
  SpaceJob space = SpaceJob::none;
  std::uint64_t zero_from = 0, zero_to = 0;  // roll: zero_to is the first size of the new chunk
  std::uint64_t zero_least = 0;              // what will do, if there is no room for more
  bool essential = false;                    // may use the reserve
  ChunkHeader next;                          // of roll
};

struct Group {
  std::vector<LaneWork> lanes;
  bool refill_reserve = false;
};

struct LaneDone {
  std::uint64_t zero_to = 0;        // granted; 0 = no room
  std::unique_ptr<DiskFile> chunk;  // of roll
};

struct GroupDone {
  Group group;  // back for its buffers
  std::vector<LaneDone> lanes;
  std::optional<Error> fatal;  // a write or sync failed: the log is over
  bool reserve_whole = true;
};

class Committer {
 public:
  using Done = std::function<void(GroupDone)>;
  struct Options {
    bool threaded = true;
  };
  // `done` is called on `executor`, never within submit, and not after stop().
  Committer(boost::asio::any_io_executor executor, Disk& disk, Reserve reserve, Done done,
            Options options);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer();

  // One group at a time: the next only after `done`.
  void submit(Group group);
  // Finishes the group that was submitted, without calling `done`; then writes `last` here, unless
  // anything failed before.
  void stop(Group last);

 private:
  GroupDone run(Group group);
  Result<void> write_lane(LaneWork& work, LaneDone& done);
  Result<void> make_room(LaneWork& work, LaneDone& done);
  Result<void> extend(LaneWork& work, LaneDone& done, std::uint64_t zero_to);
  Result<void> roll(LaneWork& work, LaneDone& done, std::uint64_t zero_to);
  void loop();

  boost::asio::any_io_executor executor_;
  Disk& disk_;
  Reserve reserve_;
  bool threaded_;
  Syncer syncer_;
  bool failed_ = false;  // touched by whoever runs groups
  // Shared with what was posted, which may run after the Committer is gone and then does nothing.
  std::shared_ptr<Done> done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Group> slot_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tenon
