// Looking at the counts of the last days, and telling metrics and conditions of them.
#include "app/completeness_watch.hpp"

#include <cstdlib>

namespace tenon::app {
namespace {

constexpr int kLooksUntilBroken = 2;

}  // namespace

Task<void> CompletenessWatch::run() {
  for (;;) {
    look(doors_.clock.now());
    const Instant again = doors_.clock.instant() + kCompletenessEvery;
    co_await doors_.clock.sleep_until(again);
  }
}

void CompletenessWatch::look(Time now) {
  HourRange range;
  range.from = hour_of(now - kCompletenessDays);
  const auto rows = doors_.counted(range);
  if (!rows) {
    doors_.telemetry.log(LogLevel::error, "completeness.unreadable",
                         {{"why", rows.error().text()}});
    return;
  }
  std::map<Place, CompletenessCounts> sums;
  std::map<Place, Remainder> found;
  for (const auto& [key, row] : *rows) {
    const Place place(doors_.source_name(key.source), key.destination);
    sums[place].add(row);
    auto& remainder = found[place];
    if (row.remainder() == 0) continue;
    remainder.amount += std::abs(row.remainder());
    if (remainder.since == Time{} || key.hour < remainder.since) remainder.since = key.hour;
  }
  for (auto& [place, remainder] : found) {
    const auto before = remainders_.find(place);
    const int looks = before == remainders_.end() ? 0 : before->second.looks;
    remainder.looks = remainder.amount == 0 ? 0 : looks + 1;
    doors_.telemetry.gauge("completeness_remainder", static_cast<double>(remainder.amount),
                           {{"source", place.first}, {"destination", place.second}});
  }
  for (const auto& [place, remainder] : remainders_) {
    if (found.contains(place)) continue;  // it lies farther back than the days looked at
    doors_.telemetry.gauge("completeness_remainder", 0,
                           {{"source", place.first}, {"destination", place.second}});
  }
  remainders_ = std::move(found);
  publish(sums);
}

void CompletenessWatch::publish(const std::map<Place, CompletenessCounts>& sums) {
  for (const auto& [place, sum] : sums) {
    const auto set = [&](std::string_view fate, std::uint64_t count) {
      doors_.telemetry.gauge(
          "completeness_recent", static_cast<double>(count),
          {{"source", place.first}, {"destination", place.second}, {"fate", fate}});
    };
    if (place.second.empty()) {
      set("received", sum.received);
      set("duplicate", sum.duplicate);
      set("no_route", sum.no_route);
      set("invalid", sum.invalid);
      set("routed", sum.routed);
      set("rejected", sum.rejected);
    } else {
      set("filtered", sum.filtered);
      set("skipped", sum.skipped);
      set("delivered", sum.delivered);
      set("pending", sum.pending);
      set("parked", sum.parked);
      set("dead", sum.dead);
      set("ambiguous", sum.ambiguous);
    }
  }
}

std::vector<Condition> CompletenessWatch::conditions() const {
  std::vector<Condition> all;
  for (const auto& [place, remainder] : remainders_) {
    if (remainder.looks < kLooksUntilBroken) continue;
    const auto& [source, destination] = place;
    Condition broken;
    broken.topic = Topic::completeness;
    broken.subject = destination.empty() ? source : source + " to " + destination;
    if (!destination.empty()) broken.destinations = {destination};
    broken.reason = std::to_string(remainder.amount) +
                    (destination.empty() ? " events are" : " deliveries are") + " in no fate";
    broken.since = remainder.since;
    broken.mend =
        "tenon completeness --recount says whether the log or the counts are wrong; "
        "report it: this is a fault of the host";
    all.push_back(std::move(broken));
  }
  return all;
}

}  // namespace tenon::app
