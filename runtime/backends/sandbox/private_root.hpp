// A worker's own root: the libraries of wire/libraries.hpp and its .so, read-only, and nothing
// else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::sandbox {

constexpr const char* kConnectorFolder = "/connector";  // where the .so lies in it

// What to lay out, prepared before the clone; carried out by the child with system calls alone.
struct RootPlan {
  enum class Kind : std::uint8_t { folder, link, mount_file };
  struct Step {
    Kind kind = Kind::folder;
    std::string source;  // a path outside, or the text of a link
    std::string target;  // below the new root, without a leading slash
  };
  std::vector<Step> steps;
};

// Looks where this program has its libraries; `so_path` empty: none is laid out.
RootPlan plan_root(const std::string& so_path);

// In the child, with the rights of its namespaces: makes the root and enters it, with the folder of
// the connector as current one. The name of the step that failed (errno says why), or null.
const char* enter_root(const RootPlan& plan);

}  // namespace tenon::sandbox
