// Backup of a real log's files: cut in the middle, verified, restored, damaged.
#include "backup/backup.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "async/scope.hpp"
#include "backends/file_log/file_log.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "backends/vault_file/sealing.hpp"
#include "backup/folder.hpp"
#include "base/hash.hpp"
#include "event/vault_changed.hpp"
#include "tests/support/events.hpp"

namespace tenon::backup {
namespace {

namespace fs = std::filesystem;

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    char name[] = "/tmp/tenon-backup-XXXXXX";
    folder_ = ::mkdtemp(name);
    fs::create_directories(folder_ + "/data");
    std::ofstream(folder_ + "/own.so") << "a connector";
    open(folder_ + "/data/log");
  }
  ~BackupTest() override {
    log.reset();
    fs::remove_all(folder_);
  }

  void open(const std::string& path) {
    FileLogOptions options;
    options.threaded = false;
    options.chunk = Bytes{16 * 1024};
    options.first_step = options.step = Bytes{4 * 1024};
    options.reserve = Bytes{4 * 1024};
    log.reset();
    auto opened = FileLog::open(context.get_executor(), disk, clock, random, path, options);
    ASSERT_TRUE(opened) << opened.error().text();
    log = std::move(*opened);
  }
  std::vector<Offset> append(int count) {
    std::vector<NewRecord> records;
    for (int i = 0; i < count; ++i) {
      testing::EventSpec spec;
      spec.message_id = "m" + std::to_string(serial_++);
      records.push_back(testing::raw_record(spec));
      records.back().partition = PartitionId{3};
    }
    return append_all(std::move(records));
  }
  void append_one(NewRecord record) {
    std::vector<NewRecord> records;
    records.push_back(std::move(record));
    append_all(std::move(records));
  }
  std::vector<Offset> append_all(std::vector<NewRecord> records) {
    std::vector<Offset> offsets;
    bool done = false;
    auto task = [](FileLog& log, std::vector<NewRecord> records, std::vector<Offset>& offsets,
                   bool& done) -> Task<void> {
      auto put = co_await log.append(std::move(records), AppendClass::event, AppendWait::durable);
      EXPECT_TRUE(put);
      if (put) offsets = *put;
      done = true;
    };
    Scope scope(context.get_executor());
    scope.spawn(task(*log, std::move(records), offsets, done), "append");
    sim_run(context, clock, clock.instant(), [&] { return done; });
    EXPECT_TRUE(done);
    return offsets;
  }
  std::vector<Record> read() {
    std::vector<Record> all;
    bool done = false;
    auto task = [](FileLog& log, std::vector<Record>& all, bool& done) -> Task<void> {
      const PartitionId p{3};
      Offset at = log.begin(p);
      while (at < log.end(p)) {
        ReadLimits limits;
        auto slice = co_await log.read(p, at, limits);
        EXPECT_TRUE(slice) << slice.error().text();
        if (!slice || slice->next <= at) break;
        for (auto& record : slice->records) all.push_back(std::move(record));
        at = slice->next;
      }
      EXPECT_EQ(at, log.end(p));
      done = true;
    };
    Scope scope(context.get_executor());
    scope.spawn(task(*log, all, done), "read");
    sim_run(context, clock, clock.instant(), [&] { return done; });
    EXPECT_TRUE(done);
    return all;
  }
  void trim(Offset before) {
    bool done = false;
    auto task = [](FileLog& log, Offset before, bool& done) -> Task<void> {
      const auto trimmed = co_await log.trim(PartitionId{3}, before);
      EXPECT_TRUE(trimmed);
      done = true;
    };
    Scope scope(context.get_executor());
    scope.spawn(task(*log, before, done), "trim");
    sim_run(context, clock, clock.instant(), [&] { return done; });
    EXPECT_TRUE(done);
  }
  Cut cut() {
    Cut cut;
    cut.at = clock.now();
    cut.data = folder_ + "/data";
    cut.log = log->id();
    cut.workspace = "main";
    cut.secrets = {"env:TOKEN"};
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      cut.lanes.push_back({log->begin(PartitionId{p}), log->end(PartitionId{p})});
    }
    cut.connectors.push_back({"own@1.0.0", folder_ + "/own.so"});
    return cut;
  }
  std::string at(const char* name) const { return folder_ + "/" + name; }

  boost::asio::io_context context{1};
  SimClock clock;
  SeededRandom random{7};
  SystemDisk disk;
  std::unique_ptr<FileLog> log;
  std::string folder_;
  int serial_ = 0;
};

TEST_F(BackupTest, HoldsWhatLiesBeforeTheCutAndGoesOnElsewhere) {
  append(100);  // several chunks
  const Cut now = cut();
  const auto later = append(10);
  const auto made = create(disk, at("backup"), now);
  ASSERT_TRUE(made) << made.error().text();
  const auto verified = verify(disk, at("backup"));
  ASSERT_TRUE(verified) << verified.error().text();
  EXPECT_EQ(verified->counts.received, 100u);
  EXPECT_EQ(verified->inventory, *made);

  const auto restored = restore(disk, at("backup"), at("new"), 5);
  ASSERT_TRUE(restored) << restored.error().text();
  const LogId id = log->id();
  open(at("new") + "/log");
  EXPECT_EQ(log->id(), id);
  EXPECT_EQ(read().size(), 100u);
  const auto fresh = append(3);
  EXPECT_GT(fresh.front().value, later.back().value + kRestoreGap);
  auto all = read();
  ASSERT_EQ(all.size(), 103u);
  EXPECT_EQ(all.back().offset, fresh.back());
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_LE(all[i - 1].header.appended, all[i].header.appended);
  }
  open(at("new") + "/log");  // and once more, as after a crash
  EXPECT_EQ(read().size(), 103u);

  // A second generation.
  Cut second = cut();
  second.data = at("new");
  ASSERT_TRUE(create(disk, at("again"), second));
  const auto third = restore(disk, at("again"), at("third"), 1);
  ASSERT_TRUE(third) << third.error().text();
  EXPECT_EQ(third->counts.received, 103u);
  open(at("third") + "/log");
  EXPECT_EQ(read().size(), 103u);
}

TEST_F(BackupTest, OfALogWithoutItsBeginningHoldsTheStates) {
  for (int i = 0; i < 3; ++i) append(100);
  const auto chunks = log->chunks(PartitionId{3});
  ASSERT_GT(chunks.size(), 2u);
  trim(chunks[1]);
  EXPECT_EQ(create(disk, at("backup"), cut()).error().kind, ErrorKind::unsupported);
  Cut now = cut();
  const auto copies = [&] {
    fs::create_directories(at("copies"));
    std::ofstream(at("copies") + "/partition-3.sqlite") << "a state";
    now.states = {at("copies") + "/partition-3.sqlite"};
  };
  copies();
  const auto made = create(disk, at("backup"), now);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_FALSE(fs::exists(at("copies"))) << "they are taken";
  const auto verified = verify(disk, at("backup"));
  ASSERT_TRUE(verified) << verified.error().text();
  const auto left = read().size();
  EXPECT_LT(left, 300u);
  EXPECT_EQ(verified->counts.received, left);
  ASSERT_TRUE(restore(disk, at("backup"), at("new"), 5));
  const std::string restored = at("new") + "/state/partition-3.sqlite";
  EXPECT_EQ(*read_whole(**disk.open(restored, DiskOpen::existing), 100), "a state");
  EXPECT_EQ(create(disk, at("other"), now).error().kind, ErrorKind::not_found)
      << "another backup took them";
  copies();
  trim(chunks[2]);
  EXPECT_EQ(create(disk, at("other"), now).error().kind, ErrorKind::not_found)
      << "the log went on forgetting";
}

TEST_F(BackupTest, AddressesThatARestoredLogLeavesOutAreNoBytes) {
  append(40);
  const PartitionId p{3};
  const auto held = log->bytes_from(p, log->begin(p));
  EXPECT_EQ(held, log->end(p).value - log->begin(p).value);
  ASSERT_TRUE(create(disk, at("backup"), cut()));
  ASSERT_TRUE(restore(disk, at("backup"), at("new"), 5));
  open(at("new") + "/log");
  const auto fresh = append(1).front();
  const auto one = log->end(p).value - fresh.value;
  EXPECT_EQ(log->bytes_from(p, fresh), one);
  EXPECT_EQ(log->bytes_from(p, log->begin(p)), held + 64 + one);
  trim(log->chunks(p).back());
  EXPECT_EQ(log->begin(p), fresh);
  EXPECT_EQ(log->bytes_from(p, log->begin(p)), one);
  EXPECT_EQ(read().size(), 1u);
}

// The vault's file of a generation, sealed by some key.
std::string vault_file(std::uint64_t generation) {
  VaultImage image;
  image.header.vault.fill(7);
  image.header.generation = generation;
  return KekKeys(Secret(std::string(kVaultKeyBytes, 'k'))).seal_file(image);
}

TEST_F(BackupTest, HoldsTheVaultSealedAndNeverOneOlderThanItsLogKnows) {
  VaultChanged changed;
  changed.vault = std::string(kVaultIdBytes, '\7');
  changed.generation = 3;
  NewRecord note;
  note.partition = PartitionId{0};
  note.header.stream = Stream::audit;
  note.header.type = static_cast<std::uint16_t>(AuditType::vault_changed);
  note.body = encode(changed);
  append_one(std::move(note));
  Cut now = cut();
  now.vault = true;
  fs::create_directories(at("data") + "/vault");
  const std::string path = at("data") + "/vault/vault";
  std::ofstream(path, std::ios::binary) << vault_file(4);  // changed between the cut and the copy
  ASSERT_TRUE(create(disk, at("backup"), now));
  const auto restored = restore(disk, at("backup"), at("new"), 5);
  ASSERT_TRUE(restored) << restored.error().text();
  EXPECT_EQ(restored->vault, 4u);
  const std::string copy = at("new") + "/vault/vault";
  EXPECT_EQ(*read_whole(**disk.open(copy, DiskOpen::existing), kMaxVaultBytes), vault_file(4));

  fs::remove(path);
  std::ofstream(path, std::ios::binary) << vault_file(2);
  ASSERT_TRUE(create(disk, at("older"), now));
  const auto older = verify(disk, at("older"));
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().text().find("wanted generation 3 or later, found 2"), std::string::npos)
      << older.error().text();
  fs::remove(path);
  EXPECT_FALSE(create(disk, at("none"), now)) << "there was one at the cut";
}

TEST_F(BackupTest, NeverOverwrites) {
  append(1);
  ASSERT_TRUE(create(disk, at("backup"), cut()));
  EXPECT_EQ(create(disk, at("backup"), cut()).error().kind, ErrorKind::conflict);
  EXPECT_EQ(restore(disk, at("backup"), at("data"), 0).error().kind, ErrorKind::conflict);
  fs::create_directories(at("other.unfinished"));
  EXPECT_EQ(create(disk, at("other"), cut()).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(fs::exists(at("other.unfinished"))) << "it may be somebody's";
}

TEST_F(BackupTest, WhatFailsLeavesNothing) {
  append(1);
  Cut broken = cut();
  broken.connectors.push_back({"gone@1.0.0", at("gone.so")});
  EXPECT_FALSE(create(disk, at("backup"), broken));
  broken = cut();
  broken.lanes[3].begin = Offset{8};  // before the first chunk: it was trimmed
  fs::rename(at("data") + "/log/p03/0000000000000000.chunk", at("hidden"));
  EXPECT_FALSE(create(disk, at("backup"), broken));
  EXPECT_FALSE(fs::exists(at("backup")));
  EXPECT_FALSE(fs::exists(at("backup.unfinished")));
}

TEST_F(BackupTest, EveryByteCounts) {
  append(40);
  ASSERT_TRUE(create(disk, at("backup"), cut()));
  std::size_t files = 0;
  for (const auto& one : fs::recursive_directory_iterator(at("backup"))) {
    if (!one.is_regular_file()) continue;
    ++files;
    const auto path = one.path().string();
    // Not in place: a chunk may share its bytes with the log itself.
    const std::string bytes = *read_whole(**disk.open(path, DiskOpen::existing), 1u << 30);
    std::string damaged = bytes;
    damaged[damaged.size() / 2] ^= 1;
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_FALSE(verify(disk, at("backup"))) << path;
    std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() - 1);
    EXPECT_FALSE(verify(disk, at("backup"))) << path;
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_TRUE(verify(disk, at("backup"))) << path;
  }
  EXPECT_GT(files, 18u);
  std::ofstream(at("backup") + "/stranger") << "x";
  EXPECT_FALSE(verify(disk, at("backup")));
}

TEST(Inventory, ComesBackAndIsGuarded) {
  Inventory inventory;
  inventory.version = "0.1.0";
  inventory.at = time_from_us(1'800'000'000'000'000);
  inventory.log = LogId{7};
  inventory.lanes.resize(kPartitions);
  inventory.files.push_back({"log/log.id", 20, "abc"});
  const std::string text = encode(inventory);
  const auto back = decode_inventory(text);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, inventory);
  for (std::size_t cut = 0; cut + 2 < text.size(); cut += 7) {
    EXPECT_FALSE(decode_inventory(text.substr(0, cut)));
  }
  std::string other = text;
  other.replace(other.find("0.1.0"), 5, "0.1.1");
  EXPECT_FALSE(decode_inventory(other));
  for (const char* path : {"/etc/passwd", "../x", "log/../../x", ""}) {
    inventory.files[0].path = path;
    EXPECT_FALSE(decode_inventory(encode(inventory))) << path;
  }
}

}  // namespace
}  // namespace tenon::backup
