// The rules by which the ABI grows: is this layout a lawful successor of what was promised?
#pragma once

#include <string>
#include <vector>

#include "abi/table.hpp"

namespace tenon::abi {

struct Comparison {
  std::size_t kept = 0;               // lines of the table that hold
  std::vector<std::string> broken;    // promises of a released minor, or rules of growth
  std::vector<std::string> changed;   // lines of the open minor: allowed, if the table says so too
  std::vector<std::string> appended;  // lawful, and not yet in the table
  bool lawful() const { return broken.empty(); }
  bool current() const { return lawful() && changed.empty() && appended.empty(); }
};

// Every message names struct and field (or value), what was wanted and what was found.
Comparison compare(const Table& promised, const Layout& found);

// The table that says what `found` is: released lines stay, all else becomes the open minor
// `found.minor`. Only for a lawful layout.
Table successor(const Table& promised, const Layout& found);

}  // namespace tenon::abi
