// The archive and its squeezing: one form only, and nothing that leads out of it.
#include "packed.hpp"

namespace tenon::packages {
namespace {

void refuse(const std::vector<Entry>& entries, ErrorKind kind, const std::string& text) {
  const auto read = read_tar(tar_of(entries));
  ASSERT_FALSE(read) << text;
  expect_error(read.error(), kind, text);
}

TEST(Tar, WhatIsWrittenIsRead) {
  const std::vector<PackedFile> files = {
      {"LICENSE", ""}, {"connector.so", std::string(70'000, '\0')}, {"golden/a.json", "{}"}};
  const auto tar = write_tar(files);
  ASSERT_TRUE(tar);
  const auto read = read_tar(*tar);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, files);
  EXPECT_EQ(*write_tar(files), *tar) << "the same files are the same bytes";
}

TEST(Tar, NamesThatLeadOutAreRefused) {
  for (const char* name :
       {"../connector.so", "/etc/passwd", "golden/../../x", "./connector.so", "golden/a/b",
        "golden/", "golden/..", "golden/.hidden", "golden//a", "goldens/a", "golden", "evil.sh",
        "Connector.so", "golden/a\nb", "signatures/../x", "golden\\a", "schemas/\xc3\xa4"}) {
    Entry entry;
    entry.name = name;
    refuse({entry}, ErrorKind::invalid, "wanted connector.so");
  }
  Entry longest;
  longest.name = "golden/" + std::string(kMaxNameBytes - 7, 'a');
  EXPECT_TRUE(read_tar(tar_of({longest})));
  longest.name += "a";
  refuse({longest}, ErrorKind::invalid, "found \"golden/aaa");
}

TEST(Tar, OnlyOrdinaryFilesComeIn) {
  Entry link;
  link.type = AE_IFLNK;
  link.link_to = "/etc/passwd";
  refuse({link}, ErrorKind::invalid, "golden/a: wanted an ordinary file");
  for (const unsigned type : {AE_IFIFO, AE_IFCHR, AE_IFBLK}) {
    Entry device;
    device.type = type;
    refuse({device}, ErrorKind::invalid, "golden/a: wanted an ordinary file");
  }
  Entry first, hard;
  hard.name = "golden/b";
  hard.hard_link_to = "golden/a";
  refuse({first, hard}, ErrorKind::invalid, "golden/b: wanted an ordinary file");
}

TEST(Tar, EachFileOnceAndNotTooMany) {
  refuse({Entry{}, Entry{}}, ErrorKind::invalid, "golden/a: wanted each file once");
  std::vector<Entry> many(kMaxEntries + 1);
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i].name = "golden/" + std::to_string(10'000 + i);
  }
  refuse(many, ErrorKind::invalid, "wanted at most 1000 files");
  many.pop_back();
  EXPECT_TRUE(read_tar(tar_of(many)));
}

TEST(Tar, SizesHaveBounds) {
  Entry large;
  large.bytes.assign(kMaxFileBytes, 'x');
  EXPECT_TRUE(read_tar(tar_of({large})));
  large.bytes += 'x';
  refuse({large}, ErrorKind::invalid, "golden/a: wanted at most 1048576 bytes, found 1048577");
  std::vector<Entry> together(97);
  for (std::size_t i = 0; i < together.size(); ++i) {
    together[i].name = "golden/" + std::to_string(100 + i);
    together[i].bytes.assign(kMaxFileBytes, 'x');
  }
  refuse(together, ErrorKind::invalid, "golden/196: wanted at most 0 bytes");
}

TEST(Tar, AnotherFormIsRefused) {
  Entry dated;
  dated.time = 1;
  refuse({dated}, ErrorKind::corrupt, "as tenon connector pack writes it");
  Entry pax;
  pax.format = ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE;
  pax.time = 5;
  refuse({pax}, ErrorKind::corrupt, "as tenon connector pack writes it");
  Entry a, b;
  b.name = "golden/b";
  refuse({b, a}, ErrorKind::corrupt, "as tenon connector pack writes it");
  const std::string sound = tar_of({a, b});
  ASSERT_TRUE(read_tar(sound));
  EXPECT_FALSE(read_tar(sound + std::string(512, '\0'))) << "bytes behind the end";
  EXPECT_FALSE(read_tar(sound + "more")) << "bytes behind the end";
  for (std::size_t size = 0; size < sound.size(); size += 100) {
    const auto read = read_tar(sound.substr(0, size));
    EXPECT_FALSE(read && !read->empty() && read->size() == 2) << size;
  }
  EXPECT_FALSE(read_tar("PK\x03\x04 a zip file"));
}

TEST(Gzip, TheSameBytesEachTimeAndBack) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 1013);
  const auto one = squeeze(text), two = squeeze(text);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*one, *two);
  EXPECT_EQ(one->substr(4, 4), std::string(4, '\0')) << "no time in its header";
  EXPECT_EQ(*inflate(*one, text.size()), text);
  const auto less = inflate(*one, text.size() - 1);
  ASSERT_FALSE(less);
  expect_error(less.error(), ErrorKind::invalid, "bytes unpacked, found more");
  EXPECT_EQ(*inflate(*squeeze(""), 0), "");
}

TEST(Gzip, ABombIsStoppedEarly) {
  const auto bomb = squeeze(std::string(64u << 20, '\0'));
  ASSERT_TRUE(bomb);
  ASSERT_LT(bomb->size(), 100'000u);
  const auto read = inflate(*bomb, 1u << 30);
  ASSERT_FALSE(read);
  expect_error(read.error(), ErrorKind::corrupt, "decompression bomb");
}

TEST(Gzip, DamageIsSeen) {
  const auto sound = *squeeze("some text that is long enough to be squeezed, squeezed, squeezed");
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const auto cut = inflate(std::string_view(sound).substr(0, i), 1'000);
    ASSERT_FALSE(cut) << i;
    EXPECT_EQ(cut.error().kind, ErrorKind::corrupt);
  }
  expect_error(inflate(sound + "x", 1'000).error(), ErrorKind::corrupt, "1 bytes behind its end");
  expect_error(inflate(sound + sound, 1'000).error(), ErrorKind::corrupt, "behind its end");
  std::string changed = sound;
  changed[sound.size() - 6] ^= 1;  // of its CRC
  expect_error(inflate(changed, 1'000).error(), ErrorKind::corrupt, "damaged bytes");
  expect_error(inflate("\177ELF and more", 1'000).error(), ErrorKind::corrupt, "damaged bytes");
}

}  // namespace
}  // namespace tenon::packages
