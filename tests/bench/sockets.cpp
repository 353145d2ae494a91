// Sockets and message sizes.
#include "bench/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace bench {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void without_delay(int fd) {
  const int on = 1;
  checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Fd listen_on_loopback(std::uint16_t& port) {
  Fd fd(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  checked(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), "bind");
  checked(::listen(fd.get(), 1'024), "listen");
  checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port = ntohs(address.sin_port);
  return fd;
}

Fd connect_to_loopback(std::uint16_t port) {
  Fd fd(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_in address = loopback(port);
  checked(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "connect");
  without_delay(fd.get());
  return fd;
}

Fd accept_from(const Fd& listener) {
  Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.get() >= 0) without_delay(fd.get());
  return fd;
}

void watch(const Fd& epoll, const Fd& fd, void* owner) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = owner;
  checked(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event), "epoll_ctl");
}

MessageSize message_size(std::string_view text) {
  MessageSize size;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return size;
  size.head = size.total = end + 4;
  constexpr std::string_view kName = "ontent-";  // both spellings, and "Content-length"
  for (std::size_t at = 0; (at = text.find(kName, at)) < end; at += kName.size()) {
    const auto name = text.substr(at + kName.size(), 7);
    if (name != "Length:" && name != "length:") continue;
    std::size_t digits = at + kName.size() + 7;
    while (text[digits] == ' ') ++digits;
    std::size_t body = 0;
    std::from_chars(text.data() + digits, text.data() + end, body);
    size.total += body;
    break;
  }
  return size;
}

}  // namespace bench
