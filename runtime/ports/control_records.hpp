// An act of an operator or of the host, as one record for every partition.
#pragma once

#include <vector>

#include "event/control.hpp"
#include "ports/event_log.hpp"

namespace tenon {

// Each fold meets it in its own partition; they are appended together.
std::vector<NewRecord> in_every_partition(const Control& control, Time now);

}  // namespace tenon
