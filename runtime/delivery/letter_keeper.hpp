// LetterKeeper: lets dead letters go when they have been kept as long as the workspace says.
#pragma once

#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon::delivery {

class Runner;

// One thread. Parked and ambiguous deliveries are kept: nobody knows yet what is right for them.
class LetterKeeper {
 public:
  LetterKeeper(Runner& runner, EventLog& log, Clock& clock)
      : runner_(runner), log_(log), clock_(clock) {}

  // Errors are the log's or the state's: the host must stop.
  Task<Result<void>> run();

 private:
  // True if more are left than one look closes.
  Task<Result<bool>> close_some();

  Runner& runner_;
  EventLog& log_;
  Clock& clock_;
};

}  // namespace tenon::delivery
