// Damage: torn tails, flipped bits, other keys, moved boxes, a full disk. None ends the host, none
// gives a wrong call.
#include "base/hash.hpp"
#include "store_world.hpp"

namespace tenon {
namespace {

using test::Names;
using test::StoreWorld;

void write_file(SimDisk& disk, const std::string& name, std::string_view bytes) {
  auto file = disk.open("data/captures/" + name, DiskOpen::replace);
  ASSERT_TRUE(file && write_all(**file, 0, bytes) && (*file)->sync());
}

TEST(CaptureDamage, ATornTailIsCutAndTheRestIsThere) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  const std::string name = world.files()[0];
  const std::size_t whole = world.bytes_of(name).size();
  store.take(world.good("att_2"));
  const std::string bytes = world.bytes_of(name);
  for (std::size_t size : {whole + 1, whole + 23, whole + 24, whole + 100, bytes.size() - 1}) {
    write_file(world.disk, name, bytes.substr(0, size));
    auto& again = world.opened();
    EXPECT_EQ(world.attempts(), Names{"att_1"}) << size;
    EXPECT_TRUE(again.read("att_1"));
    EXPECT_EQ(world.bytes_of(name).size(), whole) << size;
  }
  EXPECT_EQ(world.lines("capture.tail_cut"), 5);
}

// Nothing is synced: a power cut may leave the length of a file and none of its bytes.
TEST(CaptureDamage, AFileThatAPowerCutEmptiedIsLostAndNotDamaged) {
  StoreWorld world;
  world.opened().take(world.good("att_1"));
  const std::string name = world.files()[0];
  write_file(world.disk, name, std::string(world.bytes_of(name).size(), '\0'));
  auto& again = world.opened();
  EXPECT_TRUE(world.attempts().empty());
  EXPECT_EQ(again.status().damaged, 0u);
  EXPECT_EQ(world.lines("capture.lost"), 1);
  again.take(world.good("att_2"));
  EXPECT_EQ(world.attempts(), Names{"att_2"});
}

TEST(CaptureDamage, ADamagedBoxIsSteppedOver) {
  StoreWorld world;
  auto& store = world.opened();
  for (const char* attempt : {"att_1", "att_2", "att_3"}) store.take(world.good(attempt));
  const std::string name = world.files()[0], bytes = world.bytes_of(name);
  const std::size_t frame = (bytes.size() - kCaptureHeaderBytes) / 3;
  const std::size_t second = kCaptureHeaderBytes + frame;
  // Its plain head, its summary, its call: each bit alone.
  for (const std::size_t at : {second + 1, second + 6, second + 15, second + 40, second + 100}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(world.disk, name, damaged);
    world.opened();
    EXPECT_EQ(world.attempts(), (Names{"att_3", "att_1"})) << at;
    EXPECT_EQ(world.store->status().damaged, 1u) << at;
  }
  std::string damaged = bytes;
  damaged[second + frame - 20] ^= 1;  // within the call, which only a read opens
  write_file(world.disk, name, damaged);
  auto& again = world.opened();
  EXPECT_EQ(world.attempts(), (Names{"att_3", "att_2", "att_1"}));
  const auto line = again.read("att_2");
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(again.status().damaged, 1u);
  EXPECT_TRUE(again.read("att_1"));
  EXPECT_TRUE(again.read("att_3"));
}

// Every third byte: all of them take a minute under the sanitizer.
TEST(CaptureDamage, AnyByteOfAFileMayBeAnother) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  store.take(world.bad("att_2"));
  const std::string name = world.files()[0], bytes = world.bytes_of(name);
  const std::string first = to_json_line(world.good("att_1"));
  const std::string second = to_json_line(world.bad("att_2"));
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    write_file(world.disk, name, damaged);
    auto& again = world.opened();
    // Whatever is still given is what was kept.
    const auto one = again.read("att_1"), two = again.read("att_2");
    EXPECT_TRUE(!one || *one == first) << at;
    EXPECT_TRUE(!two || *two == second) << at;
    EXPECT_FALSE(one && two) << "byte " << at << " is held to nothing";
    for (const auto& left : world.files()) {
      ASSERT_TRUE(world.disk.remove("data/captures/" + left));
    }
  }
}

TEST(CaptureDamage, AnotherKeyOpensNothingAndSaysSo) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  auto& other = world.opened(StoreWorld::settings('x'));
  EXPECT_TRUE(world.attempts().empty());
  EXPECT_EQ(other.status().locked, 1u);
  EXPECT_EQ(other.status().damaged, 0u);
  other.take(world.good("att_2"));
  EXPECT_EQ(world.attempts(), Names{"att_2"});
  // The right one comes back: its files are as they were.
  world.opened();
  EXPECT_EQ(world.attempts(), Names{"att_1"});
  EXPECT_EQ(world.store->status().locked, 1u);
  // Locked files count against time, too.
  world.now += std::chrono::hours(24 * 8);
  world.store->expire(world.now);
  EXPECT_TRUE(world.files().empty());
}

TEST(CaptureDamage, ABoxOfAnotherTenantOrPlaceDoesNotOpen) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  store.take(world.good("att_2"));
  const std::string name = world.files()[0], bytes = world.bytes_of(name);
  auto settings = StoreWorld::settings();
  settings.seal.tenant = "rival";
  world.opened(std::move(settings));
  EXPECT_TRUE(world.attempts().empty());
  EXPECT_EQ(world.store->status().damaged, 2u);
  // The second frame in the place of the first, its plain head made to fit.
  const std::size_t frame = (bytes.size() - kCaptureHeaderBytes) / 2;
  std::string moved = bytes;
  moved.replace(kCaptureHeaderBytes + 24, frame - 24, bytes, kCaptureHeaderBytes + frame + 24,
                frame - 24);
  write_file(world.disk, name, moved);
  world.opened();
  EXPECT_EQ(world.attempts(), Names{"att_2"});
  EXPECT_EQ(world.store->status().damaged, 1u);
}

TEST(CaptureDamage, AFullDiskCostsTheCallAndNothingElse) {
  StoreWorld world;
  auto& store = world.opened();
  store.take(world.good("att_1"));
  world.disk.set_capacity(Bytes{world.disk.used().count + 100});
  for (int i = 0; i < 5; ++i) store.take(world.good("att_full" + std::to_string(i)));
  EXPECT_EQ(store.status().no_disk, 5u);
  EXPECT_EQ(world.lines("capture.not_written"), 1);  // of a thousand
  EXPECT_TRUE(store.read("att_1"));
  world.disk.set_capacity(std::nullopt);
  store.take(world.good("att_2"));
  EXPECT_EQ(world.attempts(), (Names{"att_2", "att_1"}));
  world.opened();
  EXPECT_EQ(world.attempts(), (Names{"att_2", "att_1"}));
  EXPECT_EQ(world.store->status().damaged, 0u);
}

TEST(CaptureDamage, APowerCutAtAnyMomentLeavesAStoreThatOpens) {
  for (std::uint64_t at = 1; at < 40; ++at) {
    StoreWorld world;
    world.disk.fail_at(at, DiskFault::power_cut);
    {
      auto& store = world.opened();
      for (int i = 0; i < 6; ++i) store.take(world.good("att_" + std::to_string(i)));
    }
    world.disk.crash(at);
    auto& again = world.opened();
    for (const auto& attempt : world.attempts()) {
      const auto line = again.read(attempt);
      EXPECT_TRUE(!line || *line == to_json_line(world.good(attempt))) << at;
    }
    again.take(world.good("att_new"));
    EXPECT_TRUE(again.read("att_new")) << at;
  }
}

TEST(CaptureDamage, StrangeFilesAreLeftAlone) {
  StoreWorld world;
  world.opened().take(world.good("att_1"));
  write_file(world.disk, "notes.txt", "mine");
  write_file(world.disk, "00000000ff.captures", "no header at all");
  world.opened();
  EXPECT_EQ(world.attempts(), Names{"att_1"});
  EXPECT_EQ(world.files(), (Names{"0000000001.captures", "notes.txt"}));
}

}  // namespace
}  // namespace tenon
