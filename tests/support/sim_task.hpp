// sim_task: runs one Task to its end in virtual time, and gives what it gave.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "async/scope.hpp"
#include "backends/memory/sim_run.hpp"

namespace tenon::testing {

template <typename T>
Task<void> keep_result(Task<T> task, std::optional<T>& out) {
  auto value = co_await std::move(task);
  out.emplace(std::move(value));
}

// `within`: how far the clock may move for it. It must end by then.
template <typename T>
T sim_task(boost::asio::io_context& context, SimClock& clock, Task<T> task,
           MonotonicClock::duration within = {}) {
  std::optional<T> out;
  Scope scope(context.get_executor());
  scope.spawn(keep_result<T>(std::move(task), out), "sim_task");
  sim_run(context, clock, clock.instant() + within, [&] { return out.has_value(); });
  return std::move(out).value();
}

}  // namespace tenon::testing
