// Profile: what one seed is made of: sizes, faults and their odds; and the planted bugs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::sim {

// A bug on purpose, planted in the simulation's own ports: the checkers must find each of them.
enum class Mutant : std::uint8_t {
  none,
  ack_before_fsync,            // the log says "durable" when a record is only placed
  missing_outcome_is_success,  // a record that the connector forgot counts as accepted
  batch_dead_for_one,          // one bad row, and the whole batch is rejected
  new_key_per_try,             // the vendor sees another idempotency key with each attempt
  begin_not_recorded,          // the begin of an attempt never reaches the log
  retry_out_of_order,          // order keys are forgotten, so a retry is overtaken
  retry_after_ignored,         // the host never sees the vendor's Retry-After
  timeout_is_success,          // no answer in time counts as an answer of 200
  full_bucket_after_restart,   // leases are not recorded
  delivered_without_answer,    // outcomes are rewritten to "delivered" on their way to the log
  fsync_retried,               // a sync that failed is tried again, and then believed
  drop_on_429,                 // "slow down" is taken for "no"
  replay_starts_over,          // how far a replay is, is not recorded
  redrive_ignores_filter,      // a redrive takes up all letters, whichever were asked for
  order_lost_on_restart,       // what waited before a restart has lost its order key
  counts_lost_on_restart,      // a restart's first commit leaves the counts out
  done_before_send,            // success is recorded before the request leaves
  outcomes_alone,              // a record of outcomes tells of its own partition only
};
std::string_view name_of(Mutant mutant);

// What a vendor takes, and the connector that speaks to it.
struct VendorShape {
  int max_records = 1, per_request = 10;
  int limit = 30, window_ms = 1'000, concurrency = 1;
};

// Chances are in thousandths per occasion. The zero value is a world in which nothing goes wrong.
struct Profile {
  std::uint64_t seed = 0;
  int actions = 60;      // of the outside world: requests, crashes, commands
  int pause_ms = 8'000;  // the longest between two actions
  int hot_keys = 3, cold_keys = 40;
  bool sqlite = false;       // real SQLite files for the state
  bool resend_once = false;  // on_ambiguous of the ONCE destination
  bool once_reads = false;   // what went to the ONCE destination can be read back
  VendorShape single, bulk, once, healthy;
  int healthy_ones = 0;  // further destinations: each gets all tracks
  // The vendors.
  int too_many = 0, error_500 = 0, error_503 = 0, timeout = 0, lost = 0, no_connection = 0;
  int does_nothing = 0, garbage = 0, busy = 0, half_applied = 0;
  int latency_ms = 50;
  int transit_ms = 0;  // the longest that a request is on its way; some overtake others
  // The connectors.
  int dies = 0, hangs = 0, forgets = 0, lies = 0, killer_events = 0, poison_events = 0;
  // The host and its operator.
  int crash = 0, stop = 0, disk_full = 0, disk_error = 0, pause = 0, skip = 0, redrive = 0,
      configure = 0, duplicate = 0, rerun = 0;
  int clock_jump = 0;  // the wall clock is set forward
  std::string text() const;
};
Profile profile_of(std::uint64_t seed);
// Of all destinations, sorted; a destination has the name of its connector and vendor.
std::vector<std::string> destinations_of(const Profile& profile);

}  // namespace tenon::sim
