// no_connector: says of a file that cannot be checked what it is instead; nothing is loaded.
#pragma once

#include <string>

namespace tenon::conformance {

// "" for a shared object of this architecture that exports the entry of connectors; else what was
// wanted and what was found, and what to do.
std::string no_connector(const std::string& path);

}  // namespace tenon::conformance
