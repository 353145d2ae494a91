// Which calls are kept: decisions as plain functions of the call.
#pragma once

#include <string_view>

#include "ports/captured_call.hpp"

namespace tenon {

// The call came to no end, or a record of it was neither taken by the vendor nor skipped.
bool has_failed(const CapturedCall& call);

// Some step was run: where a worker only backed off there is nothing to run again.
bool has_run(const CapturedCall& call);

// By the attempt's name alone, so that every host and every start decides alike. share: 0 to 1.
bool is_sampled(std::string_view attempt, double share);

// At least so many bytes does it have as JSON: what is over the limit is found before it is copied.
std::size_t least_bytes(const CapturedCall& call);

}  // namespace tenon
