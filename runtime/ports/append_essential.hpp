// append_essential: appends what must not be given up, waiting out a full queue.
#pragma once

#include <vector>

#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon {

// Repeats while the log answers `limited`, at its pace; other errors are returned at once. Ends by
// cancellation like any wait.
Task<Result<std::vector<Offset>>> append_essential(EventLog& log, Clock& clock,
                                                   std::vector<NewRecord> records, AppendWait wait);

}  // namespace tenon
