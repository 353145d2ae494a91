// The manifest inside a connector as it stands there, for lint; read_manifest parses it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace tenon {

// The TOML of the section .tenon_manifest, not parsed; fails as read_manifest does.
Result<std::string> read_manifest_text(const std::string& so_path);

}  // namespace tenon
