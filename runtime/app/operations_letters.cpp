// Operations on dead letters: listing, showing one with its last tries, and trying them again.
#include <algorithm>
#include <map>

#include "app/operations.hpp"
#include "app/row_pages.hpp"
#include "audit/explain.hpp"
#include "base/fail_point.hpp"
#include "event/event.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

constexpr std::size_t kSample = 20;
constexpr std::size_t kShownTries = 5;  // with their requests and replies; explain shows all

delivery::LetterFilter filter_of(const DeadLetterFilter& filter) {
  delivery::LetterFilter out;
  if (filter.state) out.state = row_state_of(*filter.state);
  out.action = filter.action;
  out.reason = filter.reason;
  out.vendor_code = filter.vendor_code;
  out.http_status = filter.http_status;
  out.since = filter.since;
  out.until = filter.until;
  return out;
}

}  // namespace

DeadLetter HostOperations::dead_letter_of(const std::string& destination,
                                          const delivery::Row& row) {
  DeadLetter letter;
  letter.id = row.ref.id;
  letter.event = EventId{parts_.log.id(), row.partition, row.ref.event, row.ref.index};
  letter.destination = destination;
  letter.action = row.action;
  letter.state = state_of(row);
  letter.release = row.release;
  letter.reason = row.reason;
  letter.vendor_code = row.vendor_code;
  letter.vendor_ref = row.vendor_ref;
  letter.detail = row.detail;
  letter.http_status = row.http_status;
  letter.tries = row.number;
  letter.received = row.ref.received;
  letter.died = row.since;
  letter.replay = row.ref.replay;
  return letter;
}

Result<Page<DeadLetter>> HostOperations::dead_letters(const DeadLetterQuery& query) {
  const auto& wanted = query.filter.destination;
  if (!wanted.empty() && parts_.delivery.runner(wanted) == nullptr) {
    return not_found("no destination \"" + wanted + "\"");
  }
  TENON_TRY_AS(const auto cursor, parse_cursor(query.page.after));
  const auto filter = filter_of(query.filter);
  Page<DeadLetter> page;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (name < cursor.destination || (!wanted.empty() && name != wanted)) continue;
    const std::size_t room = query.page.limit - page.data.size();
    if (room == 0) {
      page.next = text_of(Cursor{name, ""});
      return page;
    }
    const std::string after = name == cursor.destination ? cursor.key : "";
    TENON_TRY_AS(const auto rows, runner->fold().letters(filter, after, room));
    for (const auto& row : rows.rows) page.data.push_back(dead_letter_of(name, row));
    if (!rows.next.empty()) {
      page.next = text_of(Cursor{name, rows.next});
      return page;
    }
  }
  return page;
}

Result<HostOperations::Found> HostOperations::find_dead(const DeliveryId& id) {
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    TENON_TRY_AS(const auto row, runner->fold().row(id));
    if (row && delivery::is_given_up(row->state)) {
      Found found;
      found.runner = runner.get();
      found.row = *row;
      return found;
    }
  }
  return not_found("no dead letter, parked or ambiguous delivery " + to_text(id) +
                   "; tenon explain EVENT_ID shows where a delivery stands");
}

// The newest tries, oldest first. They follow the event soon, so one look behind it finds them as a
// rule; the last one is found by its place in any case.
Task<std::vector<TraceAttempt>> HostOperations::last_tries(EventId event, delivery::Row row) {
  std::vector<TraceAttempt> tries;
  const ExplainOptions options;
  auto trace = co_await tenon::explain(parts_.log, event, options);
  if (trace) {
    for (auto& one : trace->deliveries) {
      if (one.id == row.ref.id && one.replay == row.ref.replay) tries = std::move(one.attempts);
    }
  }
  ReadLimits limits;
  limits.max_records = 1;
  limits.streams = stream_bit(Stream::outcome);
  const auto slice = co_await parts_.log.read(row.partition, row.decided, limits);
  if (slice && !slice->records.empty() && slice->records.front().offset == row.decided) {
    auto ended = decode_attempt_outcome(slice->records.front().body);
    const auto known = [&](const TraceAttempt& one) { return one.attempt == ended->attempt; };
    if (ended && std::none_of(tries.begin(), tries.end(), known)) {
      TraceAttempt last;
      last.attempt = ended->attempt;
      last.release = ended->release;
      last.action = ended->action;
      last.number = row.number;
      last.batch = static_cast<std::uint32_t>(ended->outcomes.size());
      last.began = ended->began;
      last.ended = ended->ended;
      last.error = ended->error;
      for (auto& outcome : ended->outcomes) {
        if (outcome.delivery.id != row.ref.id) continue;
        for (auto& note : ended->exchanges) {
          if (is_about(note, outcome)) last.exchanges.push_back(std::move(note));
        }
        last.outcome = std::move(outcome);
      }
      tries.push_back(std::move(last));
    }
  }
  if (tries.size() > kShownTries) {
    tries.erase(tries.begin(), tries.end() - static_cast<std::ptrdiff_t>(kShownTries));
  }
  co_return tries;
}

Task<Result<DeadLetter>> HostOperations::dead_letter(DeliveryId id) {
  const auto found = find_dead(id);
  if (!found) co_return Error(found.error());
  DeadLetter letter = dead_letter_of(found->runner->destination(), found->row);
  letter.attempts = co_await last_tries(letter.event, found->row);
  auto record = co_await read_one(letter.event);
  if (record) {
    const auto raw = decode_raw_event(record->body);
    const auto workspace = parts_.config.workspace();
    const std::string source_name =
        workspace ? workspace->source_name(record->header.source) : std::string();
    if (raw) {
      const auto event = make_event(letter.event, record->header, *raw, source_name);
      if (event) letter.event_json = event->json;
      letter.payload = raw->payload;
    }
  }
  co_return letter;
}

void HostOperations::add_letter_metrics(const std::string& destination) {
  auto* runner = parts_.delivery.runner(destination);
  if (runner == nullptr) return;
  const auto oldest = runner->fold().oldest_letter();
  const bool any = oldest && *oldest;
  const auto age = any ? parts_.clock.now() - **oldest : microseconds{0};
  parts_.telemetry.gauge("dead_letters_oldest_seconds",
                         std::chrono::duration<double>(std::max(age, microseconds{0})).count(),
                         {{"destination", destination}});
  const auto counts = runner->fold().letter_counts();
  if (!counts) return;
  // A class that has none left is told as 0, not left at what it was.
  for (const auto& known : letter_classes_) {
    if (known.first == destination) {
      parts_.telemetry.gauge("dead_letters", 0,
                             {{"destination", destination}, {"class", known.second}});
    }
  }
  std::map<std::string, std::int64_t> sums;  // a class may stand in more than one state
  for (const auto& one : *counts) sums[one.reason] += one.count;
  for (const auto& [reason, count] : sums) {
    letter_classes_.emplace(destination, reason);
    parts_.telemetry.gauge("dead_letters", static_cast<double>(count),
                           {{"destination", destination}, {"class", reason}});
  }
}

Task<Result<void>> HostOperations::append_redrive(std::string destination, delivery::Row row,
                                                  std::string actor) {
  Redriven redriven;
  redriven.delivery = row.ref;
  redriven.destination = std::move(destination);
  redriven.actor = std::move(actor);
  NewRecord record;
  record.partition = row.partition;
  record.header.stream = Stream::control;
  record.header.type = static_cast<std::uint16_t>(ControlType::redriven);
  record.header.config = parts_.config.workspace()->version;
  record.header.occurred = parts_.clock.now();
  record.body = encode(Control(redriven));
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  TENON_FAIL_POINT("operator.redrive.append");
  TENON_CO_TRY(append_essential(parts_.log, parts_.clock, std::move(records), AppendWait::durable));
  TENON_FAIL_POINT("operator.redrive.appended");
  co_return Result<void>();
}

Task<Result<void>> HostOperations::redrive(DeliveryId id, std::string actor) {
  const auto found = find_dead(id);
  if (!found) co_return Error(found.error());
  co_return co_await append_redrive(found->runner->destination(), found->row, std::move(actor));
}

Task<Result<std::uint64_t>> HostOperations::count_matching(delivery::Runner& runner,
                                                           DeadLetterFilter filter,
                                                           std::vector<DeliveryId>& sample) {
  const auto wanted = filter_of(filter);
  const auto first = runner.fold().letters(wanted, "", kSample);
  if (!first) co_return Error(first.error());
  for (const auto& row : first->rows) {
    if (sample.size() < kSample) sample.push_back(row.ref.id);
  }
  std::uint64_t count = 0;
  std::string after;
  do {
    const auto tally = runner.fold().count_letters(wanted, after);
    if (!tally) co_return Error(tally.error());
    count += tally->count;
    after = tally->next;
    // Others get their turn on this thread.
    const Instant soon = parts_.clock.instant();
    co_await parts_.clock.sleep_until(soon);
  } while (!after.empty());
  co_return count;
}

Task<Result<RedriveAnswer>> HostOperations::redrive_all(RedriveQuery query) {
  const auto& wanted = query.filter.destination;
  if (!wanted.empty() && parts_.delivery.runner(wanted) == nullptr) {
    co_return not_found("no destination \"" + wanted + "\"");
  }
  RedriveAnswer answer;
  std::vector<std::string> all, destinations;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (wanted.empty() || name == wanted) all.push_back(name);
  }
  for (const auto& name : all) {
    delivery::Runner* runner = parts_.delivery.runner(name);
    auto count = co_await count_matching(*runner, query.filter, answer.sample);
    if (!count) co_return Error(count.error());
    answer.matched += *count;
    if (*count > 0) destinations.push_back(name);
  }
  if (query.dry_run) co_return answer;
  // Nothing is started if one cannot be.
  for (const auto& name : destinations) {
    const auto runner = rerunnable(name);
    if (!runner) co_return Error(runner.error());
    if (const auto* open = (*runner)->fold().open_rerun()) {
      co_return conflict(to_text(open->asked.id) + " goes on at " + name +
                         "; one at a time: wait for its end, or cancel it");
    }
  }
  for (const auto& name : destinations) {
    RerunStarted asked;
    asked.kind = RerunKind::redrive;
    asked.destination = name;
    asked.actor = query.actor;
    asked.rate = query.rate;
    asked.from = query.filter.since;
    asked.to = query.filter.until;
    if (query.filter.state) {
      asked.letter_state = static_cast<std::uint8_t>(*row_state_of(*query.filter.state));
    }
    asked.action = query.filter.action;
    asked.reason = query.filter.reason;
    asked.vendor_code = query.filter.vendor_code;
    asked.http_status = query.filter.http_status;
    auto started = co_await start_rerun(std::move(asked));
    if (!started) co_return Error(started.error());
    answer.reruns.push_back(std::move(*started));
  }
  co_return answer;
}

}  // namespace tenon::app
