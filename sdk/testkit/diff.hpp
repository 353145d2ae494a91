// Diff: where two JSON values differ, field by field, shown so that the eye finds the place at
// once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "testkit/transcript.hpp"

namespace tenon::testkit {

struct Difference {
  std::string path;                   // JSON pointer
  std::optional<Json> wanted, found;  // nothing: not there
  std::string note;  // what the two values do not show; without values: all there is
  bool operator==(const Difference&) const = default;
};
using Differences = std::vector<Difference>;

// Adds to `out` where `found` is not as `wanted`, below `path`. Members and their order count.
void compare(const Json& wanted, const Json& found, const std::string& path, Differences& out);
// The same for an object of which only the members that `wanted` names count.
void compare_named(const Json& wanted, const Json& found, const std::string& path,
                   Differences& out);

// For people: each place, and under it what was wanted and found; at most kMostShown of them.
inline constexpr std::size_t kMostShown = 20;
std::string shown(const Differences& differences);
// The same in words of change: was, is.
std::string shown_as_change(const Differences& differences);

// `path`/`name`, escaped as JSON pointer.
std::string below(const std::string& path, const std::string& name);
std::string below(const std::string& path, std::size_t index);

}  // namespace tenon::testkit
