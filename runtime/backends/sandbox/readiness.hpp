// Waiting for a descriptor that we read and write ourselves.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "async/task.hpp"

namespace tenon::sandbox {

// Throws operation_aborted if the Task is cancelled; any other trouble shows when it is used.
inline Task<void> ready(boost::asio::posix::stream_descriptor& descriptor,
                        boost::asio::posix::stream_descriptor::wait_type what) {
  boost::system::error_code error;
  co_await descriptor.async_wait(what,
                                 boost::asio::redirect_error(boost::asio::use_awaitable, error));
  if (error == boost::asio::error::operation_aborted) throw boost::system::system_error(error);
}

}  // namespace tenon::sandbox
