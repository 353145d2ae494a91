// The oracles.
#include "sim/checkers.hpp"

#include <algorithm>

#include "async/scope.hpp"
#include "audit/recount.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/assert.hpp"
#include "sim/rebuild.hpp"
#include "sim/story.hpp"
#include "sim/trace.hpp"

namespace tenon::sim {
namespace {

constexpr std::size_t kMostBreaks = 30;
constexpr unsigned kDeathsOfAKiller = 3;

class Checker {
 public:
  Checker(World& world, const Story& story, Verdicts& out)
      : world_(world), ledger_(world.ledger()), story_(story), out_(out) {}

  void run() {
    for (const auto& text : ledger_.violations) problem(text);
    for (const auto& text : story_.problems) problem(text);
    acknowledged();
    for (const auto& [name, delivery] : story_.deliveries) {
      at_rest(delivery);
      repeats(delivery);
      keys(delivery);
      for (const auto& replay : delivery.replays) replayed(delivery, replay);
    }
    reruns();
    applied();
    order();
    counts();
  }

 private:
  void problem(const std::string& text) {
    if (out_.problems.size() < kMostBreaks) out_.problems.push_back(text);
  }
  void problem(const StoryDelivery& delivery, const std::string& text) {
    std::string steps;
    for (const auto& step : delivery.steps) {
      steps += step.kind == StoryStep::Kind::skip ? " skip"
               : step.kind == StoryStep::Kind::redrive
                   ? " redrive"
                   : " " + std::string(name_of(step.fate)) + "(" + step.reason + ")";
    }
    for (const auto& one : applications(delivery.name)) {
      steps += " applied at " + to_rfc3339(one.wall).substr(14, 9);
    }
    problem(delivery.name.first + " " + delivery.name.second + " (n " +
            std::to_string(delivery.event->serial) + ", " + delivery.event->type + ", decided as " +
            std::to_string(delivery.event->variant) + "): " + text + ";" + steps);
  }
  const std::vector<Application>& applications(const RecordName& name) const {
    static const std::vector<Application> kNone;
    const auto found = ledger_.applied.find(name);
    return found == ledger_.applied.end() ? kNone : found->second;
  }
  unsigned of(const std::map<RecordName, unsigned>& all, const RecordName& name) const {
    const auto found = all.find(name);
    return found == all.end() ? 0 : found->second;
  }

  void acknowledged() {
    std::set<std::int64_t> kept;
    for (const auto& [id, event] : story_.events) kept.insert(event.serial);
    for (const std::int64_t serial : world_.acknowledged()) {
      if (!kept.contains(serial)) {
        problem("event n " + std::to_string(serial) + " was acknowledged and is lost");
      }
    }
  }

  // Nothing is left undone, and what was given up was given up for a reason that is true.
  void at_rest(const StoryDelivery& delivery) {
    if (delivery.steps.empty()) return problem(delivery, "was never tried");
    const StoryStep& last = delivery.steps.back();
    if (last.kind == StoryStep::Kind::redrive) return problem(delivery, "was redriven in vain");
    bool delivered = false, redriven = false;
    for (const auto& step : delivery.steps) {
      redriven = redriven || step.kind == StoryStep::Kind::redrive;
      delivered = delivered || step.fate == OutcomeFate::delivered;
      const bool dead = step.fate == OutcomeFate::dead;
      if (dead && step.reason == "vendor_rejected") {
        if (of(ledger_.rejections, delivery.name) == 0) {
          problem(delivery, "is dead, but the vendor never rejected it");
        }
      } else if (dead && step.reason == "kills_worker") {
        if (of(ledger_.deaths, delivery.name) < kDeathsOfAKiller) {
          problem(delivery, "is dead, but it killed no worker by itself often enough");
        }
      } else if (dead && step.reason == "mapping_failed" && redriven) {
        // Redriven under a configuration that has no such route any more.
      } else if (dead || step.fate == OutcomeFate::parked || step.fate == OutcomeFate::skipped ||
                 step.fate == OutcomeFate::none) {
        if (step.kind == StoryStep::Kind::outcome) problem(delivery, "was given up without reason");
      } else if (step.fate == OutcomeFate::ambiguous) {
        if (delivery.name.first != "once" || world_.profile().resend_once) {
          problem(delivery, "is ambiguous, but could be repeated");
        }
      }
    }
    if (delivered && applications(delivery.name).empty()) {
      problem(delivery, "counts as delivered, but the vendor never applied it");
    }
    bool skipped = false;
    for (const auto& step : delivery.steps) {
      if (step.kind == StoryStep::Kind::skip) skipped = true;
      if (step.kind == StoryStep::Kind::redrive) skipped = false;
    }
    if (last.kind == StoryStep::Kind::outcome && last.fate == OutcomeFate::retry && !skipped) {
      problem(delivery, "is left waiting");
    }
  }

  void replayed(const StoryDelivery& delivery, const StoryReplay& replay) {
    const bool open = replay.steps.empty() || replay.steps.back().fate == OutcomeFate::retry ||
                      replay.steps.back().kind == StoryStep::Kind::redrive;
    if (open && !replay.cancelled) problem(delivery, "was replayed, and is left waiting");
    for (const auto& step : replay.steps) {
      if (step.fate == OutcomeFate::dead && step.reason == "vendor_rejected" &&
          of(ledger_.rejections, delivery.name) == 0) {
        problem(delivery, "its replay is dead, but the vendor never rejected it");
      }
    }
  }

  // What each rerun counted adds up, and is as much as the log says.
  void reruns() {
    std::map<RerunId, std::uint64_t> taken;
    for (const auto& [name, delivery] : story_.deliveries) {
      for (const auto& replay : delivery.replays) ++taken[replay.id];
      for (const auto id : delivery.redriven_by) ++taken[id];
    }
    for (const auto& [id, rerun] : world_.reruns()) {
      const std::string name = "rerun " + to_text(id);
      if (rerun.fate == RerunFate::none) problem(name + " does not end");
      const auto sum = rerun.delivered + rerun.skipped + rerun.given_up + rerun.cancelled;
      if (rerun.taken != sum + rerun.waiting || rerun.waiting != 0) {
        problem(name + " took up " + std::to_string(rerun.taken) + ", and tells of " +
                std::to_string(sum) + ", waiting " + std::to_string(rerun.waiting));
      }
      if (rerun.taken != taken[id]) {
        problem(name + " took up " + std::to_string(rerun.taken) + " by its own count, " +
                std::to_string(taken[id]) + " by the log");
      }
    }
  }

  static bool replayed_before(const StoryDelivery& delivery, Time at) {
    return std::any_of(delivery.replays.begin(), delivery.replays.end(),
                       [&](const StoryReplay& replay) { return replay.at <= at; });
  }

  void repeats(const StoryDelivery& delivery) {
    const auto& all = applications(delivery.name);
    std::size_t redrives = 0;
    for (const auto& step : delivery.steps) {
      redrives += step.kind == StoryStep::Kind::redrive ? 1 : 0;
      if (step.fate != OutcomeFate::delivered) continue;
      for (const auto& one : all) {
        if (one.wall > step.at && !replayed_before(delivery, one.wall)) {
          problem(delivery, "was applied again after its delivery");
        }
      }
    }
    // Read back, it need not be sent again to find out, unless the reading tells nothing.
    bool unclear = !world_.profile().once_reads;
    for (const auto& step : delivery.steps) unclear = unclear || step.reason == "read_back_unclear";
    const bool once = delivery.name.first == "once" && (!world_.profile().resend_once || !unclear);
    if (once && all.size() > 1 + redrives) {
      problem(delivery, "was applied " + std::to_string(all.size()) +
                            " times, although it must not be repeated");
    }
  }

  // An attempt that nothing is recorded of can only be made again as it was, under its key.
  void keys(const StoryDelivery& delivery) {
    if (!delivery.replays.empty()) return;  // they have attempts of their own
    const auto& all = applications(delivery.name);
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto& before = all[i - 1];
      const bool told = std::any_of(
          delivery.steps.begin(), delivery.steps.end(),
          [&](const StoryStep& step) { return before.wall <= step.at && step.at <= all[i].wall; });
      if (!told && before.key != all[i].key) {
        problem(delivery, "was repeated under another key than its batch");
      }
    }
  }

  void applied() {
    for (const auto& [name, all] : ledger_.applied) {
      out_.applications += all.size();
      const auto found = story_.deliveries.find(name);
      if (found == story_.deliveries.end()) {
        problem(name.first + " " + name.second + " was applied, but never decided");
      } else if (all.front().serial != found->second.event->serial) {
        problem(found->second, "was applied with the content of another event");
      }
    }
  }

  void order() {
    std::map<std::pair<std::string, std::string>, std::vector<const StoryDelivery*>> lanes;
    for (const auto& [name, delivery] : story_.deliveries) {
      if (!delivery.event->user.empty()) {
        lanes[{name.first, delivery.event->user}].push_back(&delivery);
      }
    }
    for (auto& [lane, all] : lanes) {
      std::sort(all.begin(), all.end(),
                [](const auto* a, const auto* b) { return a->event->offset < b->event->offset; });
      for (std::size_t later = 1; later < all.size(); ++later) {
        const auto& applied = applications(all[later]->name);
        if (applied.empty()) continue;
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
          before(*all[earlier], *all[later], applied.front());
        }
      }
    }
  }

  void before(const StoryDelivery& earlier, const StoryDelivery& later, const Application& first) {
    const auto& applied = applications(earlier.name);
    if (!applied.empty() && applied.front().at < first.at) return;
    const auto given_up = earlier.given_up_at();
    if (given_up && *given_up <= first.wall) return;
    problem(later, "overtook an earlier one of its key, which is:");
    problem(earlier, applied.empty() ? "never applied" : "applied later");
  }

  static Task<void> recount_into(EventLog& log, std::optional<Result<Recount>>& out) {
    auto counted = co_await recount(log, ends_of(log));
    out.emplace(std::move(counted));
  }

  void counts() {
    std::optional<Result<Recount>> counted;
    Scope scope(world_.context().get_executor());
    scope.spawn(recount_into(world_.log(), counted), "recount");
    sim_run(world_.context(), world_.clock(), world_.clock().instant(),
            [&] { return scope.running() == 0; });
    if (!counted || !*counted) return problem("the recount fails");
    const CompletenessCounts total = (*counted)->total();
    if (!total.adds_up()) problem("the recount does not add up");
    if (total.pending + total.undecided > 0) problem("the recount finds pending deliveries");
    auto live = world_.counts();
    auto counted_rows = (*counted)->rows();
    for (const auto& [key, row] : live) counted_rows[key];
    for (const auto& [key, row] : counted_rows) {
      const std::string found = difference(live[key], row);
      const std::string where = to_rfc3339(key.hour).substr(0, 13) + " " +
                                (key.destination.empty() ? std::string("events") : key.destination);
      if (!found.empty()) problem("counts of " + where + ": " + found);
      if (live[key].filtered_by != row.filtered_by) {
        problem("counts of " + where + ": other reasons for what is filtered");
      }
    }
  }

  World& world_;
  const Ledger& ledger_;
  const Story& story_;
  Verdicts& out_;
};

}  // namespace

Verdicts check(World& world) {
  Verdicts out;
  if (!world.alive()) {
    out.problems = world.ledger().violations;
    return out;
  }
  const Story story = read_story(world);
  out.trace = story.trace;
  out.records = story.records;
  out.events = story.events.size();
  out.deliveries = story.deliveries.size();
  Checker(world, story, out).run();
  out.story = trace_text(world.ledger(), story);
  for (const auto& text : compare_rebuilt(world)) out.problems.push_back(text);
  return out;
}

}  // namespace tenon::sim
