// ConformanceStep: tenon-check as a step of a rollout, in a process of its own; the host goes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "backends/conformance/conformance_run.hpp"
#include "backends/package_store/package_store.hpp"
#include "event/rollouts.hpp"
#include "hosting/catalog.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

// Owned by the Host and outliving the step.
struct ConformanceDoors {
  const ReleaseCatalog& catalog;
  PackageStore& store;
  Clock& clock;
  Telemetry& telemetry;
  std::function<std::shared_ptr<const Workspace>()> workspace;  // in force
  std::string confine, check;                                   // paths of the programs
  std::string folder;                                           // for the files of a run
};

// One thread.
class ConformanceStep {
 public:
  explicit ConformanceStep(ConformanceDoors doors) : doors_(std::move(doors)) {}

  // What tenon-check says of an installed release, with the goldens of its package; or that it is
  // not asked for: [rollout] conformance. A failed suite is a verdict, not an error.
  //   not_found: no such release. conflict: another release is being looked at, or goldens are
  //   required and it has none. Else as of ConformanceRun: the suite could not be run, so nothing
  //   is known.
  Task<Result<ConformanceVerdict>> look(std::string connector, std::string version);

 private:
  // Nothing: the suite is not to be run, and `verdict.why` says why.
  Result<std::optional<ConformancePlan>> plan(const InstalledRelease& release,
                                              ConformanceVerdict& verdict);

  ConformanceDoors doors_;
  bool busy_ = false;
};

// Why a release with this verdict is not started: the cases that failed, and what can be done.
std::string refusal_of(const std::string& release, const ConformanceVerdict& verdict);

}  // namespace tenon::app
