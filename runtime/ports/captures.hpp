// Captures as they are asked for: which calls are kept, and what is known of each without reading
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "event/event_id.hpp"

namespace tenon {

// One kept call, from the index.
struct CaptureInfo {
  std::uint64_t place = 0;  // rises with each call; a cursor
  std::string attempt, destination, release, action, op;
  std::string failure;  // of the call as a whole; empty: it came to its end
  Time at{};
  std::uint32_t took_ms = 0;
  std::uint32_t records = 0;
  std::uint32_t steps = 0;
  bool failed = false;      // the call failed, or a record of it was neither taken nor skipped
  std::uint64_t bytes = 0;  // as a line of JSON
};

// Empty texts fit all. Newest first.
struct CaptureQuery {
  std::string destination, connector, release, attempt;
  std::optional<DeliveryId> delivery;  // only calls with this one among their records
  Time since{};
  bool failed = false;       // only those that did
  std::uint64_t before = 0;  // only those of a lower place; 0: all
  std::size_t limit = 50;
};

struct CaptureStatus {
  bool on = false;
  std::string off_because;      // empty where it is on, or where nobody wants it
  std::uint64_t calls = 0;      // that can be read now
  std::uint64_t bytes = 0;      // of files
  std::uint64_t budget = 0;     // bytes
  Time oldest{};                // of those calls
  std::uint64_t files = 0;      // all of them
  std::uint64_t locked = 0;     // of the files: sealed under a key that is gone
  std::uint64_t damaged = 0;    // boxes that did not open, since the start
  std::uint64_t kept = 0;       // calls, since the start
  std::uint64_t too_large = 0;  // calls not kept for their size
  std::uint64_t too_many = 0;   // calls not kept since too many waited to be written
  std::uint64_t no_disk = 0;    // calls not kept since they could not be written
};

}  // namespace tenon
