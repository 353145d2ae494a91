// Records of the stream inbound: round trips, truncations, other versions.
#include "event/inbound.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

InboundReceived received() {
  InboundReceived in;
  in.connector = "crm";
  in.method = "POST";
  in.path = "/webhooks/crm?a=1";
  in.headers = {{"content-type", "application/json"}, {"x-topic", ""}};
  in.body = std::string("a\0b\xff", 4);
  return in;
}

InboundEnded ended() {
  InboundEnded out;
  out.received = Offset{4'096};
  out.fate = InboundFate::parsed;
  out.tries = 3;
  out.rejected = 1;
  out.release = "crm@1.0.0";
  out.reason = "why";
  out.events = {EventId{LogId{7}, PartitionId{3}, Offset{9}, 2}, EventId{LogId{7}, {}, {}, 0}};
  return out;
}

TEST(Inbound, RoundTripsAndTruncations) {
  EXPECT_EQ(decode_inbound_received(encode(received())).value(), received());
  EXPECT_EQ(decode_inbound_ended(encode(ended())).value(), ended());
  const InboundReopened reopened{Offset{9}, EventId{LogId{7}, PartitionId{3}, Offset{8}, 1}, "ann"};
  EXPECT_EQ(decode_inbound_reopened(encode(reopened)).value(), reopened);
  const auto first = encode(received()), second = encode(ended()), third = encode(reopened);
  for (std::size_t n = 0; n < third.size(); ++n) {
    EXPECT_FALSE(decode_inbound_reopened(third.substr(0, n))) << n;
  }
  for (std::size_t n = 0; n < first.size(); ++n) {
    EXPECT_FALSE(decode_inbound_received(first.substr(0, n))) << n;
  }
  for (std::size_t n = 0; n < second.size(); ++n) {
    EXPECT_FALSE(decode_inbound_ended(second.substr(0, n))) << n;
  }
  EXPECT_FALSE(decode_inbound_received(first + "x"));
  EXPECT_FALSE(decode_inbound_ended(second + "x"));
  EXPECT_FALSE(decode_inbound_reopened(third + "x"));
}

TEST(Inbound, AnotherVersionIsRefusedByName) {
  auto bytes = encode(received());
  bytes[0] = 2;
  EXPECT_EQ(decode_inbound_received(bytes).error().kind, ErrorKind::unsupported);
  bytes = encode(ended());
  bytes[0] = 0;
  EXPECT_EQ(decode_inbound_ended(bytes).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace tenon
