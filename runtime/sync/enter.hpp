// Entering a page: its records become events of the pull's source, each exactly once.
#pragma once

#include <set>
#include <vector>

#include "event/pulled.hpp"
#include "event/record.hpp"
#include "ports/event_log.hpp"
#include "ports/random.hpp"

namespace tenon::sync {

// Of the workspace that the page's events enter under.
struct EnterOrigin {
  NameHash tenant, workspace, source;
  ConfigVersion config;
  bool synthetic = false;  // a model gave the page
};

// The raw and rejected records of a page, in its order. The same page gives the same records,
// whenever it is asked for (but for the message id of a refused one without id). `home` and
// `record`: where the page lies.
std::vector<NewRecord> records_of(const PulledPage& page, LogId log, PartitionId home,
                                  const Record& record, const EnterOrigin& origin, Random& random);

// Which places of the page have their record in the log already: after a crash between page and
// mark. Reads what was written behind the page only.
Task<Result<std::set<std::uint16_t>>> entered_of(EventLog& log, const PulledPage& page,
                                                 PartitionId home, Offset offset);

}  // namespace tenon::sync
