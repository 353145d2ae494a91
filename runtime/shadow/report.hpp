// Report: what two releases did otherwise over many calls, grouped; and whether that was meant.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "manifest/changes.hpp"
#include "shadow/difference.hpp"

namespace tenon::shadow {

// One call in which it was seen. Values are one line, cut to kMaxShown; of captured calls they are
// personal data.
struct Example {
  std::string call;  // attempt, or name of the golden
  std::string before, after;

  bool operator==(const Example&) const = default;
};

// Differences of one kind at one place.
struct KindGroup {
  std::string kind;
  std::uint64_t calls = 0;  // that have it
  std::uint64_t times = 0;  // in all of them
  Example example;          // the first one
  std::string why;          // of changes.toml; "" = it is not listed there

  bool listed() const { return !why.empty(); }
  bool operator==(const KindGroup&) const = default;
};

// All differences of one action at one place.
struct PlaceGroup {
  Rank rank = Rank::other;
  std::string action, place;
  std::uint64_t calls = 0, times = 0;
  std::vector<KindGroup> kinds;  // most calls first

  bool listed() const;
  bool operator==(const PlaceGroup&) const = default;
};

// Calls that one side could not be run on to the end, because it asks for what was not recorded.
struct DivergedGroup {
  std::string action;
  bool newer = true;  // it is the later release that diverged; false: the earlier one
  std::uint32_t step = 0;
  std::string asked, recorded;  // "POST api /v1/contacts/*", ids folded; "" = nothing
  std::uint64_t calls = 0;
  std::string call, asked_text, recorded_text, example_why;  // of the first one
  std::string why;                                           // of changes.toml

  bool listed() const { return !why.empty(); }
  bool operator==(const DivergedGroup&) const = default;
};

struct Report {
  std::string before, after;                // "crm@1.0.0"
  std::string before_digest, after_digest;  // of their .so
  std::string source;                       // which calls: "goldens", "captures of FILE"
  std::uint64_t calls = 0;                  // run on both
  std::uint64_t same = 0, different = 0, diverged = 0;         // add up to `calls`
  std::vector<std::pair<std::string, std::uint64_t>> not_run;  // why, and how many
  std::vector<PlaceGroup> places;          // by rank; what is not listed first; most calls first
  std::vector<DivergedGroup> divergences;  // likewise, without a rank
  std::uint64_t beyond = 0;                // differences that belong to groups over the limits
  std::vector<IntendedChange> not_seen;    // listed in changes.toml, and nothing was so

  // How many groups of a kind, and groups of diverged calls, changes.toml does not list.
  std::size_t unlisted() const;
  // Nothing that is not listed, nothing beyond the limits. Listed and not seen is no fault.
  bool passed() const { return unlisted() == 0 && beyond == 0; }
  bool operator==(const Report&) const = default;
};

}  // namespace tenon::shadow
