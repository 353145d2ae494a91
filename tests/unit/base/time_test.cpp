// RFC 3339 and HTTP dates: what is read, what is refused.
#include "base/time.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Time, WritesSixDecimalsInUtc) {
  EXPECT_EQ(to_rfc3339(time_from_us(1'767'323'045'678'901)), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(to_rfc3339(Time{}), "1970-01-01T00:00:00.000000Z");
}

TEST(Time, ReadsOffsetsAndFractions) {
  const auto utc = parse_rfc3339("2026-01-02T03:04:05.678901Z");
  ASSERT_TRUE(utc);
  EXPECT_EQ(us_of(*utc), 1'767'323'045'678'901);
  EXPECT_EQ(*parse_rfc3339("2026-01-02T05:04:05.678901+02:00"), *utc);
  EXPECT_EQ(*parse_rfc3339("2026-01-01T22:34:05.678901-04:30"), *utc);
  EXPECT_EQ(*parse_rfc3339("2026-01-02T03:04:05.678901999Z"), *utc);
  EXPECT_EQ(us_of(*parse_rfc3339("1970-01-01t00:00:01z")), 1'000'000);
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05+2:00", "2026-01-02T03:04:05Z ", "2026-01-02T03:04:05+24:00"}) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid) << text;
  }
}

TEST(Time, ReadsHttpDates) {
  EXPECT_EQ(us_of(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")), 784'111'777'000'000);
  EXPECT_FALSE(parse_http_date("120"));
  EXPECT_FALSE(parse_http_date("Sunday"));
}

}  // namespace
}  // namespace tenon
