// Time from the standard clocks.
#include "backends/system/system_clock.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace tenon {
namespace asio = boost::asio;

Time SystemClock::now() const {
  return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

Instant SystemClock::instant() const {
  return Instant(std::chrono::duration_cast<MonotonicClock::duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

Task<void> SystemClock::sleep_until(Instant at) {
  const auto executor = co_await asio::this_coro::executor;
  const std::chrono::steady_clock::time_point due(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(at.time_since_epoch()));
  if (due <= std::chrono::steady_clock::now()) co_return;
  asio::steady_timer timer(executor, due);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace tenon
