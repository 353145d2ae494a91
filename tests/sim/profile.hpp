// Profile: what one seed is made of: sizes, faults and their odds; and the planted bugs.
#pragma once

#include <cstdint>
#include <string>

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
};
std::string_view name_of(Mutant mutant);
constexpr Mutant kLastMutant = Mutant::delivered_without_answer;

// Chances are in thousandths per occasion.
struct Profile {
  std::uint64_t seed = 0;
  int actions = 60;  // of the outside world: requests, crashes, commands
  int hot_keys = 3, cold_keys = 40;
  bool sqlite = false;       // real SQLite files for the state
  bool resend_once = false;  // on_ambiguous of the ONCE destination
  int once_batch = 1;
  // The vendors.
  int too_many = 0, error_500 = 0, error_503 = 0, timeout = 0, lost = 0, no_connection = 0;
  int does_nothing = 0, garbage = 0, busy = 0, half_applied = 0;
  int latency_ms = 50;
  // The connectors.
  int dies = 0, hangs = 0, forgets = 0, lies = 0, killer_events = 0, poison_events = 0;
  // The host and its operator.
  int crash = 0, stop = 0, disk_full = 0, disk_error = 0, pause = 0, skip = 0, redrive = 0,
      configure = 0, duplicate = 0;
  std::string text() const;
};
Profile profile_of(std::uint64_t seed);

}  // namespace tenon::sim
