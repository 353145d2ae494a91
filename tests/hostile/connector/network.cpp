// The network, and the host's sockets.
#include <arpa/inet.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "hostile.hpp"

namespace hostile {
namespace {

sockaddr_in loopback() {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(target().port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

Deed connect_to(const sockaddr_in& to, int flags) {
  const int fd = needed([&] { return socket(AF_INET, SOCK_STREAM | flags, 0); });
  const int done = connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  return result(done == 0 || errno == EINPROGRESS);
}

Deed connect_unix(std::string_view path, bool abstract) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path + (abstract ? 1 : 0), path.data(), path.size());
  const int fd = needed([] { return socket(AF_UNIX, SOCK_STREAM, 0); });
  const auto size = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  return result(connect(fd, reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size)));
}

constexpr Case kCases[] = {
    {"tcp_loopback", [] { return connect_to(loopback(), 0); }},
    {"tcp_metadata",
     [] {
       sockaddr_in to = loopback();
       inet_pton(AF_INET, "169.254.169.254", &to.sin_addr);
       return connect_to(to, SOCK_NONBLOCK);
     }},
    {"tcp_fast_open",
     [] {
       const auto to = loopback();
       const int fd = needed([] { return socket(AF_INET, SOCK_STREAM, 0); });
       return result(
           sendto(fd, "x", 1, MSG_FASTOPEN, reinterpret_cast<const sockaddr*>(&to), sizeof to));
     }},
    {"tcp_bind",
     [] {
       sockaddr_in at = loopback();
       at.sin_port = 0;
       const int fd = needed([] { return socket(AF_INET, SOCK_STREAM, 0); });
       return result(bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at));
     }},
    {"tcp_listen",
     [] { return result(listen(needed([] { return socket(AF_INET, SOCK_STREAM, 0); }), 1)); }},
    {"tcp_socket", [] { return result(socket(AF_INET, SOCK_STREAM, 0)); }},
    {"tcp6", [] { return result(socket(AF_INET6, SOCK_STREAM, 0)); }},
    {"mptcp", [] { return result(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)); }},
    {"udp",
     [] {
       const auto to = loopback();
       const int fd = needed([] { return socket(AF_INET, SOCK_DGRAM, 0); });
       return result(sendto(fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to));
     }},
    {"raw_socket", [] { return result(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }},
    {"packet_socket", [] { return result(socket(AF_PACKET, SOCK_RAW, 0)); }},
    {"netlink", [] { return result(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }},
    {"vsock", [] { return result(socket(AF_VSOCK, SOCK_STREAM, 0)); }},
    {"kernel_crypto", [] { return result(socket(AF_ALG, SOCK_SEQPACKET, 0)); }},
    {"unix_path", [] { return connect_unix(target().socket_path, false); }},
    {"unix_abstract", [] { return connect_unix(target().socket_name, true); }},
    {"socket_pair",
     [] {
       int pair[2];
       return result(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
     }},
    {"dns",
     [] {
       addrinfo* found = nullptr;
       const int error = getaddrinfo("localhost", "80", nullptr, &found);
       return Deed{error == 0, error == EAI_SYSTEM ? errno : EIO};
     }},
    {"send_descriptor",
     [] {
       char byte = 0;
       iovec part{&byte, 1};
       alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
       msghdr message{};
       message.msg_iov = &part;
       message.msg_iovlen = 1;
       message.msg_control = control;
       message.msg_controllen = sizeof control;
       cmsghdr* head = CMSG_FIRSTHDR(&message);
       head->cmsg_level = SOL_SOCKET;
       head->cmsg_type = SCM_RIGHTS;
       head->cmsg_len = CMSG_LEN(sizeof(int));
       const int fd = 1;
       std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
       return result(sendmsg(3, &message, 0));
     }},
    {"host_socket_options",
     [] {
       const int small = 1;
       return result(setsockopt(3, SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
     }},
    {"shut_host_socket", [] { return result(shutdown(3, SHUT_RDWR)); }},
};

}  // namespace

Cases network_cases() { return {kCases, sizeof kCases / sizeof *kCases}; }

}  // namespace hostile
