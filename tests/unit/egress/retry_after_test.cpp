// Both forms of Retry-After, and what vendors make of them.
#include "egress/retry_after.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

const Time kNow = time_from_us(784'111'777'500'000);  // Sun, 06 Nov 1994 08:49:37.5 GMT

TEST(RetryAfter, Seconds) {
  EXPECT_EQ(parse_retry_after("0", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after(" 120 ", kNow), milliseconds(120'000));
  EXPECT_EQ(parse_retry_after("86400", kNow), kMaxRetryAfter);
  EXPECT_EQ(parse_retry_after("86401", kNow), kMaxRetryAfter);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", kNow), kMaxRetryAfter);
}

TEST(RetryAfter, Dates) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", kNow), milliseconds(9'500));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow), kMaxRetryAfter);
}

TEST(RetryAfter, NothingElse) {
  for (const char* text : {"", " ", "-1", "1.5", "+1", "soon", "1s", "1994-11-06T08:49:37Z"}) {
    EXPECT_EQ(parse_retry_after(text, kNow), std::nullopt) << text;
  }
}

TEST(RetryAfter, IsFoundInHeaders) {
  EXPECT_EQ(retry_after_of({{"a", "b"}, {"retry-after", "2"}}, kNow), milliseconds(2'000));
  EXPECT_EQ(retry_after_of({{"a", "b"}}, kNow), std::nullopt);
}

}  // namespace
}  // namespace tenon
