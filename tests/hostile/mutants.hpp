// Tests of the tests: sandboxes with one layer removed, each of which a case must notice.
#pragma once

#include <string>
#include <vector>

#include "hostile/report.hpp"

namespace hostile {

// Names of the worker programs that lack a lock.
std::vector<std::string> mutant_workers();
// Runs the cases of each mutant's level, those that killed it before first, until one escapes: its
// deed is done, or the host is dead. That another layer stops it counts for nothing.
void run_mutants(Stage& stage, Report& report);

}  // namespace hostile
