// Base64: the vectors of RFC 4648, every byte, and what is no base64.
#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Base64Test, VectorsOfTheRfc) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(from_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(from_base64(""), "");
}

TEST(Base64Test, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(from_base64(to_base64(all)), all);
}

TEST(Base64Test, WhatIsNoBase64IsSaid) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z*==", "Zg==x", "Zg ==", "Zh==\n"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace tenon
