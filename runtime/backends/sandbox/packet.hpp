// One packet with descriptors over a SOCK_SEQPACKET socket, there and back.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sandbox/fd.hpp"
#include "base/result.hpp"

namespace tenon::sandbox {

constexpr std::size_t kMaxPacketBytes = 16 * 1024;
constexpr std::size_t kMaxPacketFds = 4;

struct Packet {
  std::string bytes;
  std::vector<UniqueFd> fds;
  bool fds_lost = false;  // some came, and found no free descriptor here
};

// unavailable: the other side is gone, or takes nothing now.
Result<void> send_packet(int socket, std::string_view bytes, std::initializer_list<int> fds);
// Nothing: there is none yet, of a socket that does not block. unavailable: the other side is gone.
Result<std::optional<Packet>> receive_packet(int socket);

}  // namespace tenon::sandbox
