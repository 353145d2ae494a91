// tenon-check --bundle: runs a captured call again, in a process of its own or in this one.
#pragma once

#include <string>

#include "conformance/runner.hpp"

namespace tenon::conformance {

// Tells the run on stdout. 0: as recorded, its end by signal or time included; 1: it differs; 2:
// bundle or connector cannot be used.
int check_bundle(const std::string& so, const std::string& bundle, const RunOptions& options);

}  // namespace tenon::conformance
