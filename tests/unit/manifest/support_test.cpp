// T16: a vendor's API or a release that ends is told 30 days before, and fails 7 days before.
#include "manifest/support.hpp"

#include <gtest/gtest.h>

#include "manifest/manifest.hpp"

namespace tenon {
namespace {

Manifest some_release() {
  Manifest manifest;
  manifest.id = "crm";
  manifest.version = "1.0.0";
  return manifest;
}

TEST(Support, T16_TheVendorsSunsetIsToldIn30DaysAndFailsIn7) {
  auto manifest = some_release();
  manifest.vendor_api = {"v3", parse_day("2027-03-31")};
  const auto on = [&](const char* day) { return endings_of(manifest, *parse_day(day)); };
  EXPECT_TRUE(on("2027-02-28").empty());
  ASSERT_EQ(on("2027-03-01").size(), 1u);
  EXPECT_FALSE(on("2027-03-01")[0].close);
  EXPECT_EQ(on("2027-03-01")[0].text, "the vendor's API v3 ends on 2027-03-31, in 30 days");
  EXPECT_FALSE(on("2027-03-23")[0].close);
  EXPECT_TRUE(on("2027-03-24")[0].close);
  EXPECT_EQ(on("2027-03-30")[0].text, "the vendor's API v3 ends on 2027-03-31, in 1 day");
  EXPECT_EQ(on("2027-04-02")[0].text, "the vendor's API v3 ended on 2027-03-31");
  EXPECT_TRUE(on("2027-04-02")[0].close);
}

TEST(Support, ADeprecatedReleaseIsToldWithWhatToUse) {
  auto manifest = some_release();
  manifest.support = {parse_day("2027-01-01"), parse_day("2027-06-30"), "2.0.0"};
  EXPECT_TRUE(endings_of(manifest, *parse_day("2026-12-31")).empty());
  const auto since = endings_of(manifest, *parse_day("2027-01-01"));
  ASSERT_EQ(since.size(), 1u);
  EXPECT_FALSE(since[0].close);
  EXPECT_EQ(since[0].text,
            "crm@1.0.0 is deprecated since 2027-01-01, and its support ends on 2027-06-30");
  EXPECT_EQ(since[0].mend, "roll out crm@2.0.0 instead");
  const auto late = endings_of(manifest, *parse_day("2027-06-25"));
  EXPECT_TRUE(late[0].close);
  EXPECT_EQ(late[0].text, "support of crm@1.0.0 ends on 2027-06-30, in 5 days");
}

TEST(Support, WithoutDatesNothingEnds) {
  EXPECT_TRUE(endings_of(some_release(), *parse_day("2099-01-01")).empty());
}

TEST(Support, OnlyRealDaysAreDays) {
  EXPECT_TRUE(parse_day("2028-02-29"));
  for (const char* text : {"", "2027-02-29", "2027-13-01", "2027-1-1", "2027-01-01T00:00:00Z",
                           "20270101", "2027-01-0x"}) {
    EXPECT_FALSE(parse_day(text)) << text;
  }
}

}  // namespace
}  // namespace tenon
