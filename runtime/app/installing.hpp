// The releases that are found on disk go into the runtime, each with the isolation that it gets.
#pragma once

#include <string>
#include <vector>

#include "backends/sandbox/sandbox_runtime.hpp"
#include "hosting/catalog.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

// How a catalog looks at files.
CatalogFiles catalog_files();

// One release into the runtime. `not_isolated`: as below.
void install(const InstalledRelease& release, const std::vector<std::string>& not_isolated,
             SandboxRuntime& runtime, Telemetry& telemetry);

// All of them. `not_isolated`: ids of connectors that run with the host's rights. invalid: one that
// is not installed.
Result<void> install(const ReleaseCatalog& catalog, const std::vector<std::string>& not_isolated,
                     SandboxRuntime& runtime, Telemetry& telemetry);

}  // namespace tenon::app
