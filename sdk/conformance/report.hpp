// Report: findings as text for people, JSON and JUnit XML for programs.
#pragma once

#include <string>
#include <vector>

#include "conformance/runner.hpp"

namespace tenon::conformance {

struct Counts {
  int passed = 0, failed = 0, skipped = 0;  // failed: fail, crash and timeout
};
Counts count(const std::vector<Finding>& findings);

// "N passed, M failed, K skipped"; the last line of the text form, alone on stderr in the others.
std::string summary(const Counts& counts);
std::string as_text(const Finding& finding);
std::string as_json(const std::string& subject, const std::vector<Finding>& findings);
std::string as_junit(const std::string& subject, const std::vector<Finding>& findings);

}  // namespace tenon::conformance
