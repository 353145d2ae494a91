// The rules of the house that a program can keep: each gives what it found, where, and the cure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "layers/config.hpp"
#include "layers/source.hpp"

namespace tenon::layers {

struct Finding {
  std::string path;
  int line = 0;
  std::string rule;
  std::string cure;  // what was found and what to do instead
  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

// Direction of includes, third-party headers in their places, no cycle between folders.
Findings check_includes(const Config& config, const std::vector<SourceFile>& files);

// Calls that belong behind a port.
Findings check_calls(const Config& config, const SourceFile& file);

// Purpose on line one, nothing left to do, no vendor's name in the runtime.
Findings check_text(const Config& config, const SourceFile& file);

// Names of the structs in the tree that have no constructor of their own.
std::set<std::string> find_aggregates(const std::vector<SourceFile>& files);

// Expressions that g++ 12 compiles into a double free (house rule: name it, then await it), and
// capturing lambdas that are coroutines.
Findings check_awaits(const Config& config, const std::set<std::string>& aggregates,
                      const SourceFile& file);

// All of them, in order of place.
Findings check_tree(const Config& config, std::vector<SourceFile> files);

}  // namespace tenon::layers
