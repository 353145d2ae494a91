// in_child: runs a part of a case in a process of its own.
#pragma once

#include <functional>
#include <string>

namespace tenon::conformance {

// What `body` returned, in a copy of this process that ends right after; at most 64 MiB. A Failure
// inside of it is thrown here, as is one that says how the copy ended, if not as it should.
std::string in_child(const std::function<std::string()>& body);

}  // namespace tenon::conformance
