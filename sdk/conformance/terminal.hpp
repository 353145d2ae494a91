// Terminal: a run told to people while it goes on.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "conformance/report.hpp"

namespace tenon::conformance {

// On a terminal a line per group, with what is not good below it, and one line at the end that is
// written over while cases run. In a pipe a line per case and nothing else, without colour.
class Terminal {
 public:
  struct Manner {
    bool terminal = false, color = false;
    std::size_t columns = 80;
  };
  // That of standard output: NO_COLOR and TERM=dumb are respected.
  static Manner of_stdout();

  Terminal(std::ostream& out, const RunInfo& info, Manner manner, std::size_t cases)
      : out_(out), info_(info), manner_(manner), cases_(cases) {}

  void begin(const std::string& about);
  void found(const Finding& finding);
  void goes_on(const std::string& name, std::size_t ended);
  // Counts; the slowest; what RunInfo::told says by now.
  void end(const std::vector<Finding>& findings);

 private:
  void end_group();
  void erase();
  std::string painted(const char* color, const std::string& text) const;
  std::string painted(Verdict verdict, const std::string& text) const;

  std::ostream& out_;
  const RunInfo& info_;
  const Manner manner_;
  const std::size_t cases_;
  std::vector<Finding> group_;  // on a terminal: those of the group that is not over
  bool shows_line_ = false;
};

}  // namespace tenon::conformance
