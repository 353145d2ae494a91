// Hashes against published vectors; base32 and hex both ways.
#include "base/hash.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Hash, Crc32cIsThePublishedOne) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Hash, Crc32cContinues) {
  const std::string text = "a text whose halves are hashed one after the other";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto first = crc32c(std::string_view(text).substr(0, cut));
    EXPECT_EQ(crc32c(std::string_view(text).substr(cut), first), crc32c(text));
  }
}

TEST(Hash, Hash64IsXxh3AndSeeded) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);  // XXH3-64 of nothing
  EXPECT_NE(hash64("a"), hash64("a", 1));
  EXPECT_EQ(hash64("abc", 5), hash64("abc", 5));
}

TEST(Hash, DigestsAreBlake2b) {
  EXPECT_EQ(digest_hex("abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  const auto bytes = digest128("abc");
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_EQ(to_hex(text), "cf4ab791c62b8d2b2109c90275287816");
}

TEST(Hash, NamesHashToTheSameNumberAndNeverToZero) {
  EXPECT_EQ(hash_of_name("web").value, hash64("web"));
  EXPECT_NE(hash_of_name("web"), hash_of_name("Web"));
  EXPECT_NE(hash_of_name("").value, 0u);
}

TEST(Base32, KnownTexts) {
  EXPECT_EQ(to_base32(""), "");
  EXPECT_EQ(to_base32(std::string(1, '\0')), "00");
  EXPECT_EQ(to_base32("\xff"), "zw");
  EXPECT_EQ(to_base32("foobar"), "csqpyrk1e8");
}

TEST(Base32, EveryLengthComesBackAndKeepsOrder) {
  std::string bytes, before;
  for (int i = 0; i < 40; ++i) {
    std::string back;
    ASSERT_TRUE(from_base32(to_base32(bytes), back));
    EXPECT_EQ(back, bytes);
    EXPECT_LE(before, to_base32(bytes));
    before = to_base32(bytes);
    bytes.push_back(static_cast<char>(i * 37 + 200));
  }
}

TEST(Base32, RefusesWhatItWouldNotWrite) {
  std::string out;
  for (const char* text : {"A0", "i0", "l0", "o0", "u0", "0-", " 0", "0", "01", "000", "zz"}) {
    EXPECT_FALSE(from_base32(text, out)) << text;
  }
  EXPECT_TRUE(from_base32("", out));
}

TEST(Hex, IsLowerCase) { EXPECT_EQ(to_hex(std::string("\x00\xaf\x10", 3)), "00af10"); }

}  // namespace
}  // namespace tenon
