// Non-blocking loopback sockets for the generator and the sink.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

// Owns a descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_;
};

// They throw std::system_error.
Fd listen_on_loopback(std::uint16_t& port);
Fd connect_to_loopback(std::uint16_t port);
Fd accept_from(const Fd& listener);  // -1 when nobody waits
void watch(const Fd& epoll, const Fd& fd, void* owner);

// How much of an HTTP message lies in `text`: total bytes with its body, or 0 while the head is
// incomplete. Only Content-Length is understood: both sides are ours.
struct MessageSize {
  std::size_t head = 0, total = 0;
};
MessageSize message_size(std::string_view text);

}  // namespace bench
