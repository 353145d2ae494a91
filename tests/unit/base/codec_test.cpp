// Writer and Reader: bytes as stated, and no trust in lengths.
#include "base/codec.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"

namespace tenon {
namespace {

TEST(Codec, WritesLittleEndianAndReadsItBack) {
  Writer out;
  out.u8(0x12);
  out.u16(0x3456);
  out.u32(0x789abcde);
  out.u64(0x0123456789abcdef);
  out.i64(-2);
  out.text("hi");
  out.raw("!");
  EXPECT_EQ(to_hex(out.view()), "125634debc9a78efcdab8967452301feffffffffffffff02000000686921");
  EXPECT_EQ(out.size(), out.view().size());
  const std::string bytes = std::move(out).take();
  Reader in(bytes);
  EXPECT_EQ(in.u8(), 0x12);
  EXPECT_EQ(in.u16(), 0x3456);
  EXPECT_EQ(in.u32(), 0x789abcdeu);
  EXPECT_EQ(in.u64(), 0x0123456789abcdefu);
  EXPECT_EQ(in.i64(), -2);
  EXPECT_EQ(in.text(), "hi");
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.left(), 1u);
  EXPECT_EQ(in.raw(1), "!");
  EXPECT_TRUE(in.done());
}

TEST(Codec, AReadPastTheEndFailsForGood) {
  Reader in("abc");
  EXPECT_EQ(in.u32(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0u);  // although bytes were left before
  EXPECT_TRUE(in.at_end());
  EXPECT_FALSE(in.done());
}

TEST(Codec, LengthsAndCountsAreCheckedAgainstWhatIsLeft) {
  Writer out;
  out.u32(0xffffffff);
  out.raw("four");
  Reader text(out.view());
  EXPECT_EQ(text.text(), "");
  EXPECT_FALSE(text.ok());
  Reader count(out.view());
  EXPECT_EQ(count.count(8), 0u);
  EXPECT_FALSE(count.ok());
  Writer fits;
  fits.u32(2);
  fits.raw("12345678");
  Reader exact(fits.view());
  EXPECT_EQ(exact.count(4), 2u);
  EXPECT_TRUE(exact.ok());
  Reader over(fits.view());
  EXPECT_EQ(over.count(5), 0u);
  EXPECT_FALSE(over.ok());
}

TEST(Codec, KeysSortAsNumbers) {
  const std::uint64_t numbers[] = {
      0, 1, 255, 256, 65'535, 1u << 31, ~std::uint64_t{0} >> 1, ~std::uint64_t{0}};
  std::string before;
  for (const auto n : numbers) {
    const auto key = key_u64(n);
    EXPECT_EQ(key.size(), 8u);
    EXPECT_TRUE(before.empty() || before < key);
    EXPECT_EQ(u64_of_key(key), n);
    before = key;
  }
  EXPECT_EQ(to_hex(key_u16(0x0102)), "0102");
}

}  // namespace
}  // namespace tenon
