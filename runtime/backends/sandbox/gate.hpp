// Gate: the host's end of a worker's gate. Calls that only loading needs wait for its word until it
// is closed; from then on the kernel refuses them, whatever has become of the worker.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>

#include "async/task.hpp"
#include "backends/sandbox/fd.hpp"

namespace tenon::sandbox {

// A start needs about ten; a worker that asks for more is not loading.
constexpr std::uint32_t kMaxGateCalls = 512;

// It decides by the time alone: what a call asks for lies in memory that the worker may change, so
// which files and what rights is for Landlock and the filters to say. On one executor; whoever
// awaits serve() keeps the object alive.
class Gate {
 public:
  Gate(boost::asio::any_io_executor executor, UniqueFd listener);
  // Lets calls pass until the gate is closed, the worker is gone, or it asked too often (false).
  Task<bool> serve();
  // For ever. Waiting calls and all later ones fail with ENOSYS.
  void close();
  std::uint32_t calls() const { return calls_; }

 private:
  bool answer_one();

  boost::asio::posix::stream_descriptor listener_;
  std::uint32_t calls_ = 0;
};

}  // namespace tenon::sandbox
