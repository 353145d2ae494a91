// Texts from connectors: one line of valid UTF-8, whatever came.
#include "wire/text.hpp"

#include <gtest/gtest.h>

namespace tenon::wire {
namespace {

TEST(EscapeText, ControlsAndBrokenBytesAreEscaped) {
  EXPECT_EQ(escape_text("plain é € 😀", 100), "plain é € 😀");
  EXPECT_EQ(escape_text("a\nb\r\t\x1b[31m\x7f\\", 100), "a\\nb\\r\\t\\x1b[31m\\x7f\\\\");
  EXPECT_EQ(escape_text("\xc2\x85", 100), "\\u0085");
  EXPECT_EQ(escape_text("\xff\xc3", 100), "\\xff\\xc3");
  EXPECT_EQ(escape_text(std::string_view("\0", 1), 100), "\\x00");
}

TEST(EscapeText, IsCutAtItsLimit) {
  EXPECT_EQ(escape_text("abcd", 4), "abcd");
  EXPECT_EQ(escape_text("abcde", 4), "abcd [1 bytes cut]");
  EXPECT_EQ(escape_text("abc\xc3\xa9", 4), "abc\\xc3 [1 bytes cut]");  // never half a character
}

TEST(IsUtf8, RefusesOverlongSurrogateAndTooLarge) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
  for (const char* bad : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\x80", "\xe2\x82", "\xfe"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(escape_text(bad, 100)));
  }
}

}  // namespace
}  // namespace tenon::wire
