// Syncer: every file of a group is synced once, at the same time, and an error is never lost.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "backends/file_log/syncer.hpp"

namespace tenon {
namespace {

// Lets no sync end before `wanted` of them have begun, so that they must overlap.
class Gate {
 public:
  explicit Gate(std::size_t wanted) : wanted_(wanted) {}
  void pass() {
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    ++begun_;
    open_.notify_all();
    open_.wait(lock, [this] { return begun_ >= wanted_; });
  }
  std::size_t begun() const { return begun_; }
  std::size_t threads() const { return threads_.size(); }

 private:
  const std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable open_;
  std::size_t begun_ = 0;
  std::set<std::thread::id> threads_;
};

class GatedFile final : public DiskFile {
 public:
  GatedFile(Gate& gate, bool fails) : gate_(gate), fails_(fails) {}
  Result<std::size_t> write(std::uint64_t, std::string_view bytes) override { return bytes.size(); }
  Result<std::size_t> read(std::uint64_t, char*, std::size_t) override { return std::size_t{0}; }
  Result<std::uint64_t> size() override { return std::uint64_t{0}; }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<void> sync() override {
    gate_.pass();
    ++syncs;
    if (fails_) return unavailable("the disk said no");
    return {};
  }
  std::atomic<int> syncs = 0;

 private:
  Gate& gate_;
  const bool fails_;
};

TEST(Syncer, FilesOfAGroupAreSyncedTogether) {
  Syncer syncer(3);
  Gate gate(4);  // the caller and three threads
  std::vector<std::unique_ptr<GatedFile>> files;
  std::vector<DiskFile*> group;
  for (int i = 0; i < 16; ++i) {
    files.push_back(std::make_unique<GatedFile>(gate, false));
    group.push_back(files.back().get());
  }
  ASSERT_TRUE(syncer.sync_all(group));
  EXPECT_GE(gate.threads(), 2u);
  for (const auto& file : files) EXPECT_EQ(file->syncs, 1);
  ASSERT_TRUE(syncer.sync_all({group[0]}));
  EXPECT_EQ(files[0]->syncs, 2);
  ASSERT_TRUE(syncer.sync_all({}));
}

TEST(Syncer, WithoutThreadsTheCallerSyncsInOrderAndStopsAtAnError) {
  Syncer syncer(0);
  Gate gate(1);
  GatedFile good(gate, false), bad(gate, true), never(gate, false);
  const auto synced = syncer.sync_all({&good, &bad, &never});
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(good.syncs, 1);
  EXPECT_EQ(never.syncs, 0);
}

TEST(Syncer, AnErrorOnAThreadReachesTheCaller) {
  Syncer syncer(7);
  Gate gate(8);
  std::vector<std::unique_ptr<GatedFile>> files;
  std::vector<DiskFile*> group;
  for (int i = 0; i < 8; ++i) {
    files.push_back(std::make_unique<GatedFile>(gate, i == 5));
    group.push_back(files.back().get());
  }
  EXPECT_FALSE(syncer.sync_all(group));
  EXPECT_EQ(gate.threads(), 8u);
  EXPECT_TRUE(syncer.sync_all({group[0]}));  // the next group begins afresh
}

}  // namespace
}  // namespace tenon
