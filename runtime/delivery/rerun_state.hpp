// RerunState: what the fold knows of a rerun: what was asked, how far it is, what became of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/rerun.hpp"

namespace tenon::delivery {

constexpr std::size_t kMaxRerunsKept = 50;  // of one destination; older ended ones are forgotten

struct RerunState {
  // Where it stands in one partition.
  struct Part {
    bool started = false, ended = false;
    Offset end;                // decisions before it are looked at: the place of its start
    Offset decision;           // the one that is looked at next
    std::uint32_t events = 0;  // of that one, so many have been looked at

    bool operator==(const Part&) const = default;
  };

  RerunStarted asked;
  Time started{}, ended{};
  RerunFate fate = RerunFate::none;
  std::string ended_by, reason;
  std::vector<Part> parts;       // one for each partition
  std::uint64_t looked = 0;      // events; of a redrive: letters
  std::uint64_t left_alone = 0;  // deliveries that were still under way by themselves
  std::uint64_t taken = 0;       // deliveries that it wants sent; of these ...
  std::uint64_t letters = 0;     // ... were given up before, and count as live ones again
  std::uint64_t delivered = 0, skipped = 0, given_up = 0, cancelled = 0;
  std::uint64_t waiting = 0;  // taken and not at rest yet

  bool complete() const;  // its records stand in every partition
  bool operator==(const RerunState&) const = default;
};

RerunState rerun_state_of(const RerunStarted& asked, Time started);
std::string encode(const RerunState& state);
Result<RerunState> decode_rerun_state(std::string_view bytes);

}  // namespace tenon::delivery
