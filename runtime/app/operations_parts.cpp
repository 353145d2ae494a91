// Operations on destinations, connectors and workers.
#include <algorithm>
#include <map>

#include "app/operations.hpp"
#include "base/fail_point.hpp"
#include "delivery/auto_pause.hpp"
#include "ports/append_essential.hpp"
#include "ports/control_records.hpp"

namespace tenon::app {
namespace {

constexpr seconds kObeyWithin{5};  // how long an answer waits for a runner to follow the log

std::map<delivery::CountKind, std::int64_t> totals_of(delivery::Runner& runner) {
  return runner.fold().totals().value_or(std::map<delivery::CountKind, std::int64_t>{});
}

std::uint64_t open_of(const std::map<delivery::CountKind, std::int64_t>& totals) {
  using delivery::CountKind;
  const auto of = [&](CountKind kind) {
    const auto at = totals.find(kind);
    return at == totals.end() ? 0 : at->second;
  };
  const std::int64_t open = of(CountKind::routed) - of(CountKind::delivered) -
                            of(CountKind::skipped) - of(CountKind::dead) - of(CountKind::parked) -
                            of(CountKind::ambiguous);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, open));
}

std::vector<SkippedHour> hours_of(const std::map<std::int64_t, std::int64_t>& counts) {
  std::vector<SkippedHour> hours;
  for (const auto& [hour, count] : counts) {
    SkippedHour one;
    one.from = time_from_us(hour * 3'600'000'000);
    one.count = count;
    hours.push_back(one);
  }
  return hours;
}

}  // namespace

std::vector<DestinationStatus> HostOperations::destinations() {
  std::vector<DestinationStatus> all;
  const auto workspace = parts_.config.workspace();
  const Time now = parts_.clock.now();
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    const Destination* destination = workspace ? workspace->destination(name) : nullptr;
    const auto status = runner->status();
    DestinationStatus out;
    out.name = name;
    if (destination != nullptr) {
      out.connector = destination->connector;
      const Manifest* manifest = manifest_of(*destination, parts_.installed);
      if (manifest != nullptr) out.release = manifest->release();
    }
    const auto totals = totals_of(*runner);
    using delivery::CountKind;
    const auto of = [&](CountKind kind) {
      const auto at = totals.find(kind);
      return at == totals.end() ? 0u
                                : static_cast<std::uint64_t>(std::max<std::int64_t>(0, at->second));
    };
    out.pending = open_of(totals);
    const bool waits =
        out.pending + of(CountKind::dead) + of(CountKind::parked) + of(CountKind::ambiguous) > 0;
    if (destination == nullptr && !waits) continue;  // of an earlier configuration, and done
    out.retrying = runner->fold().waiting_rows();
    // Letters that are in the list: one that expired is no more to be mended.
    if (const auto letters = runner->fold().letter_counts()) {
      for (const auto& one : *letters) {
        auto& sum = one.state == delivery::RowState::dead     ? out.dead
                    : one.state == delivery::RowState::parked ? out.parked
                                                              : out.ambiguous;
        sum += static_cast<std::uint64_t>(std::max<std::int64_t>(0, one.count));
      }
    }
    if (const auto* open = runner->fold().open_rerun()) {
      out.rerun = open->asked.id;
      out.rerunning = open->waiting;
    }
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      for (const auto& entry : runner->fold().window(PartitionId{p})) {
        if (out.oldest_pending == Time{} || entry.ref.received < out.oldest_pending) {
          out.oldest_pending = entry.ref.received;
        }
      }
    }
    if (out.oldest_pending != Time{}) {
      out.lag = std::chrono::duration_cast<milliseconds>(now - out.oldest_pending);
    }
    const auto problem = parts_.delivery.problems().find(name);
    out.retry_share = status.retry_share;
    if (destination != nullptr) {
      out.retry_share_most = destination->retry_share;
      out.owner = delivery::owner_of(*workspace, *destination);
    }
    if (destination == nullptr) {
      out.state = DestinationState::waiting;
      out.reason = "not in the configuration in force";
    } else if (status.pause.paused) {
      out.since = status.pause.since;
      out.state = DestinationState::paused;
      out.reason = status.pause.reason + " (by " + status.pause.actor + ")";
    } else if (problem != parts_.delivery.problems().end()) {
      out.state = DestinationState::waiting;
      out.reason = problem->second;
    } else if (status.hold) {
      out.state = DestinationState::waiting;
      out.reason = status.hold->text();
      out.since = status.hold->since;
      out.next_at = status.hold->until;
    } else if (status.next_due) {
      out.next_at = *status.next_due;
      if (*status.next_due > now && status.in_flight == 0 && out.pending > 0) {
        out.state = DestinationState::waiting;
        out.reason = "for the next attempt";
      }
    }
    const bool had_their_part = out.retry_share >= out.retry_share_most && status.window > 0;
    if (out.reason.empty() && had_their_part && out.retrying > 0) {
      out.reason = "fresh work goes first: retries were " + std::to_string(out.retry_share) +
                   " % of the last minute's tries";
    }
    all.push_back(std::move(out));
  }
  return all;
}

Task<void> HostOperations::wait_followed(delivery::Runner& runner,
                                         std::vector<PartitionId> partitions,
                                         std::vector<Offset> offsets, bool decisions) {
  const Instant until = parts_.clock.instant() + kObeyWithin;
  for (std::size_t i = 0; i < offsets.size();) {
    if (runner.has_followed(partitions[i], offsets[i]) &&
        (!decisions || runner.has_decided(partitions[i], offsets[i]))) {
      ++i;
      continue;
    }
    if (parts_.clock.instant() >= until) co_return;
    const Instant again = parts_.clock.instant() + milliseconds{2};
    co_await parts_.clock.sleep_until(again);
  }
}

Task<Result<void>> HostOperations::tell(std::string destination, Control control, bool decisions) {
  auto records = in_every_partition(control, parts_.clock.now());
  std::vector<PartitionId> partitions;
  for (const auto& record : records) partitions.push_back(record.partition);
  TENON_FAIL_POINT("operator.act.append");
  TENON_CO_TRY_AS(auto offsets, append_essential(parts_.log, parts_.clock, std::move(records),
                                                 AppendWait::durable));
  TENON_FAIL_POINT("operator.act.appended");
  delivery::Runner* runner = parts_.delivery.runner(destination);
  if (runner != nullptr) {
    co_await wait_followed(*runner, std::move(partitions), std::move(offsets), decisions);
  }
  TENON_FAIL_POINT("operator.act.followed");
  co_return Result<void>();
}

Task<Result<void>> HostOperations::pause(DestinationAct act) {
  delivery::Runner* runner = parts_.delivery.runner(act.name);
  if (runner == nullptr) co_return not_found("no destination \"" + act.name + "\"");
  if (runner->status().pause.paused) {
    co_return conflict("destination " + act.name + " is paused already");
  }
  DestinationPaused paused;
  paused.destination = act.name;
  paused.reason = act.reason;
  paused.actor = act.actor;
  Control control(std::move(paused));
  co_return co_await tell(act.name, std::move(control));
}

Task<Result<void>> HostOperations::resume(DestinationAct act) {
  delivery::Runner* runner = parts_.delivery.runner(act.name);
  if (runner == nullptr) co_return not_found("no destination \"" + act.name + "\"");
  if (!runner->status().pause.paused) {
    co_return conflict("destination " + act.name + " is not paused");
  }
  DestinationResumed resumed;
  resumed.destination = act.name;
  resumed.actor = act.actor;
  Control control(std::move(resumed));
  co_return co_await tell(act.name, std::move(control));
}

Result<std::vector<SkippedAct>> HostOperations::skips(const std::string& destination) {
  delivery::Runner* runner = parts_.delivery.runner(destination);
  if (runner == nullptr) return not_found("no destination \"" + destination + "\"");
  TENON_TRY_AS(const auto all, runner->fold().skips());
  std::vector<SkippedAct> acts;
  for (const auto& skip : all) {
    SkippedAct act;
    act.at = skip.at;
    act.reason = skip.reason;
    act.actor = skip.actor;
    act.given_up = skip.count;
    act.hours = hours_of(skip.hours);
    acts.push_back(std::move(act));
  }
  return acts;
}

Task<Result<SkipAnswer>> HostOperations::skip(DestinationAct act) {
  delivery::Runner* runner = parts_.delivery.runner(act.name);
  if (runner == nullptr) co_return not_found("no destination \"" + act.name + "\"");
  SkipAnswer answer;
  if (act.dry_run) {
    const auto open = co_await runner->open_by_hour();
    if (!open) co_return Error(open.error());
    answer.hours = hours_of(*open);
    for (const auto& hour : answer.hours) answer.given_up += static_cast<std::uint64_t>(hour.count);
    co_return answer;
  }
  const auto before = totals_of(*runner);
  DestinationSkipped skipped;
  skipped.destination = act.name;
  skipped.reason = act.reason;
  skipped.actor = act.actor;
  Control control(std::move(skipped));
  TENON_CO_TRY(tell(act.name, std::move(control), true));
  auto after = totals_of(*runner);
  auto earlier = before;
  answer.given_up = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, after[delivery::CountKind::skipped] - earlier[delivery::CountKind::skipped]));
  co_return answer;
}

std::vector<WorkerStatus> HostOperations::workers() {
  std::vector<WorkerStatus> all;
  const auto hosted = parts_.hosting.status();
  for (const auto& worker : parts_.runtime.workers()) {
    WorkerStatus status;
    status.steps = worker.steps;
    status.rss_bytes = worker.rss_bytes;
    status.cpu = std::chrono::duration_cast<milliseconds>(worker.cpu);
    for (const auto& release : hosted) {
      if (release.release != worker.release) continue;
      status.crashes = release.strikes;
      status.last_failure = release.reason;
    }
    status.isolation = worker.level;
    status.pid = worker.pid;
    status.release = worker.release.value;
    status.started = worker.started;
    switch (worker.state) {
      case sandbox::WorkerState::starting: status.state = "starting"; break;
      case sandbox::WorkerState::ready: status.state = "ready"; break;
      case sandbox::WorkerState::stepping: status.state = "busy"; break;
      case sandbox::WorkerState::ending: status.state = "stopping"; break;
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace tenon::app
