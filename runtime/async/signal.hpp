// Signal: lets Tasks sleep until something has changed. No value, no queue: look again after
// waking.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "async/task.hpp"

namespace tenon {

// For one thread. `notify` wakes all who wait now; a wait begun later waits for the next one, so
// check the condition before waiting (there is no await between the two on one thread).
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor);
  void notify();
  // Ends with the next notify, or throws operation_aborted if the Task is cancelled.
  Task<void> wait();

 private:
  boost::asio::steady_timer timer_;  // never expires; cancelling it is the wake-up
  std::uint64_t rounds_ = 0;
};

}  // namespace tenon
