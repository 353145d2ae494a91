// Reads the layout out of the debug information of a shared object: what the compiler really did.
#pragma once

#include <string>

#include "abi/layout.hpp"

namespace tenon::abi {

// The layout of the headers below a folder `tenon`, as `file` (built from the probe with -g and
// -fno-eliminate-unused-debug-types) knows them. Throws std::runtime_error with the reason if it
// cannot be read or if a header holds what no ABI may: a draft, a union, a bit-field, a struct
// without a name.
Layout read_layout(const std::string& file);

}  // namespace tenon::abi
