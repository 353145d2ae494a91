// Syncer: syncs several files at once, so that a group costs about one disk flush, not one each.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backends/file_log/disk.hpp"
#include "base/result.hpp"

namespace tenon {

// Flushes of different files wait in the device together. The caller and the threads each take the
// next file; with no threads the caller syncs them in order.
class Syncer {
 public:
  explicit Syncer(std::size_t threads);
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;
  ~Syncer();

  // All of them are on disk, or the first error met; which of the others are is then not known.
  // From one thread at a time.
  Result<void> sync_all(std::vector<DiskFile*> files);

 private:
  void loop();
  void take_files(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<DiskFile*> files_;
  std::size_t next_ = 0, running_ = 0;
  std::optional<Error> error_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tenon
