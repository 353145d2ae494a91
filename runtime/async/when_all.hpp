// when_all: runs several Tasks at the same time and gives their values in order.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "async/task.hpp"

namespace tenon {

// T is default-constructible. Cancelling the waiting Task cancels all; the first exception of any
// is thrown when all have ended. An empty list gives an empty answer at once.
template <typename T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  namespace asio = boost::asio;
  if (tasks.empty()) co_return std::vector<T>();
  const auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, std::declval<Task<T>>(), asio::deferred));
  std::vector<Operation> operations;
  operations.reserve(tasks.size());
  for (auto& task : tasks) {
    operations.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
  }
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto waiting = group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  auto ended = co_await std::move(waiting);
  for (auto& error : std::get<1>(ended)) {
    if (error) std::rethrow_exception(error);
  }
  co_return std::move(std::get<2>(ended));
}

}  // namespace tenon
