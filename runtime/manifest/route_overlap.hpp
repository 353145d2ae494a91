// Can two routes take the same event? A cautious answer from what their tests must find.
#pragma once

#include "manifest/workspace.hpp"

namespace tenon::manifest {

// True only if no event can match both: their source lists share no name, or there is a member
// (the type, the event's name, or a pointer under eq or in with texts) for which the two demand
// values that share none. False means "cannot tell": they may well be apart by other tests.
bool apart(const Route& a, const Route& b);

}  // namespace tenon::manifest
