// Profiles: each seed switches each fault off, on or far up, so that faults meet in many ways.
#include "sim/profile.hpp"

#include "backends/memory/seeded_random.hpp"

namespace tenon::sim {

std::string_view name_of(Mutant mutant) {
  switch (mutant) {
    case Mutant::none: return "none";
    case Mutant::ack_before_fsync: return "ack_before_fsync";
    case Mutant::missing_outcome_is_success: return "missing_outcome_is_success";
    case Mutant::batch_dead_for_one: return "batch_dead_for_one";
    case Mutant::new_key_per_try: return "new_key_per_try";
    case Mutant::outcomes_alone: return "outcomes_alone";
    case Mutant::begin_not_recorded: return "begin_not_recorded";
    case Mutant::retry_out_of_order: return "retry_out_of_order";
    case Mutant::retry_after_ignored: return "retry_after_ignored";
    case Mutant::timeout_is_success: return "timeout_is_success";
    case Mutant::full_bucket_after_restart: return "full_bucket_after_restart";
    case Mutant::delivered_without_answer: return "delivered_without_answer";
    case Mutant::fsync_retried: return "fsync_retried";
    case Mutant::drop_on_429: return "drop_on_429";
    case Mutant::replay_starts_over: return "replay_starts_over";
    case Mutant::redrive_ignores_filter: return "redrive_ignores_filter";
    case Mutant::order_lost_on_restart: return "order_lost_on_restart";
    case Mutant::counts_lost_on_restart: return "counts_lost_on_restart";
    case Mutant::done_before_send: return "done_before_send";
  }
  return "none";
}

Profile profile_of(std::uint64_t seed) {
  SeededRandom dice(seed * 7919 + 17);
  const auto odds = [&](int usual, int high) {
    const auto which = dice.below(6);
    return which < 3 ? 0 : which < 5 ? usual : high;
  };
  Profile p;
  p.seed = seed;
  p.actions = 30 + static_cast<int>(dice.below(40));
  p.hot_keys = 1 + static_cast<int>(dice.below(4));
  p.cold_keys = 5 + static_cast<int>(dice.below(60));
  p.sqlite = dice.once_in(10);
  p.resend_once = dice.once_in(2);
  const bool tight = seed % 3 == 0;
  p.single = {1, 1, tight ? 8 : 40, 1'000, 1 + static_cast<int>(seed % 4)};
  p.bulk = {20, 10, tight ? 5 : 20, 2'000, 1 + static_cast<int>(seed % 3)};
  p.once = {dice.once_in(2) ? 1 : 4, 10, 30, 1'000, 1 + static_cast<int>(seed % 2)};
  p.too_many = odds(40, 250);
  p.error_500 = odds(40, 300);
  p.error_503 = odds(30, 200);
  p.timeout = odds(20, 150);
  p.lost = odds(30, 250);
  p.no_connection = odds(40, 300);
  p.does_nothing = odds(30, 200);
  p.garbage = odds(20, 150);
  p.busy = odds(30, 200);
  p.half_applied = odds(20, 150);
  p.latency_ms = dice.once_in(3) ? 1'500 : 60;
  p.dies = odds(15, 120);
  p.hangs = odds(10, 60);
  p.forgets = odds(20, 150);
  p.lies = odds(30, 200);
  p.killer_events = odds(5, 30);
  p.poison_events = odds(30, 150);
  p.crash = odds(40, 150);
  p.stop = odds(20, 60);
  p.disk_full = odds(15, 50);
  p.disk_error = odds(15, 60);
  p.pause = odds(20, 60);
  p.skip = odds(8, 30);
  p.redrive = odds(30, 100);
  p.configure = odds(20, 60);
  p.duplicate = odds(50, 200);
  // Hours of quiet between bursts, as at night: leases, waits and states grow old.
  const int paces[] = {8'000, 8'000, 3'600'000, 14'400'000};
  p.pause_ms = paces[dice.below(4)];
  if (seed % 5 == 4) p.rerun = 100;
  // A restart takes the age of leases from the wall clock, so the two do not meet in one world.
  if (p.crash + p.stop + p.disk_error == 0) p.clock_jump = odds(20, 100);
  p.once_reads = dice.once_in(2);
  const int transits[] = {0, 20, 400};
  p.transit_ms = transits[seed % 3];
  return p;
}

std::vector<std::string> destinations_of(const Profile& profile) {
  std::vector<std::string> names{"bulk"};
  for (int i = 0; i < profile.healthy_ones; ++i) {
    names.push_back(std::string("healthy") + static_cast<char>('a' + i));
  }
  names.insert(names.end(), {"once", "single"});
  return names;
}

std::string Profile::text() const {
  std::string out = "seed " + std::to_string(seed) + ":";
  const auto say = [&](const char* name, int value) {
    if (value != 0) out += std::string(" ") + name + "=" + std::to_string(value);
  };
  say("actions", actions), say("hot_keys", hot_keys), say("sqlite", sqlite ? 1 : 0);
  say("resend_once", resend_once ? 1 : 0), say("once_reads", once_reads ? 1 : 0);
  say("once_batch", once.max_records);
  say("too_many", too_many), say("error_500", error_500), say("error_503", error_503);
  say("timeout", timeout), say("lost", lost), say("no_connection", no_connection);
  say("does_nothing", does_nothing), say("garbage", garbage), say("busy", busy);
  say("half_applied", half_applied), say("latency_ms", latency_ms), say("dies", dies);
  say("transit_ms", transit_ms), say("hangs", hangs), say("forgets", forgets), say("lies", lies);
  say("killer_events", killer_events), say("poison_events", poison_events), say("crash", crash);
  say("stop", stop), say("disk_full", disk_full), say("disk_error", disk_error);
  say("pause", pause), say("skip", skip), say("redrive", redrive), say("configure", configure);
  say("rerun", rerun), say("duplicate", duplicate), say("pause_ms", pause_ms),
      say("clock_jump", clock_jump);
  return out;
}

}  // namespace tenon::sim
