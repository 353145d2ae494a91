// cost: what a connector's own work costs for each event, to be compared with a later build's.
#pragma once

#include <iosfwd>
#include <string>

#include "conformance/case.hpp"

namespace tenon::conformance {

// Runs every golden that delivers, pulls or takes a webhook so often; what is measured below.
void run_rounds(Subject& subject, unsigned rounds);

// Writes `file`: for each such golden the µs of CPU for each event (the median of several runs; the
// testkit's copies are in it, alike for all), and for all together the instructions, if valgrind is
// in PATH - they repeat exactly on one machine, times do not. Tells the sums on `out`. False: the
// file cannot be written.
bool write_cost(Subject& subject, const std::string& file, std::ostream& out);

}  // namespace tenon::conformance
