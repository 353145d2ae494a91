// SCM_RIGHTS.
#include "backends/sandbox/packet.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tenon::sandbox {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMaxPacketFds * sizeof(int));

Error trouble(const char* what, int error) {
  return unavailable(std::string(what) + ": " + std::strerror(error));
}

}  // namespace

Result<void> send_packet(int socket, std::string_view bytes, std::initializer_list<int> fds) {
  if (bytes.size() > kMaxPacketBytes || fds.size() > kMaxPacketFds) {
    return invalid("packet: wanted at most " + std::to_string(kMaxPacketBytes) + " bytes, found " +
                   std::to_string(bytes.size()));
  }
  alignas(cmsghdr) char control[kControlBytes] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  if (fds.size() > 0) {
    packet.msg_control = control;
    packet.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* head = CMSG_FIRSTHDR(&packet);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(head), fds.begin(), fds.size() * sizeof(int));
  }
  while (::sendmsg(socket, &packet, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return trouble("sending a packet", errno);
  }
  return {};
}

Result<std::optional<Packet>> receive_packet(int socket) {
  Packet out;
  out.bytes.resize(kMaxPacketBytes);
  alignas(cmsghdr) char control[kControlBytes] = {};
  iovec part{out.bytes.data(), out.bytes.size()};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    n = ::recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<Packet>();
  if (n < 0) return trouble("receiving a packet", errno);
  if (n == 0) return unavailable("the other side hung up");
  out.bytes.resize(static_cast<std::size_t>(n));
  const cmsghdr* head = CMSG_FIRSTHDR(&packet);
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
    for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= head->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + (at - CMSG_LEN(0)), sizeof fd);
      out.fds.emplace_back(fd);
    }
  }
  out.fds_lost = (packet.msg_flags & MSG_CTRUNC) != 0;
  return std::optional<Packet>(std::move(out));
}

}  // namespace tenon::sandbox
