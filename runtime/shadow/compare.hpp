// Compare: how two releases differ on one recorded call. A plain function of values.
#pragma once

#include "shadow/difference.hpp"
#include "shadow/replay.hpp"

namespace tenon::shadow {

// Neither may have diverged: there the rest would be a guess. Requests stand against each other by
// their place in the recording. Where the two end differently as a whole ("failure"), what they say
// of records is not compared: it follows from that.
Comparison compare(const CapturedCall& call, const Replayed& before, const Replayed& after);

}  // namespace tenon::shadow
