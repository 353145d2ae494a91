// Bodies compared: JSON member by member, anything else as text.
#pragma once

#include <string_view>

#include "shadow/difference.hpp"

namespace tenon::shadow {

constexpr std::size_t kMaxPlaceBytes = 300;  // of a place; a longer one is cut

// JSON that is deeper than kMaxBodyDepth is text. Adds what differs to `out`, at places below
// `root` ("body"). Members are told by name, with "." between ("." within a name is "~1", "~" is
// "~0", the name "*" is "~2"), places in lists by "*". Two objects or lists that mean the same and
// are written in other bytes are a difference, too: at `root`, where nothing else differs.
void compare_bodies(std::string_view before, std::string_view after, std::string_view root,
                    Comparison& out);

}  // namespace tenon::shadow
