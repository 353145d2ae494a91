// Trace: a world's story in lines of text, for whoever replays a seed.
#pragma once

#include <string>

#include "sim/ledger.hpp"
#include "sim/story.hpp"

namespace tenon::sim {

// One record of the log.
std::string line_of(LogId log, PartitionId partition, const Record& record);
// What the log, the vendors and the outside say, in order of time; "" if no trace was kept.
std::string trace_text(const Ledger& ledger, const Story& story);

}  // namespace tenon::sim
