// Operations on deliveries and dead letters.
#include <algorithm>

#include "app/operations.hpp"
#include "base/codec.hpp"
#include "event/event.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

constexpr std::size_t kSample = 20;
constexpr std::size_t kScanRows = 1'000;

DeliveryState state_of(delivery::RowState state, std::uint32_t number) {
  switch (state) {
    case delivery::RowState::retry:
      return number == 0 ? DeliveryState::pending : DeliveryState::retrying;
    case delivery::RowState::held: return DeliveryState::pending;
    case delivery::RowState::parked: return DeliveryState::parked;
    case delivery::RowState::dead: return DeliveryState::dead;
    case delivery::RowState::ambiguous: return DeliveryState::ambiguous;
    case delivery::RowState::none: break;
  }
  return DeliveryState::pending;
}

bool given_up(delivery::RowState state) {
  return state == delivery::RowState::dead || state == delivery::RowState::parked ||
         state == delivery::RowState::ambiguous;
}

// A cursor over all destinations: "NAME/HEX-OF-KEY"; an empty key means from its first row.
struct Cursor {
  std::string destination, key;
};

std::string text_of(const Cursor& cursor) {
  return cursor.destination + "/" + to_base32(cursor.key);
}

Result<Cursor> parse_cursor(const std::string& text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  const auto slash = text.find('/');
  if (slash == std::string::npos || !from_base32(text.substr(slash + 1), cursor.key)) {
    return invalid("after: not a cursor that this list gave");
  }
  cursor.destination = text.substr(0, slash);
  return cursor;
}

bool matches(const DeadLetterFilter& filter, const delivery::Row& row) {
  return (filter.reason.empty() || filter.reason == row.reason) &&
         (filter.vendor_code.empty() || filter.vendor_code == row.vendor_code) &&
         row.since >= filter.since;
}

}  // namespace

Result<Page<DeliverySummary>> HostOperations::deliveries(const DeliveryQuery& query) {
  if (!query.destination.empty() && parts_.delivery.runner(query.destination) == nullptr) {
    return not_found("no destination \"" + query.destination + "\"");
  }
  TENON_TRY_AS(const auto cursor, parse_cursor(query.page.after));
  const LogId log = parts_.log.id();
  Page<DeliverySummary> page;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (name < cursor.destination || (!query.destination.empty() && name != query.destination)) {
      continue;
    }
    const auto add = [&, &name = name](PartitionId p, const DeliveryRef& ref,
                                       const std::string& action) -> DeliverySummary& {
      DeliverySummary summary;
      summary.id = ref.id;
      summary.event = EventId{log, p, ref.event, ref.index};
      summary.destination = name;
      summary.action = action;
      summary.received = ref.received;
      return page.data.emplace_back(std::move(summary));
    };
    std::string after = name == cursor.destination ? cursor.key : "";
    // What waits in memory comes first, on the first page of a destination only; it is bounded.
    const bool pending_wanted = !query.state || *query.state == DeliveryState::pending;
    for (std::uint16_t p = 0; after.empty() && pending_wanted && p < kPartitions; ++p) {
      for (const auto& entry : runner->fold().window(PartitionId{p})) {
        if (page.data.size() < query.page.limit) add(PartitionId{p}, entry.ref, entry.action);
      }
    }
    for (bool more = true; more && page.data.size() < query.page.limit;) {
      TENON_TRY_AS(const auto rows,
                   runner->fold().rows(std::nullopt, after, query.page.limit - page.data.size()));
      for (const auto& row : rows.rows) {
        const DeliveryState state = state_of(row.state, row.number);
        if (query.state && *query.state != state) continue;
        DeliverySummary& summary = add(row.partition, row.ref, row.action);
        summary.release = row.release;
        summary.state = state;
        summary.reason = row.reason;
        summary.tries = row.number;
        summary.http_status = row.http_status;
        if (state == DeliveryState::retrying) summary.next_at = row.next_at;
      }
      after = rows.next;
      more = !rows.next.empty();
    }
    if (!after.empty()) {
      page.next = text_of(Cursor{name, after});
      return page;
    }
  }
  return page;
}

DeadLetter HostOperations::dead_letter_of(const std::string& destination,
                                          const delivery::Row& row) {
  DeadLetter letter;
  letter.id = row.ref.id;
  letter.event = EventId{parts_.log.id(), row.partition, row.ref.event, row.ref.index};
  letter.destination = destination;
  letter.action = row.action;
  letter.release = row.release;
  letter.reason = row.reason;
  letter.vendor_code = row.vendor_code;
  letter.vendor_ref = row.vendor_ref;
  letter.detail = row.detail;
  letter.http_status = row.http_status;
  letter.tries = row.number;
  letter.received = row.ref.received;
  letter.died = row.since;
  return letter;
}

Result<Page<DeadLetter>> HostOperations::dead_letters(const DeadLetterQuery& query) {
  const auto& wanted = query.filter.destination;
  if (!wanted.empty() && parts_.delivery.runner(wanted) == nullptr) {
    return not_found("no destination \"" + wanted + "\"");
  }
  TENON_TRY_AS(const auto cursor, parse_cursor(query.page.after));
  Page<DeadLetter> page;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (name < cursor.destination || (!wanted.empty() && name != wanted)) continue;
    std::string after = name == cursor.destination ? cursor.key : "";
    for (bool more = true; more;) {
      TENON_TRY_AS(const auto rows, runner->fold().rows(std::nullopt, after, kScanRows));
      more = !rows.next.empty();
      after = rows.next;
      for (const auto& row : rows.rows) {
        if (!given_up(row.state) || !matches(query.filter, row)) continue;
        page.data.push_back(dead_letter_of(name, row));
        if (page.data.size() == query.page.limit) {
          page.next = text_of(Cursor{name, delivery::row_key(row.partition, row.ref)});
          return page;
        }
      }
    }
  }
  return page;
}

Result<HostOperations::Found> HostOperations::find_dead(const DeliveryId& id) {
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    TENON_TRY_AS(const auto row, runner->fold().row(id));
    if (row && given_up(row->state)) {
      Found found;
      found.runner = runner.get();
      found.row = *row;
      return found;
    }
  }
  return not_found("no dead letter, parked or ambiguous delivery " + to_text(id) +
                   "; tenon explain EVENT_ID shows where a delivery stands");
}

Task<Result<DeadLetter>> HostOperations::dead_letter(DeliveryId id) {
  const auto found = find_dead(id);
  if (!found) co_return Error(found.error());
  DeadLetter letter = dead_letter_of(found->runner->destination(), found->row);
  auto record = co_await read_one(letter.event);
  if (record) {
    const auto raw = decode_raw_event(record->body);
    const auto workspace = parts_.config.workspace();
    const Source* source = workspace ? workspace->source(record->header.source) : nullptr;
    const std::string source_name = source != nullptr ? source->name.value : "";
    if (raw) {
      const auto event = make_event(letter.event, record->header, *raw, source_name);
      if (event) letter.event_json = event->json;
    }
  }
  co_return letter;
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
  TENON_CO_TRY(append_essential(parts_.log, parts_.clock, std::move(records), AppendWait::durable));
  co_return Result<void>();
}

Task<Result<void>> HostOperations::redrive(DeliveryId id, std::string actor) {
  const auto found = find_dead(id);
  if (!found) co_return Error(found.error());
  co_return co_await append_redrive(found->runner->destination(), found->row, std::move(actor));
}

Result<std::vector<HostOperations::Found>> HostOperations::matching(const DeadLetterFilter& filter,
                                                                    std::size_t limit) {
  if (!filter.destination.empty() && parts_.delivery.runner(filter.destination) == nullptr) {
    return not_found("no destination \"" + filter.destination + "\"");
  }
  std::vector<Found> all;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (!filter.destination.empty() && name != filter.destination) continue;
    std::string after;
    for (bool more = true; more && all.size() < limit;) {
      TENON_TRY_AS(auto rows, runner->fold().rows(std::nullopt, after, kScanRows));
      more = !rows.next.empty();
      after = rows.next;
      for (auto& row : rows.rows) {
        if (!given_up(row.state) || !matches(filter, row) || all.size() == limit) continue;
        Found found;
        found.runner = runner.get();
        found.row = std::move(row);
        all.push_back(std::move(found));
      }
    }
  }
  return all;
}

Task<Result<RedriveAnswer>> HostOperations::redrive_all(RedriveQuery query) {
  const auto all = matching(query.filter, kMaxRedrive + 1);
  if (!all) co_return Error(all.error());
  RedriveAnswer answer;
  answer.more = all->size() > kMaxRedrive;
  answer.matched = std::min(all->size(), kMaxRedrive);
  for (std::size_t i = 0; i < answer.matched; ++i) {
    const Found& found = (*all)[i];
    if (answer.sample.size() < kSample) answer.sample.push_back(found.row.ref.id);
    if (query.dry_run) continue;
    auto row = found.row;
    TENON_CO_TRY(append_redrive(found.runner->destination(), std::move(row), query.actor));
    ++answer.redriven;
  }
  co_return answer;
}

}  // namespace tenon::app
