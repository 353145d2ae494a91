// Pages as bytes: all fields come back, and nothing broken is taken.
#include "event/pulled.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

PulledPage page() {
  PulledPage out;
  out.pull = "people";
  out.destination = "crm";
  out.stream = "contacts";
  out.release = "hubspot@1.0.0";
  out.source = "web";
  out.before = "c1";
  out.cursor = "c2";
  out.more = true;
  out.ends = {Offset{1}, Offset{2}};
  out.records.resize(2);
  out.records[0].id = "a";
  out.records[1].body = "{}";
  out.records[1].event_ms = -5;
  return out;
}

TEST(Pulled, RoundTripsAndRefusesEveryTruncation) {
  const std::string bytes = encode(page());
  const auto again = decode_pulled_page(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, page());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode_pulled_page(bytes.substr(0, n))) << n;
  }
  EXPECT_FALSE(decode_pulled_page(bytes + "x"));
  PulledEntered mark;
  mark.pull = "people";
  mark.page = Offset{99};
  mark.events = 2;
  mark.rejected = 1;
  EXPECT_EQ(*decode_pulled_entered(encode(mark)), mark);
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(decode_pulled_page(newer).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace tenon
