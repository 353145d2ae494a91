// Operations on deliveries that are open or stuck.
#include <algorithm>

#include "app/operations.hpp"
#include "app/row_pages.hpp"

namespace tenon::app {
namespace {

// The indexes that hold the rows of a state, in the order in which they are walked.
std::string_view indexes_of(std::optional<DeliveryState> state) {
  if (!state) return "x";
  if (*state == DeliveryState::retrying) return "qd";
  if (*state == DeliveryState::pending) return "qdk";
  return takes_redrive(*state) ? "t" : "";
}

// A retried row stands in "q" or "d", and in "k"; it is listed by the first of them.
bool listed_by(char index, delivery::RowState state) {
  return index != 'k' || state == delivery::RowState::held;
}

}  // namespace

Result<Page<DeliverySummary>> HostOperations::deliveries(const DeliveryQuery& query) {
  if (!query.destination.empty() && parts_.delivery.runner(query.destination) == nullptr) {
    return not_found("no destination \"" + query.destination + "\"");
  }
  TENON_TRY_AS(const auto cursor, parse_cursor(query.page.after));
  const LogId log = parts_.log.id();
  Page<DeliverySummary> page;
  std::size_t looked = 0;
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (name < cursor.destination || (!query.destination.empty() && name != query.destination)) {
      continue;
    }
    if (page.data.size() >= query.page.limit) {
      page.next = text_of(Cursor{name, ""});
      return page;
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
    const bool pending_wanted = (!query.state || *query.state == DeliveryState::pending) &&
                                !query.of_reruns.value_or(false);
    for (std::uint16_t p = 0; after.empty() && pending_wanted && p < kPartitions; ++p) {
      for (const auto& entry : runner->fold().window(PartitionId{p})) {
        if (page.data.size() < query.page.limit) add(PartitionId{p}, entry.ref, entry.action);
      }
    }
    for (const char index : indexes_of(query.state)) {
      if (!after.empty() && after.front() != index) continue;
      for (bool more = true; more;) {
        if (page.data.size() >= query.page.limit || looked >= delivery::kMaxLookedAt) {
          page.next = text_of(Cursor{name, after.empty() ? std::string(1, index) : after});
          return page;
        }
        const std::size_t room = query.page.limit - page.data.size();
        delivery::LetterFilter stuck;
        stuck.state = query.state ? row_state_of(*query.state) : std::nullopt;
        TENON_TRY_AS(const auto rows, index == 't' ? runner->fold().letters(stuck, after, room)
                                                   : runner->fold().rows(index, after, room));
        looked += rows.rows.size();
        for (const auto& row : rows.rows) {
          const DeliveryState state = state_of(row);
          if (query.state && *query.state != state) continue;
          if (!listed_by(index, row.state)) continue;
          if (query.of_reruns && *query.of_reruns != (row.rerun.value != 0)) continue;
          DeliverySummary& summary = add(row.partition, row.ref, row.action);
          summary.release = row.release;
          summary.state = state;
          summary.reason = row.reason;
          summary.rerun = row.rerun;
          summary.tries = row.number;
          summary.http_status = row.http_status;
          if (state == DeliveryState::retrying) summary.next_at = row.next_at;
        }
        after = rows.next;
        more = !after.empty();
      }
    }
  }
  return page;
}

}  // namespace tenon::app
