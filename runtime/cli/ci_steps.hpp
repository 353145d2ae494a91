// The steps of `tenon ci run`, each a function of what was asked to what was found.
#pragma once

#include "cli/ci_report.hpp"

namespace tenon::cli {

struct CiOptions {
  std::string folder;   // of the connector
  std::string so;       // an already built one; "" = build it
  std::string build;    // the build's folder; "" = build in `folder`
  std::string check;    // the program tenon-check
  std::string package;  // where the package goes: a file or folder; "" = the build's folder
  std::string waivers;  // for tenon-check; "" = its own default
  bool strict = false;  // a warning of the manifest is a failure
};

// Time since it was made.
class Stopwatch {
 public:
  std::chrono::milliseconds took() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin_);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Each adds to `run` what the later ones need: the manifest's place, the .so, the release.
CiStep ci_lint(const CiOptions& options, CiRun& run);
CiStep ci_build(const CiOptions& options, CiRun& run);
CiStep ci_unit(const CiOptions& options);
// The cases of tenon-check whose names `only` matches.
CiStep ci_cases(const CiOptions& options, const CiRun& run, const std::string& step,
                const std::string& only);
CiStep ci_package(const CiOptions& options, CiRun& run);
CiStep ci_not_run(const std::string& name, const std::string& why);

// Failing items from the answer of `tenon-check --format json`; pure.
std::vector<CiItem> ci_items_of(const nlohmann::json& answer, const CiOptions& options);

}  // namespace tenon::cli
