// What all runs came to: a table for people, JUnit for machines, one line for ci.
#pragma once

#include <string>
#include <vector>

#include "hostile/runs.hpp"

namespace hostile {

struct Run {
  const Case* one = nullptr;
  Level level = Level::full;
  bool at_load = false;
  Ended ended;
  bool host_lives = true;
  // Stopped, and by what had to stop it.
  bool contained() const;
  // Not stopped, and known to be so: told in README.md.
  bool known() const;
};
// One line for each, to hand them from one process to another; and back.
std::string lines_of(const std::vector<Run>& runs);
std::vector<Run> runs_of(const std::string& lines);

struct Control {
  const Case* one = nullptr;
  Ended ended;
  bool tried = false;
  // Did it do what it must, or is it told why not?
  bool fine() const;
  bool succeeded() const;
};
struct Mutant {
  std::string name, caught_by;  // caught_by: the case and what came of it; empty: not caught
};

struct Report {
  std::vector<Run> runs;
  std::vector<Control> controls;
  std::vector<Mutant> mutants;
  std::vector<std::string> skipped;  // what could not run here, and why

  bool passed() const;
  std::string table() const;
  std::string junit() const;
  std::string line() const;  // `cases=... contained=...`
};

}  // namespace hostile
