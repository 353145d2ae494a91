// One request against the one that stands at its place.
#pragma once

#include "ports/connector_runtime.hpp"
#include "shadow/difference.hpp"

namespace tenon::shadow {

void compare_request(const ConnectorRequest& before, const ConnectorRequest& after,
                     Comparison& out);

}  // namespace tenon::shadow
