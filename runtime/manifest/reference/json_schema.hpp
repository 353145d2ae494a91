// The JSON Schema (draft 7) of a format, for editors that complete and check TOML.
#pragma once

#include <string>

#include "manifest/format.hpp"

namespace tenon::manifest {

// It knows types, ranges, choices, forms, needs and unknown keys. What ties a key to another part
// of the file (a name that must be declared) only the parser tells.
std::string json_schema_text(const Format& format);

}  // namespace tenon::manifest
