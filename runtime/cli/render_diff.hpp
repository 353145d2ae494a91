// A shadow diff for a terminal.
#pragma once

#include <string>

#include "cli/text.hpp"
#include "shadow/report.hpp"

namespace tenon::cli {

// Outcomes first; a before and after for each kind of change; the verdict last.
std::string render_diff(const shadow::Report& report, const Style& style);

}  // namespace tenon::cli
