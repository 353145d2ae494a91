// How far the log may be forgotten: a plain function of places, needs and now.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "event/record.hpp"

namespace tenon::retention {

struct Rules {
  std::chrono::hours keep{24 * 30};          // younger records stay, unless `most_bytes` says no
  std::chrono::hours keep_resting{24 * 90};  // the same for events of deliveries that rest
  std::uint64_t most_bytes = 0;              // of the whole log; 0: no bound
};

// Where a chunk begins, so that all before it may go; and the stamp of its first record, than which
// nothing before it is younger.
struct Cut {
  Offset at;
  Time stamp;
};

// Why records from a place on must stay, as a word for people: "pipeline", "destination crm".
struct Need {
  std::string who;
  Offset from;
};

struct Facts {
  std::vector<Need> needs;  // nothing of these may go, whatever the rules say
  Offset resting_from;      // the oldest event of a delivery that waits for a person
  Offset ids_from;          // the oldest id that duplicates are known by
  std::chrono::seconds dedupe_window{0};
  std::uint64_t excess_bytes = 0;  // of the whole log, over `most_bytes`
};

// May what lies before this cut go? `size` of the chunk that would: it counts against the excess.
struct Judged {
  bool may = false;
  std::string held_by;  // a word; "age" where nothing but its youth keeps it
};
Judged judge(const Cut& cut, const Facts& facts, const Rules& rules, Time now);

}  // namespace tenon::retention
