// changes.toml: the differences to the release before it that the author of a release means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tenon {

constexpr std::size_t kMaxIntendedChanges = 500;  // entries of one file

// One [[change]]. It speaks of all differences of one action at one place (shadow/README.md lists
// the places); with `kind`, of those of that kind alone.
struct IntendedChange {
  std::string action;  // "upsert_contact", "check", "readback/upsert_contact"
  std::string field;   // "body.properties.phone", "outcome", "diverged"
  std::string kind;    // "now E.164"; "" = any
  std::string why;     // for people; never empty

  bool speaks_of(std::string_view an_action, std::string_view a_field,
                 std::string_view a_kind) const {
    return action == an_action && field == a_field && (kind.empty() || kind == a_kind);
  }
  bool operator==(const IntendedChange&) const = default;
};

// In the order of the file. `place` is the name that errors begin with. invalid: not TOML, an
// unknown or a missing key, a value of the wrong type, an entry twice; all mistakes at once, each
// with its line.
Result<std::vector<IntendedChange>> parse_changes(std::string_view toml, std::string_view place);

}  // namespace tenon
