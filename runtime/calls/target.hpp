// CallTarget: the destination that a call is for, with all that a call needs to know of it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"
#include "manifest/workspace.hpp"

namespace tenon {

// Replaced as a whole when the configuration changes, never changed; calls under way keep theirs.
struct CallTarget {
  std::shared_ptr<const Workspace> workspace;  // owns `destination`
  const Destination* destination = nullptr;
  Manifest manifest;
  std::shared_ptr<const nlohmann::json> settings;  // with defaults, parsed; shared likewise
};

// not_found: its connector is not installed.
Result<CallTarget> target_of(std::shared_ptr<const Workspace> workspace,
                             const Destination& destination,
                             const std::vector<Manifest>& installed);

// Does the release declare this op ("pull", "readback", ...)?
bool can(const Manifest& manifest, std::string_view op);

}  // namespace tenon
