// Scope: owns running Tasks; cancels and awaits them, so that nothing outlives what it uses.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>

#include "async/task.hpp"

namespace tenon {

// All on one executor (one thread). A Task that ends by an exception other than a cancellation ends
// the process: exceptions are bugs here. `join` must have returned before the Scope is destroyed,
// unless nothing was ever spawned or the io_context has been stopped for good.
class Scope {
 public:
  explicit Scope(boost::asio::any_io_executor executor);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  // Starts `task` as soon as the executor turns; `name` (a literal) is for the report of a bug.
  void spawn(Task<void> task, const char* name);
  // Asks every running Task to end: its current wait fails with operation_aborted. New ones are
  // still accepted and are cancelled at once.
  void cancel();
  // Waits until no Task runs.
  Task<void> join();

  bool cancelled() const;
  std::size_t running() const;
  const boost::asio::any_io_executor& executor() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the completion handlers, which may run last
};

}  // namespace tenon
