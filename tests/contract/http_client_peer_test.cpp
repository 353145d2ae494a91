// The table of addresses, at the edges of each range.
#include <gtest/gtest.h>
#include <sys/un.h>

#include "backends/curl_http/peer.hpp"

namespace tenon {
namespace {

struct Row {
  const char* address;
  bool public_only, loopback, private_too;
};

constexpr Row kRows[] = {
    {"1.1.1.1", true, true, true},
    {"8.8.8.8", true, true, true},
    {"9.255.255.255", true, true, true},
    {"11.0.0.0", true, true, true},
    {"126.255.255.255", true, true, true},
    {"128.0.0.0", true, true, true},
    {"172.15.255.255", true, true, true},
    {"172.32.0.0", true, true, true},
    {"223.255.255.255", true, true, true},
    {"127.0.0.1", false, true, true},
    {"127.255.255.255", false, true, true},
    {"10.0.0.0", false, false, true},
    {"10.255.255.255", false, false, true},
    {"172.16.0.0", false, false, true},
    {"172.31.255.255", false, false, true},
    {"192.168.0.1", false, false, true},
    {"0.0.0.0", false, false, false},
    {"0.255.255.255", false, false, false},
    {"100.64.0.0", false, false, false},
    {"100.127.255.255", false, false, false},
    {"100.100.100.200", false, false, false},
    {"100.128.0.0", true, true, true},
    {"169.254.169.254", false, false, false},
    {"192.0.0.1", false, false, false},
    {"192.0.2.1", false, false, false},
    {"192.88.99.1", false, false, false},
    {"198.18.0.1", false, false, false},
    {"198.19.255.255", false, false, false},
    {"198.51.100.1", false, false, false},
    {"203.0.113.1", false, false, false},
    {"224.0.0.1", false, false, false},
    {"239.255.255.255", false, false, false},
    {"240.0.0.1", false, false, false},
    {"255.255.255.255", false, false, false},
    {"2606:4700:4700::1111", true, true, true},
    {"2a00:1450:4001::1", true, true, true},
    {"::1", false, true, true},
    {"fc00::1", false, false, true},
    {"fdff:ffff::1", false, false, true},
    {"::", false, false, false},
    {"::ffff:127.0.0.1", false, false, false},
    {"::ffff:8.8.8.8", false, false, false},
    {"::127.0.0.1", false, false, false},
    {"64:ff9b::7f00:1", false, false, false},
    {"64:ff9b:1::1", false, false, false},
    {"100::1", false, false, false},
    {"2001::1", false, false, false},
    {"2001:1ff::1", false, false, false},
    {"2001:200::1", true, true, true},
    {"2001:db8::1", false, false, false},
    {"2002:7f00:1::1", false, false, false},
    {"3fff::1", false, false, false},
    {"fe80::1", false, false, false},
    {"fec0::1", false, false, false},
    {"ff02::1", false, false, false},
    {"not an address", false, false, false},
    {"127.1", false, false, false},
    {"", false, false, false},
};

TEST(PeerAllowed, Table) {
  for (const Row& row : kRows) {
    EXPECT_EQ(peer_allowed(row.address, PeerPolicy::public_only), row.public_only) << row.address;
    EXPECT_EQ(peer_allowed(row.address, PeerPolicy::allow_loopback), row.loopback) << row.address;
    EXPECT_EQ(peer_allowed(row.address, PeerPolicy::allow_private), row.private_too) << row.address;
  }
}

TEST(PeerAllowed, OtherFamiliesAndShortAddressesAreNot) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(peer_allowed(reinterpret_cast<const sockaddr*>(&local), sizeof local,
                            PeerPolicy::allow_private));
  sockaddr cut{};
  cut.sa_family = AF_INET6;
  EXPECT_FALSE(peer_allowed(&cut, sizeof cut, PeerPolicy::allow_private));
}

}  // namespace
}  // namespace tenon
