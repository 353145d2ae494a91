// The table of address ranges.
#include "backends/curl_http/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tenon {
namespace {

struct Range4 {
  std::uint32_t net;
  int bits;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Range4 kLoopback4{ip4(127, 0, 0, 0), 8};
constexpr std::array kPrivate4{Range4{ip4(10, 0, 0, 0), 8}, Range4{ip4(172, 16, 0, 0), 12},
                               Range4{ip4(192, 168, 0, 0), 16}};
constexpr std::array kNever4{
    Range4{ip4(0, 0, 0, 0), 8},        // this network
    Range4{ip4(100, 64, 0, 0), 10},    // carrier-grade NAT
    Range4{ip4(169, 254, 0, 0), 16},   // link-local: metadata services
    Range4{ip4(192, 0, 0, 0), 24},     // protocol assignments
    Range4{ip4(192, 0, 2, 0), 24},     // documentation
    Range4{ip4(192, 88, 99, 0), 24},   // 6to4 relays
    Range4{ip4(198, 18, 0, 0), 15},    // benchmarks
    Range4{ip4(198, 51, 100, 0), 24},  // documentation
    Range4{ip4(203, 0, 113, 0), 24},   // documentation
    Range4{ip4(224, 0, 0, 0), 4},      // multicast
    Range4{ip4(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool within(std::uint32_t address, const Range4& range) {
  return (address >> (32 - range.bits)) == (range.net >> (32 - range.bits));
}

bool allowed4(std::uint32_t address, PeerPolicy policy) {
  const auto hit = [&](const Range4& range) { return within(address, range); };
  if (std::any_of(kNever4.begin(), kNever4.end(), hit)) return false;
  if (hit(kLoopback4)) return policy != PeerPolicy::public_only;
  if (std::any_of(kPrivate4.begin(), kPrivate4.end(), hit)) {
    return policy == PeerPolicy::allow_private;
  }
  return true;
}

bool allowed6(const std::array<std::uint8_t, 16>& a, PeerPolicy policy) {
  constexpr std::array<std::uint8_t, 16> kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (a == kLoopback6) return policy != PeerPolicy::public_only;
  if ((a[0] & 0xfe) == 0xfc) return policy == PeerPolicy::allow_private;  // unique local
  if ((a[0] & 0xe0) != 0x20) return false;  // not global unicast: mapped, NAT64, fe80::, ff00:: ...
  const std::uint32_t first = ip4(a[0], a[1], a[2], a[3]);
  if ((first >> 9) == (0x20010000u >> 9)) return false;  // 2001::/23: Teredo, ORCHID ...
  if (first == 0x20010db8u) return false;                // documentation
  if ((first >> 16) == 0x2002u) return false;            // 6to4
  return (first >> 12) != (0x3fff0000u >> 12);           // documentation
}

}  // namespace

bool peer_allowed(const sockaddr* address, socklen_t length, PeerPolicy policy) {
  if (address->sa_family == AF_INET && length >= static_cast<socklen_t>(sizeof(sockaddr_in))) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return allowed4(ntohl(in.sin_addr.s_addr), policy);
  }
  if (address->sa_family == AF_INET6 && length >= static_cast<socklen_t>(sizeof(sockaddr_in6))) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return allowed6(bytes, policy);
  }
  return false;
}

bool peer_allowed(const char* address, PeerPolicy policy) {
  in_addr four{};
  if (::inet_pton(AF_INET, address, &four) == 1) return allowed4(ntohl(four.s_addr), policy);
  std::array<std::uint8_t, 16> six{};
  return ::inet_pton(AF_INET6, address, six.data()) == 1 && allowed6(six, policy);
}

}  // namespace tenon
