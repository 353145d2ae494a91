// The manifest inside a connector as it stands there, for lint; read_manifest parses it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

// The TOML of the section .tenon_manifest, not parsed; fails as read_manifest does.
Result<std::string> read_manifest_text(const std::string& so_path);
// The same for the bytes of a .so; `place` names them in errors.
Result<std::string> manifest_text_in(std::string_view so, const std::string& place);

}  // namespace tenon
