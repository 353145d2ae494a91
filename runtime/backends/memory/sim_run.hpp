// sim_run: drives an io_context on the calling thread, moving virtual time whenever all is idle.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>

#include "backends/memory/sim_clock.hpp"

namespace tenon {

enum class SimEnd {
  done,      // the predicate became true
  idle,      // nothing is ready and nobody sleeps: nothing can ever happen again
  deadline,  // the next sleeper is due after `until`; the clock stands at `until`
};

// Runs all that is ready; when nothing is, moves the clock to the next sleeper not after `until`,
// and so on. Deterministic as long as only this thread posts to `context`.
SimEnd sim_run(boost::asio::io_context& context, SimClock& clock, Instant until);
// The same, and stops as soon as `done()` is true; it is asked between any two moves of the clock
// and whenever the ready work is used up.
SimEnd sim_run(boost::asio::io_context& context, SimClock& clock, Instant until,
               const std::function<bool()>& done);

}  // namespace tenon
