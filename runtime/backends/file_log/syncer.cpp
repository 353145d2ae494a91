// A handful of threads that wait for the disk.
#include "backends/file_log/syncer.hpp"

#include <algorithm>

#include "base/fail_point.hpp"

namespace tenon {

Syncer::Syncer(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

Syncer::~Syncer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Result<void> Syncer::sync_all(std::vector<DiskFile*> files) {
  std::unique_lock lock(mutex_);
  files_ = std::move(files);
  next_ = 0;
  error_.reset();
  // The caller takes one itself.
  const std::size_t helpers = files_.empty() ? 0 : std::min(threads_.size(), files_.size() - 1);
  for (std::size_t i = 0; i < helpers; ++i) wake_.notify_one();
  take_files(lock);
  done_.wait(lock, [this] { return running_ == 0; });
  if (error_) return std::move(*error_);
  return {};
}

// After an error no more are begun: the log is over anyway.
void Syncer::take_files(std::unique_lock<std::mutex>& lock) {
  while (next_ < files_.size() && !error_) {
    DiskFile* file = files_[next_++];
    ++running_;
    lock.unlock();
    TENON_FAIL_IO("log.sync");
    auto synced = file->sync();
    if (!synced && TENON_PLANTED("sync_tried_again")) synced = file->sync();
    lock.lock();
    --running_;
    if (!synced && !error_) error_ = std::move(synced).error();
  }
}

void Syncer::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || (next_ < files_.size() && !error_); });
    take_files(lock);
    if (running_ == 0) done_.notify_one();
  }
}

}  // namespace tenon
