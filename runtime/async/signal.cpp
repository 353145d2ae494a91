// A timer that never fires, as a wake-up.
#include "async/signal.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tenon {
namespace asio = boost::asio;

Signal::Signal(const asio::any_io_executor& executor)
    : timer_(executor, asio::steady_timer::time_point::max()) {}

void Signal::notify() {
  ++rounds_;
  timer_.cancel();
}

Task<void> Signal::wait() {
  const std::uint64_t entered = rounds_;
  boost::system::error_code error;
  while (rounds_ == entered) {
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

}  // namespace tenon
