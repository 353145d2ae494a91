// check_artefact: what a connector's file must not ask of the loader. Read as hostile, never
// loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::sandbox {

// The bytes of a .so: 64-bit x86-64 shared object, no program interpreter, no executable stack, no
// segment that is writable and executable, no relocation of code, no IFUNC (its resolver would run
// before any constructor), no search path, auditor or filter of its own, and no library but those
// of the C and C++ runtime. corrupt: not such a file at all. unsupported: one that asks for more.
Result<void> check_artefact(std::string_view bytes);

// The same for a file; also that not everybody may write it. not_found, unavailable: unreadable.
Result<void> check_artefact_file(const std::string& path);

}  // namespace tenon::sandbox
