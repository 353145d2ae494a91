// Receiving and answering notifications of seccomp.
#include "backends/sandbox/gate.hpp"

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>

namespace tenon::sandbox {

namespace asio = boost::asio;

Gate::Gate(asio::any_io_executor executor, UniqueFd listener)
    : listener_(executor, listener.release()) {}

Task<bool> Gate::serve() {
  while (listener_.is_open()) {
    boost::system::error_code error;
    co_await listener_.async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, error));
    if (error || !listener_.is_open()) co_return true;
    if (!answer_one()) co_return true;
    if (calls_ > kMaxGateCalls) co_return false;
  }
  co_return true;
}

// False when nobody is left who could ask.
bool Gate::answer_one() {
  // Larger than any kernel's idea of it so far; it must be zero on entry.
  union {
    seccomp_notif call;
    char room[512];
  } in{.room = {}};
  if (::ioctl(listener_.native_handle(), SECCOMP_IOCTL_NOTIF_RECV, &in.call) != 0) {
    if (errno == EINTR) return true;
    // The caller died while it waited; the descriptor hangs up when the last one has.
    return errno == ENOENT;
  }
  ++calls_;
  seccomp_notif_resp answer{};
  answer.id = in.call.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (calls_ > kMaxGateCalls) {
    answer.flags = 0;
    answer.error = -ENOSYS;
  }
  // ENOENT: it died meanwhile.
  (void)::ioctl(listener_.native_handle(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
  return true;
}

void Gate::close() {
  boost::system::error_code ignored;
  listener_.close(ignored);
}

}  // namespace tenon::sandbox
