// The loop of a simulation.
#include "backends/memory/sim_run.hpp"

namespace tenon {

SimEnd sim_run(boost::asio::io_context& context, SimClock& clock, Instant until) {
  return sim_run(context, clock, until, [] { return false; });
}

SimEnd sim_run(boost::asio::io_context& context, SimClock& clock, Instant until,
               const std::function<bool()>& done) {
  while (true) {
    // A context that ran out of work has stopped itself; later work needs it started again.
    do {
      context.restart();
    } while (context.poll() > 0);
    if (done()) return SimEnd::done;
    const auto next = clock.next();
    if (!next) return SimEnd::idle;
    if (*next > until) {
      clock.advance_to(until);
      return SimEnd::deadline;
    }
    clock.advance_to_next();
  }
}

}  // namespace tenon
