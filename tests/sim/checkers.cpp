// The oracles.
#include "sim/checkers.hpp"

#include <algorithm>

#include "async/scope.hpp"
#include "audit/completeness.hpp"
#include "backends/memory/sim_run.hpp"
#include "base/assert.hpp"
#include "sim/rebuild.hpp"
#include "sim/story.hpp"
#include "sim/trace.hpp"

namespace tenon::sim {
namespace {

constexpr std::size_t kMostProblems = 30;
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
    }
    applied();
    order();
    counts();
  }

 private:
  void problem(const std::string& text) {
    if (out_.problems.size() < kMostProblems) out_.problems.push_back(text);
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

  void repeats(const StoryDelivery& delivery) {
    const auto& all = applications(delivery.name);
    std::size_t redrives = 0;
    for (const auto& step : delivery.steps) {
      redrives += step.kind == StoryStep::Kind::redrive ? 1 : 0;
      if (step.fate != OutcomeFate::delivered) continue;
      for (const auto& one : all) {
        if (one.wall > step.at) problem(delivery, "was applied again after its delivery");
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

  void equal(const std::string& what, std::uint64_t recounted, std::int64_t live) {
    if (static_cast<std::int64_t>(recounted) == live) return;
    problem(what + ": " + std::to_string(live) + " counted, " + std::to_string(recounted) +
            " in the log");
  }

  static Task<void> recount_into(EventLog& log, std::optional<Result<Recount>>& out) {
    auto counted = co_await recount(log);
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
    equal("duplicate", total.duplicate, live.pipeline["duplicate"]);
    equal("no_route", total.no_route, live.pipeline["no_route"]);
    equal("invalid", total.invalid, live.pipeline["invalid"]);
    equal("routed", total.routed, live.pipeline["routed"]);
    equal("rejected", total.rejected, live.pipeline["rejected"]);
    std::map<std::string, CompletenessCounts> sums;
    for (const auto& [key, row] : (*counted)->rows()) {
      auto& sum = sums[key.destination];
      sum.decided += row.decided, sum.filtered += row.filtered, sum.skipped += row.skipped;
      sum.delivered += row.delivered, sum.dead += row.dead, sum.parked += row.parked;
      sum.ambiguous += row.ambiguous;
    }
    for (const auto& name : world_.destinations()) {
      const auto& sum = sums[name];
      auto& row = live.deliveries[name];
      equal(name + " routed", sum.decided - sum.filtered, row["routed"]);
      equal(name + " filtered", sum.filtered, row["filtered"]);
      equal(name + " delivered", sum.delivered, row["delivered"]);
      equal(name + " skipped", sum.skipped, row["skipped"]);
      equal(name + " dead", sum.dead, row["dead"]);
      equal(name + " parked", sum.parked, row["parked"]);
      equal(name + " ambiguous", sum.ambiguous, row["ambiguous"]);
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
