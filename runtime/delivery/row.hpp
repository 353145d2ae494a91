// Row: a delivery that did not simply go through: it waits, is held, parked, dead or ambiguous.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/attempt.hpp"

namespace tenon::delivery {

// Stored: never renumber.
enum class RowState : std::uint8_t {
  none = 0,
  retry = 1,      // due at next_at
  held = 2,       // behind an earlier delivery of its key that is not done
  parked = 3,     // waits for a person
  dead = 4,       // a dead letter
  ambiguous = 5,  // maybe applied, not safe to repeat; waits for a person
};
std::string_view name_of(RowState state);
// Does it wait for a person? Then it is a letter: listed, and redriven on request.
bool is_given_up(RowState state);

struct Row {
  PartitionId partition;
  DeliveryRef ref;
  std::string action;
  RowState state = RowState::none;
  std::uint16_t at_most = 0;   // so many may go in one batch with it; 0: as the action says
  bool maybe_applied = false;  // some attempt may have reached the vendor
  std::uint32_t number = 0;    // attempts so far
  std::uint8_t deaths = 0;     // workers that died in a row while it was sent alone
  Time since{};                // when it came into this state
  Time next_at{};              // of retry
  Time age_from{};             // redriven: its age counts from here; 0 = from `ref.received`
  Offset decided;              // of the outcome (or decision) record that last changed it
  // The rerun that took it up last; it goes behind what is live then. 0: none.
  RerunId rerun;
  std::uint32_t http_status = 0;
  std::string release, reason, vendor_code, vendor_ref, detail;  // of the last attempt

  bool operator==(const Row&) const = default;
};

std::string encode(const Row& row);
Result<Row> decode_row(std::string_view bytes);

// State keys of a destination. Numbers are big-endian, so that order is by number:
//   "b"                              number of rows in state retry or held
//   "c" partition                    watermark, counted-to, outcomes-to: three offsets
//   "d" next_at partition event id   as "q", of rows that belong to a rerun
//   "g" version                      content of a configuration that rows or decisions may need
//   "h" state reason                 number of letters (signed)
//   "i" delivery id                  key of its row
//   "j" rerun id                     a rerun and how far it is: rerun_state.hpp
//   "k" partition key event id       a row that blocks its lane (retry, held), oldest first
//   "n" hour source kind             count (signed)
//   "p"                              paused: stamp, flag, reason, actor
//   "q" next_at partition event id   a row in state retry, earliest first
//   "r" rerun id partition event id  a row of a rerun in state retry or held
//   "s" partition                    deliveries decided before this offset are skipped
//   "t" state since partition event id   a letter, oldest first: what lists are filtered by
//   "v"                              layout of this state; another one is built anew from the log
//   "u" stamp                        an act of skipping: reason, actor, its place per partition
//   "u" stamp hour                   how many it gave up that were received in that hour (signed)
//   "w"                              the hour from which the counts are whole, where the log had
//                                    forgotten what this state would need
//   "x" partition event id           the row itself
//   "y" hour source reason           count of what is filtered (signed)
std::string row_key(PartitionId partition, const DeliveryRef& ref);
std::string id_key(const DeliveryId& id);
std::string due_key(const Row& row);  // "q" or "d"
std::string rerun_key(const Row& row);
std::string rerun_prefix(RerunId id, PartitionId partition);
std::string row_key_of_rerun(std::string_view rerun_key);
std::string lane_key(const Row& row);
std::string lane_prefix(PartitionId partition, KeyHash key);
std::string letter_key(const Row& row);
std::string letter_prefix(RowState state);
// "x..." of the row that a "q" or "d", "k" or "t" key speaks of.
std::string row_key_of_due(std::string_view due_key);
std::string row_key_of_lane(std::string_view lane_key);
std::string row_key_of_letter(std::string_view letter_key);

}  // namespace tenon::delivery
