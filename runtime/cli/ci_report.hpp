// What a run of `tenon ci run` found: as lines for people, JSON, JUnit XML and SARIF. Pure.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/text.hpp"

namespace tenon::cli {

enum class CiVerdict { good, bad, skipped };

// One thing that a step looked at: a case of tenon-check, a test, a mistake in the manifest.
struct CiItem {
  std::string name;
  std::string result;  // pass, warn, skip, waived; any other word is a failure
  std::string text;    // what was seen; lines
  std::string help;    // what was expected, why it matters, how to see it; lines
  std::string rule;    // what it is about in one sentence; for SARIF
  std::string file;    // where it is, as the run was given it; "" = the manifest
  int line = 0;        // 0 = the file as a whole
  std::chrono::milliseconds took{0};

  bool failed() const {
    return result != "pass" && result != "warn" && result != "skip" && result != "waived";
  }
};

struct CiStep {
  std::string name;  // lint, build, unit, goldens, check, scan, package
  CiVerdict verdict = CiVerdict::good;
  std::string about;  // one line: what was done, or why it was not
  std::vector<CiItem> items;
  std::string log;  // of a failure: the end of what programs printed
  std::chrono::milliseconds took{0};
};

struct CiRun {
  std::string folder, so, release, manifest, package;
  std::vector<CiStep> steps;

  bool good() const;
  // Steps that failed, for the last line.
  std::string failed_steps() const;
};

std::string ci_step_text(const CiStep& step, const Style& style);
std::string ci_verdict_text(const CiRun& run, const Style& style);
nlohmann::json ci_json(const CiRun& run);
// One suite per step.
std::string ci_junit(const CiRun& run);
// SARIF 2.1.0: failures as errors, warnings and waived cases as warnings and notes. Paths are as
// the run was given them: from the root of a repository they fit its code scanning.
std::string ci_sarif(const CiRun& run);

}  // namespace tenon::cli
