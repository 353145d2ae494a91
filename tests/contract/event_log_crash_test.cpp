// What was acknowledged survives any power cut; what was not is cut cleanly; damage is told apart.
#include "base/hash.hpp"
#include "tests/contract/event_log_file_world.hpp"

namespace tenon {
namespace {

constexpr std::uint64_t kSeeds = 400;

// Random appends, restarts and crashes; gives a digest of all that was seen, for replays.
std::string live_and_crash(std::uint64_t seed) {
  FileWorld world(seed);
  std::string seen;
  EXPECT_TRUE(world.start());
  for (int life = 0; life < 5 && !::testing::Test::HasFailure(); ++life) {
    const auto rounds = world.random.below(12);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (auto n = world.random.below(4); n > 0; --n) {
        // Mostly into two partitions, so that chunks fill up.
        const auto partition = static_cast<std::uint16_t>(
            world.random.once_in(4) ? world.random.below(16) : world.random.below(2));
        world.append(partition, static_cast<int>(world.random.below(4)) + 1,
                     world.random.below(3000));
      }
      world.clock.advance_by(milliseconds{world.random.below(50)});
      if (!world.random.once_in(5)) world.turn();
    }
    if (world.random.once_in(4)) {
      world.stop();
    } else {
      // In the middle of a group: some operation from now on finds no power.
      world.disk.fail_at(world.random.below(12) + 1, DiskFault::power_cut);
      world.append(static_cast<std::uint16_t>(world.random.below(2)), 3, world.random.below(2000));
      world.turn();
      world.crash(world.random.next());
    }
    const auto opened = world.start();
    EXPECT_TRUE(opened) << "seed " << seed << ": " << (opened ? "" : opened.error().text());
    if (!opened) return seen;
    world.check_acknowledged();
    for (const auto& message : world.log->recovery().messages) seen += message + "\n";
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      seen += std::to_string(world.log->end(PartitionId{p}).value) + " ";
    }
  }
  return seen;
}

TEST(FileLogCrash, AcknowledgedRecordsSurviveAndASeedReplays) {
  std::size_t with_torn_tails = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto seen = live_and_crash(seed);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    if (seen.find("never acknowledged") != std::string::npos) ++with_torn_tails;
    if (seed % 8 == 0) {
      ASSERT_EQ(seen, live_and_crash(seed)) << "seed " << seed;
    }
  }
  EXPECT_GT(with_torn_tails, kSeeds / 10);  // or the test tests nothing
}

// The power goes at each single operation of a fixed story: making the log, appends, a new chunk.
TEST(FileLogCrash, PowerMayGoAtAnyOperation) {
  std::uint64_t last = 0, survived = 0;
  for (std::uint64_t at = 1; last == 0 || at <= last; ++at) {
    FileWorld world(at);
    world.disk.fail_at(at, DiskFault::power_cut);
    if (world.start()) {
      for (int i = 0; i < 12; ++i) {
        world.append(0, 2, 1500);
        world.append(1, 1, 300);
        world.turn();
      }
      auto trimmed = run_task(*world.context, world.log->trim(PartitionId{0}, Offset{18'000}));
      if (trimmed) {
        survived = at;
        last = at;  // the story is over before operation `at`
      }
    }
    const bool trimmed_all = last != 0;
    world.crash(at * 7);
    const auto opened = world.start();
    ASSERT_TRUE(opened) << "operation " << at << ": " << opened.error().text();
    // A trim may or may not have happened; all else must be there.
    if (!trimmed_all && world.log->begin(PartitionId{0}) == Offset{64}) world.check_acknowledged();
    ASSERT_FALSE(HasFailure()) << "operation " << at;
    world.append(0, 1, 100);
    world.turn();
    ASSERT_TRUE(world.told.back().answered && !world.told.back().error) << "operation " << at;
  }
  EXPECT_GT(survived, 100u);
}

// Written whole, then damaged: where each of the frames of partition 0 lies.
struct Damage : ::testing::Test {
  FileWorld world{5};
  std::string chunk = "log/p00/0000000000000000.chunk";
  std::vector<Offset> offsets;

  void SetUp() override {
    ASSERT_TRUE(world.start());
    for (int i = 0; i < 6; ++i) {
      const Told& told = world.append(0, 1, 500);
      world.turn();
      ASSERT_TRUE(told.answered && !told.error);
      offsets.push_back(told.offsets[0]);
    }
    world.stop();
  }
  std::string range(std::size_t from, std::size_t to) const {
    return "from offset " + std::to_string(offsets[from].value) + " to " +
           std::to_string(offsets[to].value);
  }
};

TEST_F(Damage, AFlippedBitInTheMiddleIsFoundWithItsExactPlace) {
  for (const std::uint64_t inside : {0u, 5u, 9u, 13u, 17u, 40u, 137u, 150u, 161u, 500u, 659u}) {
    world.disk.flip_bit(chunk, offsets[2].value + inside, 3);
    const auto opened = world.start();
    ASSERT_FALSE(opened) << "byte " << inside;
    if (inside != 16) {
      EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().text();
      EXPECT_NE(opened.error().text().find(range(2, 3)), std::string::npos)
          << opened.error().text();
      EXPECT_NE(opened.error().text().find(chunk), std::string::npos);
    }
    world.stop();
    world.disk.flip_bit(chunk, offsets[2].value + inside, 3);
  }
  ASSERT_TRUE(world.start());
  world.check_acknowledged();
}

TEST_F(Damage, OfTheLastGroupCannotBeToldFromATornWriteAndIsReported) {
  world.disk.flip_bit(chunk, offsets[5].value + 200, 0);
  ASSERT_TRUE(world.start());
  EXPECT_EQ(world.log->end(PartitionId{0}), offsets[5]);
  EXPECT_GT(world.log->recovery().torn_bytes, 600u);
  ASSERT_EQ(world.log->recovery().messages.size(), 1u);
  EXPECT_NE(world.log->recovery().messages[0].find(std::to_string(offsets[5].value)),
            std::string::npos);
}

TEST_F(Damage, SalvageLosesOnlyTheDamagedRecords) {
  world.disk.flip_bit(chunk, offsets[1].value + 300, 1);
  world.disk.flip_bit(chunk, offsets[2].value + 2, 1);
  world.disk.flip_bit(chunk, offsets[4].value + 170, 1);
  world.options.salvage = true;
  ASSERT_TRUE(world.start());
  EXPECT_EQ(world.log->recovery().messages.size(), 2u);
  const auto all = world.read_all(0);
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].offset, offsets[0]);
  EXPECT_EQ((*all)[1].offset, offsets[3]);
  EXPECT_EQ((*all)[2].offset, offsets[5]);
  world.stop();
  world.options.salvage = false;
  ASSERT_TRUE(world.start());  // mended for good
}

TEST_F(Damage, OfTheChunkHeaderRefuses) {
  world.disk.flip_bit(chunk, 20, 0);
  const auto opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
}

TEST_F(Damage, LaterFormatsAreRefusedInWords) {
  world.disk.flip_bit(chunk, offsets[3].value + 16, 1);  // format 3
  auto opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unsupported);
  EXPECT_NE(opened.error().text().find("found format 3"), std::string::npos);
  world.stop();
  world.disk.flip_bit(chunk, offsets[3].value + 16, 1);
  world.disk.flip_bit(chunk, 4, 1);
  opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unsupported);
  world.stop();
  world.disk.flip_bit(chunk, 4, 1);
  world.disk.flip_bit("log/log.id", 4, 1);
  opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unsupported);
}

TEST_F(Damage, InAnOlderChunkIsFoundOnReading) {
  ASSERT_TRUE(world.start());
  for (int i = 0; i < 20; ++i) world.append(0, 1, 1000);
  world.turn();
  world.stop();
  world.disk.flip_bit(chunk, offsets[4].value + 400, 7);
  ASSERT_TRUE(world.start());
  const auto all = world.read_all(0);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::corrupt);
  EXPECT_NE(all.error().text().find("offset " + std::to_string(offsets[4].value)),
            std::string::npos)
      << all.error().text();
}

TEST_F(Damage, AMissingChunkRefuses) {
  ASSERT_TRUE(world.start());
  for (int i = 0; i < 50; ++i) world.append(0, 1, 1000);
  world.turn();
  world.stop();
  const auto names = world.disk.list("log/p00");
  ASSERT_TRUE(names);
  ASSERT_GE(names->size(), 3u);
  ASSERT_TRUE(world.disk.remove("log/p00/" + (*names)[1]));
  const auto opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().text().find((*names)[1]), std::string::npos) << opened.error().text();
}

TEST_F(Damage, ALostNameRefusesWhenThereAreRecords) {
  ASSERT_TRUE(world.disk.remove("log/log.id"));
  const auto opened = world.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace tenon
