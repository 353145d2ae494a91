// Reruns in the log: a replay of events or a redrive of dead letters, from its start to its end,
// and what became of letters that are not redriven.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/attempt.hpp"

namespace tenon {

class Writer;
class Reader;

// Stored: never renumber.
enum class RerunKind : std::uint8_t {
  none = 0,
  replay = 1,   // events of the log, decided again
  redrive = 2,  // deliveries that were given up
};
std::string_view name_of(RerunKind kind);
enum class RerunFate : std::uint8_t {
  none = 0,  // it goes on
  done = 1,
  cancelled = 2,  // what was under way ends, the rest is not sent
  failed = 3,
};
std::string_view name_of(RerunFate fate);

// Begins a rerun of one destination; in every partition. What lies in a partition before this
// record is what is looked at there.
struct RerunStarted {
  RerunId id;
  RerunKind kind = RerunKind::none;
  std::string destination, actor;
  std::uint32_t rate = 0;  // deliveries per second at most; 0: no limit of its own
  // Of a replay: events received in [from, to), of a source ("" = all), that pass a test: the TOML
  // of a route's `when`, "" = all.
  Time from{}, to{};
  std::string source, where;
  // The action is not safe to replay, and the actor said that duplicates are acceptable.
  bool accept_duplicates = false;
  // Of a redrive: which letters; empty, 0: all. `from` and `to`: when they were given up.
  std::uint8_t letter_state = 0;  // a delivery::RowState
  std::string action, reason, vendor_code;
  std::uint32_t http_status = 0;

  bool operator==(const RerunStarted&) const = default;
};

struct RerunItem {
  DeliveryRef delivery;
  std::string action;
  bool letter = false;  // it was given up and is redriven; else it is sent once more

  bool operator==(const RerunItem&) const = default;
};

// A step of a rerun within one partition: what is to be sent, and where it goes on. With a fate:
// its end, in every partition.
struct RerunMoved {
  RerunId id;
  std::string destination;
  Offset decision;                           // of the decision record that is looked at next
  std::uint32_t events = 0;                  // of that record, so many have been looked at
  std::uint64_t looked = 0, left_alone = 0;  // events by this step; deliveries it found under way
  std::vector<RerunItem> items;
  RerunFate fate = RerunFate::none;
  std::string actor, reason;  // of the end

  bool operator==(const RerunMoved&) const = default;
};

// Stored: never renumber.
enum class LetterEnd : std::uint8_t {
  none = 0,
  replaced = 1,  // an edited event goes in its place
  expired = 2,   // kept as long as the workspace says; it stays counted as dead
};
// A letter leaves the list; in the partition of its event.
struct LetterClosed {
  DeliveryRef delivery;
  std::string destination, actor;
  LetterEnd end = LetterEnd::none;
  EventId replaced_by;  // of replaced

  bool operator==(const LetterClosed&) const = default;
};

void put(Writer& out, const RerunStarted& started);
void put(Writer& out, const RerunMoved& moved);
void put(Writer& out, const LetterClosed& closed);
RerunStarted take_rerun_started(Reader& in);
RerunMoved take_rerun_moved(Reader& in);
LetterClosed take_letter_closed(Reader& in);

}  // namespace tenon
