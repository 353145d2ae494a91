// Operations on reruns: planning, starting, telling and cancelling them.
#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "app/operations.hpp"
#include "app/row_pages.hpp"
#include "audit/completeness.hpp"
#include "delivery/rerun_cost.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

constexpr seconds kPlanFor{1};            // one call looks so long, then gives a place to go on
constexpr std::size_t kPlanStep = 1'000;  // deliveries found by one look at the log

// Where a plan goes on: "PARTITION.OFFSET.EVENTS".
struct PlanPlace {
  std::uint16_t partition = 0;
  delivery::ScanPlace at;
};

std::string text_of(const PlanPlace& place) {
  return std::to_string(place.partition) + "." + std::to_string(place.at.decision.value) + "." +
         std::to_string(place.at.events);
}

Result<PlanPlace> parse_place(const std::string& text) {
  PlanPlace place;
  if (text.empty()) return place;
  std::array<std::uint64_t, 3> numbers{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto read = std::from_chars(at, end, numbers[i]);
    const bool last = i + 1 == numbers.size();
    if (read.ec != std::errc() || (last ? read.ptr != end : read.ptr == end || *read.ptr != '.')) {
      return invalid("after: not a place that a plan gave");
    }
    at = last ? end : read.ptr + 1;
  }
  if (numbers[0] > kPartitions) return invalid("after: not a place that a plan gave");
  place.partition = static_cast<std::uint16_t>(numbers[0]);
  place.at.decision = Offset{numbers[1]};
  place.at.events = static_cast<std::uint32_t>(numbers[2]);
  return place;
}

RerunStarted asked_of(const ReplayQuery& query) {
  RerunStarted asked;
  asked.kind = RerunKind::replay;
  asked.destination = query.destination;
  asked.actor = query.actor;
  asked.rate = query.rate;
  asked.from = query.from;
  asked.to = query.to;
  asked.source = query.source;
  asked.where = query.where;
  asked.accept_duplicates = query.accept_duplicates;
  return asked;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Result<void> check_range(const ReplayQuery& query, const Workspace& workspace, Time now) {
  if (query.from == Time{} || query.to == Time{} || query.from >= query.to) {
    return invalid("wanted from before to, found from " + to_rfc3339(query.from) + " to " +
                   to_rfc3339(query.to));
  }
  if (query.to > now) {
    return invalid("to: wanted a time that has passed, found " + to_rfc3339(query.to) +
                   "; what comes from now on is delivered anyway");
  }
  if (!query.source.empty() && workspace.source(query.source) == nullptr) {
    return not_found("no source \"" + query.source + "\" in the configuration in force");
  }
  return {};
}

// When the log begins, where it has forgotten something that came after `from`; else 0.
Task<Result<Time>> begin_after(EventLog& log, Time from) {
  Time begin{};
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    if (!is_trimmed(log.begin(partition))) continue;
    ReadLimits first;
    first.max_records = 1;
    TENON_CO_TRY_AS(const auto slice, log.read(partition, log.begin(partition), first));
    if (!slice.records.empty()) begin = std::max(begin, slice.records.front().header.appended);
  }
  co_return begin > from ? begin : Time{};
}

}  // namespace

Result<delivery::Runner*> HostOperations::rerunnable(const std::string& destination) {
  delivery::Runner* runner = parts_.delivery.runner(destination);
  const auto workspace = parts_.config.workspace();
  const bool known = runner != nullptr && workspace && workspace->destination(destination);
  if (!known) return not_found("no destination \"" + destination + "\"");
  if (!runner->setup()) {
    const auto problem = parts_.delivery.problems().find(destination);
    return unavailable(
        "destination " + destination + " cannot run" +
        (problem == parts_.delivery.problems().end() ? std::string() : ": " + problem->second));
  }
  return runner;
}

Task<Result<ReplayPlan>> HostOperations::plan_replay(ReplayQuery query, std::string after) {
  const auto found = rerunnable(query.destination);
  if (!found) co_return Error(found.error());
  delivery::Runner* runner = *found;
  const auto setup = runner->setup();
  const auto good = check_range(query, *setup->workspace, parts_.clock.now());
  if (!good) co_return Error(good.error());
  const auto spec = delivery::replay_spec_of(asked_of(query));
  if (!spec) co_return Error(spec.error());
  auto parsed = parse_place(after);
  if (!parsed) co_return Error(parsed.error());
  PlanPlace place = *parsed;
  ReplayPlan plan;
  if (after.empty()) {
    TENON_CO_TRY_AS(plan.log_begins, begin_after(parts_.log, query.from));
  }
  const Instant until = parts_.clock.instant() + kPlanFor;
  while (place.partition < kPartitions && parts_.clock.instant() < until) {
    const PartitionId p{place.partition};
    TENON_CO_TRY_AS(const auto step,
                    delivery::scan_replay(parts_.log, p, place.at, parts_.log.end(p), *spec,
                                          setup->workspace, kPlanStep));
    plan.looked += step.looked;
    for (const auto& one : step.candidates) {
      const auto row = runner->fold().row(p, one.ref);
      if (!row) co_return Error(row.error());
      const bool letter = *row && delivery::is_given_up((*row)->state);
      if ((*row && !letter) || runner->fold().is_open(p, one.ref.id)) {
        ++plan.left_alone;
        continue;
      }
      ++plan.matched;
      ++plan.actions[one.action];
      if (letter) {
        ++plan.letters;
      } else if (one.decided_before) {
        ++plan.duplicates;
      }
    }
    place.at = step.next;
    if (step.finished) place = PlanPlace{static_cast<std::uint16_t>(place.partition + 1), {}};
  }
  const auto cost =
      delivery::cost_of(plan.actions, query.rate, setup->manifest, *setup->destination);
  plan.calls = cost.calls;
  plan.eta = cost.eta;
  plan.unsafe = delivery::unsafe_actions(*setup->workspace, setup->manifest, query.destination);
  if (place.partition < kPartitions) plan.next = text_of(place);
  co_return plan;
}

Task<Result<RerunInfo>> HostOperations::start_replay(ReplayQuery query) {
  const auto found = rerunnable(query.destination);
  if (!found) co_return Error(found.error());
  const auto setup = (*found)->setup();
  const auto good = check_range(query, *setup->workspace, parts_.clock.now());
  if (!good) co_return Error(good.error());
  auto asked = asked_of(query);
  const auto spec = delivery::replay_spec_of(asked);
  if (!spec) co_return Error(spec.error());
  const auto unsafe =
      delivery::unsafe_actions(*setup->workspace, setup->manifest, query.destination);
  if (!unsafe.empty() && !query.accept_duplicates) {
    co_return conflict("replay to " + query.destination + " refused: " + setup->manifest.release() +
                       " does not declare its action " + joined(unsafe) +
                       " safe to replay, so what was sent before may take effect twice; a dry run "
                       "tells how many that are at most, and accept_duplicates does it anyway");
  }
  auto started = co_await start_rerun(std::move(asked));
  co_return started;
}

Task<Result<RerunInfo>> HostOperations::start_rerun(RerunStarted asked) {
  delivery::Runner* runner = parts_.delivery.runner(asked.destination);
  const auto* open = runner->fold().open_rerun();
  if (open != nullptr || starting_.contains(asked.destination)) {
    co_return conflict((open != nullptr ? to_text(open->asked.id) : std::string("another one")) +
                       " goes on at " + asked.destination +
                       "; one at a time: wait for its end, or cancel it");
  }
  asked.id = RerunId{parts_.random.next() | 1};
  starting_.insert(asked.destination);
  const std::string destination = asked.destination;
  const RerunId id = asked.id;
  Control control(std::move(asked));
  auto told = co_await tell(destination, std::move(control));
  starting_.erase(destination);
  if (!told) co_return Error(told.error());
  co_return rerun(id);
}

delivery::Runner* HostOperations::runner_of(RerunId id) {
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (runner->fold().reruns().contains(id)) return runner.get();
  }
  return nullptr;
}

RerunInfo HostOperations::rerun_info(delivery::Runner& runner, const delivery::RerunState& state) {
  const auto& asked = state.asked;
  RerunInfo info;
  info.id = asked.id;
  info.kind = name_of(asked.kind);
  info.destination = asked.destination;
  info.state = name_of(state.fate);
  info.actor = asked.actor;
  info.started = state.started;
  info.ended = state.ended;
  info.ended_by = state.ended_by;
  info.reason = state.reason;
  info.rate = asked.rate;
  info.replay.source = asked.source;
  info.replay.where = asked.where;
  info.replay.from = info.filter.since = asked.from;
  info.replay.to = info.filter.until = asked.to;
  info.replay.accept_duplicates = asked.accept_duplicates;
  info.filter.action = asked.action;
  info.filter.reason = asked.reason;
  info.filter.vendor_code = asked.vendor_code;
  info.filter.http_status = asked.http_status;
  delivery::Row with_state;
  with_state.state = static_cast<delivery::RowState>(asked.letter_state);
  if (asked.letter_state != 0) info.filter.state = state_of(with_state);
  info.looked = state.looked;
  info.taken = state.taken;
  info.letters = state.letters;
  info.left_alone = state.left_alone;
  info.delivered = state.delivered;
  info.skipped = state.skipped;
  info.given_up = state.given_up;
  info.cancelled = state.cancelled;
  info.waiting = state.waiting;
  double all = 0, seen = 0;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const auto& part = state.parts[p];
    const double begin = static_cast<double>(parts_.log.begin(PartitionId{p}).value);
    all += std::max(0.0, static_cast<double>(part.end.value) - begin);
    seen += std::max(0.0, static_cast<double>(part.decision.value) - begin);
  }
  const bool done = state.fate == RerunFate::done;
  info.progress = done || all == 0 ? (done ? 1 : 0) : std::min(1.0, seen / all);
  if (state.fate != RerunFate::none) return info;
  const auto status = runner.status();
  if (!status.configured) {
    info.waits_for = "its destination, which cannot run";
  } else if (status.pause.paused) {
    info.waits_for = "its destination, which is paused: " + status.pause.reason;
  } else if (status.hold) {
    info.waits_for = status.hold->text();
  }
  return info;
}

std::vector<RerunInfo> HostOperations::reruns() {
  std::vector<RerunInfo> all;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    for (const auto& [id, state] : runner->fold().reruns())
      all.push_back(rerun_info(*runner, state));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(b.started, b.id) < std::tie(a.started, a.id);
  });
  return all;
}

Result<RerunInfo> HostOperations::rerun(RerunId id) {
  delivery::Runner* runner = runner_of(id);
  if (runner == nullptr) {
    return not_found("no replay " + to_text(id) +
                     "; tenon replay list shows the newest of each "
                     "destination");
  }
  return rerun_info(*runner, runner->fold().reruns().at(id));
}

Task<Result<RerunInfo>> HostOperations::cancel_rerun(RerunId id, std::string actor) {
  const auto found = rerun(id);
  if (!found) co_return Error(found.error());
  const RerunInfo& before = *found;
  if (before.state != "running") {
    co_return conflict(to_text(id) + " has ended already: " + before.state);
  }
  RerunMoved end;
  end.id = id;
  end.destination = before.destination;
  end.fate = RerunFate::cancelled;
  end.actor = std::move(actor);
  Control control(std::move(end));
  TENON_CO_TRY(tell(before.destination, std::move(control)));
  co_return rerun(id);
}

Task<Result<Page<RerunRest>>> HostOperations::rerun_rest(RerunId id, PageQuery page) {
  delivery::Runner* runner = runner_of(id);
  const auto info = rerun(id);
  if (!info) co_return Error(info.error());
  if (info->state == "running" || info->kind != "replay") {
    co_return conflict(to_text(id) + " is " + info->state +
                       ": the rest of a replay is known when it "
                       "has ended; that of a redrive are the dead letters that are left");
  }
  const auto state = runner->fold().reruns().at(id);
  const auto spec = delivery::replay_spec_of(state.asked);
  if (!spec) co_return Error(spec.error());
  const auto parsed = parse_place(page.after);
  if (!parsed) co_return Error(parsed.error());
  PlanPlace place = *parsed;
  const auto workspace = parts_.config.workspace();
  Page<RerunRest> rest;
  const Instant until = parts_.clock.instant() + kPlanFor;
  while (place.partition < kPartitions && rest.data.size() < page.limit &&
         parts_.clock.instant() < until) {
    const PartitionId p{place.partition};
    const auto& part = state.parts[place.partition];
    if (place.at.decision <= part.decision) {
      place.at = delivery::ScanPlace{part.decision, place.at.decision == part.decision
                                                        ? std::max(place.at.events, part.events)
                                                        : part.events};
    }
    TENON_CO_TRY_AS(const auto step,
                    delivery::scan_replay(parts_.log, p, place.at, part.end, *spec, workspace,
                                          page.limit - rest.data.size()));
    for (const auto& one : step.candidates) {
      RerunRest left;
      left.id = one.ref.id;
      left.event = EventId{parts_.log.id(), p, one.ref.event, one.ref.index};
      left.action = one.action;
      left.received = one.ref.received;
      rest.data.push_back(std::move(left));
    }
    place.at = step.next;
    if (step.finished) place = PlanPlace{static_cast<std::uint16_t>(place.partition + 1), {}};
  }
  if (place.partition < kPartitions) rest.next = text_of(place);
  co_return rest;
}

}  // namespace tenon::app
