// Running one case: in the sandbox, and as a control without it.
#pragma once

#include <memory>
#include <string>

#include "hostile/stage.hpp"

namespace hostile {

// What came of a run: a word of cases.hpp, and the words of whoever stopped it.
struct Ended {
  std::string cause, text;
};

// The sandbox as on a machine of this level, with a given worker program.
class Sandboxed {
 public:
  struct Options {
    Level level = Level::full;
    std::string worker, spawner;
    bool no_gate = false;  // as on a kernel without one
    bool no_namespaces = false;
  };
  explicit Sandboxed(Options options);
  ~Sandboxed();
  // Why nothing can run at this level here, or empty.
  std::string unable() const;
  Ended run(const Case& one, const std::string& file, bool at_load);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The deed in a plain process of an ordinary user. cause: done, dies, ends, hangs or the error.
Ended run_control(const Case& one, const std::string& program, const std::string& file);

}  // namespace hostile
