// Rebuilding: states folded from offset 0 must equal those that lived through everything.
#pragma once

#include <string>
#include <vector>

#include "sim/world.hpp"

namespace tenon::sim {

// Folds the whole log into fresh states, in memory and (for worlds on SQLite) in files, and says
// where they differ from the live ones; cursors aside.
std::vector<std::string> compare_rebuilt(World& world);

}  // namespace tenon::sim
