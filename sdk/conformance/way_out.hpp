// What to do instead of what a connector cannot do.
#pragma once

#include <string_view>

namespace tenon::conformance {

// For the name of a function or of a system call; never empty.
std::string_view way_out(std::string_view name);

}  // namespace tenon::conformance
