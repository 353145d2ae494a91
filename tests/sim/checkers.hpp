// Checkers: what must hold when a world has come to rest; exact, without tolerance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/world.hpp"

namespace tenon::sim {

struct Verdicts {
  std::vector<std::string> problems;  // empty = all holds
  std::uint64_t trace = 0;            // hash of all records of the log
  double hours = 0;                   // virtual ones; filled by who ran the world
  std::string story;                  // for people, if the world keeps its trace
  std::uint64_t events = 0, deliveries = 0, applications = 0, records = 0;
};

// After world.run():
//   acknowledged events are in the log, decided under the configuration in force, and each of their
//   deliveries is applied at the vendor or at rest for a reason that is true;
//   nothing was applied that was not decided; nothing counts as delivered that was not applied;
//   first applications of a key are in the order of the log; a confirmed one is never repeated, a
//   ONCE request only after a redrive or where the destination says so;
//   live counts equal a recount over the log; states rebuilt from offset 0 equal the live ones.
Verdicts check(World& world);

}  // namespace tenon::sim
