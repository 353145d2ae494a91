// A command line that is run in this process, and what came of it.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/session.hpp"

namespace tenon::cli {

struct Ran {
  int code = 0;
  std::string out, err;
};

inline Ran tenon(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "tenon");
  std::vector<char*> raw;
  for (auto& argument : arguments) raw.push_back(argument.data());
  std::ostringstream out, err;
  Ran ran;
  ran.code = run(static_cast<int>(raw.size()), raw.data(), out, err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

}  // namespace tenon::cli
