// Task<T>: the one coroutine type. Name the argument, then await it (g++ 12, see ci/layers.toml).
#pragma once

#include <boost/asio/awaitable.hpp>

namespace tenon {

template <typename T = void>
using Task = boost::asio::awaitable<T, boost::asio::any_io_executor>;

}  // namespace tenon
