// Report: findings as text for people, and as JSON, JUnit XML, TAP and one HTML page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/runner.hpp"

namespace tenon::conformance {

// What was checked, and how; the same for each finding of a run.
struct RunInfo {
  std::string program = "tenon-check";  // as one would start it again
  std::string so, golden, against, model;
  std::string release;  // of the manifest; "" where it cannot be read
  std::uint64_t seed = 1;
  std::uint64_t usual_seed = 1;
  std::vector<std::string> told;  // about the run as a whole: waivers that are not needed
  std::chrono::milliseconds took{0};
};

// Each finding counts once.
struct Counts {
  int passed = 0, failed = 0, skipped = 0;  // failed: fail, crash and timeout
  int warned = 0, waived = 0;
};
Counts count(const std::vector<Finding>& findings);

// "N passed, M failed, K skipped", and what was warned and waived if there is any; the last line of
// the text form, alone on stderr in the others.
std::string summary(const Counts& counts);
// The same without the zeros: "3 passed, 1 failed".
std::string short_summary(const Counts& counts);
// The part of a case's name before its dot.
std::string group_of(const std::string& name);
std::string seconds_text(std::chrono::milliseconds took);  // "0.3 s"

// What a shell understands: that case alone, under gdb.
std::string debugger_line(const RunInfo& info, const std::string& name);

// "verdict name what-or-why", and for what is not good lines with the rest.
std::string as_text(const RunInfo& info, const Finding& finding);
std::string as_json(const RunInfo& info, const std::vector<Finding>& findings);
std::string as_junit(const RunInfo& info, const std::vector<Finding>& findings);
std::string as_tap(const RunInfo& info, const std::vector<Finding>& findings);
// Self-contained: no script, nothing loaded from elsewhere.
std::string as_html(const RunInfo& info, const std::vector<Finding>& findings);

// For XML and HTML; what neither can carry becomes "?".
std::string escaped(const std::string& text);
// For a terminal: control characters become "?", lines stay.
std::string harmless(const std::string& text);

}  // namespace tenon::conformance
