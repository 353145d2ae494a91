// The connectors' folders as a catalog sees them: which files, and which bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tenon::sandbox {

constexpr std::uint64_t kMaxConnectorBytes = 64u << 20;  // of one .so

// Paths of the regular .so files directly in a folder, sorted. not_found: no such folder.
Result<std::vector<std::string>> list_connectors(const std::string& folder);
// digest_hex of the file. invalid: larger than any connector may be.
Result<std::string> digest_of_file(const std::string& path);

}  // namespace tenon::sandbox
