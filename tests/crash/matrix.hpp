// The crash matrix: which fault is tried in which scenario, and what the host may do then.
#pragma once

#include <vector>

#include "crash/trial.hpp"

namespace tenon::testing {

// Each action at each point once, as the table has it first: what fits into the time of a usual
// run.
std::vector<Case> short_matrix();
// All of the table. `more`: further occurrences of each fault, for the long form.
std::vector<Case> matrix(int more);
// "log.sync" of "log.sync@2:eio".
std::string point_of(const std::string& fault);

}  // namespace tenon::testing
