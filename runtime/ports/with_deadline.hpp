// with_deadline: the one way to bound how long a Task may take.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "async/task.hpp"
#include "base/result.hpp"
#include "ports/clock.hpp"

namespace tenon {
namespace deadline_detail {

// What a Task gave or threw. A class with constructors: safe next to co_await.
template <typename T>
class Ended {
 public:
  Ended() = default;
  explicit Ended(T value) : value_(std::move(value)) {}
  explicit Ended(std::exception_ptr error) : error_(std::move(error)) {}
  T take() && {
    if (error_) std::rethrow_exception(error_);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  std::exception_ptr error_;
};

// So that an exception ends the race at once, instead of being forgotten at the deadline.
template <typename T>
Task<Ended<T>> ended(Task<T> task) {
  std::exception_ptr error;
  try {
    auto value = co_await std::move(task);
    Ended<T> out(std::move(value));
    co_return out;
  } catch (...) {
    error = std::current_exception();
  }
  Ended<T> out(error);
  co_return out;
}

template <typename T>
struct Unwrapped {
  using Type = Result<T>;
};
template <typename T>
struct Unwrapped<Result<T>> {
  using Type = Result<T>;
};

}  // namespace deadline_detail

// Runs `task` until it ends or `at` has come. At the deadline it is cancelled and awaited, then the
// answer is a `timeout` Error. A cancellation of the caller goes through (operation_aborted).
// The answer is Result<T> for a Task<T> as well as for a Task<Result<T>>.
template <typename T>
Task<typename deadline_detail::Unwrapped<T>::Type> with_deadline(Clock& clock, Instant at,
                                                                 Task<T> task) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: its documented use
  auto race = clock.sleep_until(at) || deadline_detail::ended<T>(std::move(task));
  auto won = co_await std::move(race);
  if (won.index() == 0) co_return timed_out("no answer before the deadline");
  co_return std::get<1>(std::move(won)).take();
}

inline Task<Result<void>> with_deadline(Clock& clock, Instant at, Task<void> task) {
  auto wrapped = [](Task<void> inner) -> Task<Result<void>> {
    co_await std::move(inner);
    co_return Result<void>{};
  }(std::move(task));
  auto bounded = with_deadline<Result<void>>(clock, at, std::move(wrapped));
  co_return co_await std::move(bounded);
}

}  // namespace tenon
