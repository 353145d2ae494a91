// Waiting out a full queue of the log.
#include "ports/append_essential.hpp"

#include <algorithm>

namespace tenon {

Task<Result<std::vector<Offset>>> append_essential(EventLog& log, Clock& clock,
                                                   std::vector<NewRecord> records,
                                                   AppendWait wait) {
  for (;;) {
    auto copy = records;
    auto offsets = co_await log.append(std::move(copy), AppendClass::essential, wait);
    if (offsets || offsets.error().kind != ErrorKind::limited) co_return offsets;
    const Instant again =
        clock.instant() + std::max<milliseconds>(milliseconds{5}, offsets.error().retry_after);
    co_await clock.sleep_until(again);
  }
}

}  // namespace tenon
