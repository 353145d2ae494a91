// Operations on events: explain, find, tail, and what was rejected.
#include <algorithm>
#include <map>

#include "app/operations.hpp"
#include "audit/explain.hpp"
#include "base/fail_point.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"
#include "event/event.hpp"
#include "inbound/emitted.hpp"
#include "ingest/reenter.hpp"

namespace tenon::app {
namespace {

constexpr std::size_t kTailScanBytes = 8u << 20;  // of one partition, for one answer

ExplainOptions explain_options(const Workspace* workspace) {
  ExplainOptions options;
  options.source_names[hash_of_name(kNoticeSource)] = kNoticeSource;
  if (workspace == nullptr) return options;
  for (const auto& source : workspace->sources) {
    options.source_names[hash_of_name(source.name.value)] = source.name.value;
  }
  return options;
}

// The cursor of a tail: an offset for each partition.
std::string tail_cursor(const std::vector<Offset>& at) {
  std::string text;
  for (const Offset offset : at) text += (text.empty() ? "" : ".") + std::to_string(offset.value);
  return text;
}

Result<std::vector<Offset>> parse_tail_cursor(const std::string& text) {
  std::vector<Offset> at(1);
  for (const char c : text) {
    if (c == '.') {
      at.emplace_back();
    } else if (c >= '0' && c <= '9') {
      at.back().value = at.back().value * 10 + static_cast<std::uint64_t>(c - '0');
    } else {
      return invalid("after: not a cursor that this list gave");
    }
  }
  if (at.size() != kPartitions) return invalid("after: not a cursor that this list gave");
  return at;
}

}  // namespace

Task<Result<Trace>> HostOperations::explain(EventId id, std::optional<Trace> so_far) {
  const auto options = explain_options(parts_.config.workspace().get());
  if (so_far) {
    auto known = std::move(*so_far);
    auto more = co_await explain_more(parts_.log, std::move(known), options);
    if (more) add_holds(*more);
    co_return more;
  }
  auto trace = co_await tenon::explain(parts_.log, id, options);
  if (trace) add_holds(*trace);
  co_return trace;
}

// A hold is the host's, not the log's.
void HostOperations::add_holds(Trace& trace) const {
  for (auto& delivery : trace.deliveries) {
    delivery.held.clear();
    const bool waits =
        delivery.state == DeliveryState::pending || delivery.state == DeliveryState::retrying;
    const auto hold = waits ? parts_.holds.of(delivery.destination) : std::nullopt;
    if (!hold) continue;
    delivery.held = hold->text();
    if (delivery.next_at != Time{}) delivery.next_at = std::max(delivery.next_at, hold->until);
  }
}

Task<Result<Record>> HostOperations::read_one(EventId id) {
  if (id.log != parts_.log.id() || id.partition.value >= kPartitions) {
    co_return not_found("event " + to_text(id) + " is of another data folder");
  }
  ReadLimits one;
  one.max_records = 1;
  TENON_CO_TRY_AS(auto slice, parts_.log.read(id.partition, id.offset, one));
  if (slice.records.empty() || slice.records.front().offset != id.offset ||
      slice.records.front().header.index != id.index) {
    co_return not_found("no event " + to_text(id));
  }
  co_return std::move(slice.records.front());
}

Task<Result<EventSummary>> HostOperations::summary_of(EventId id, Record record) {
  EventSummary summary;
  summary.id = id;
  summary.received = record.header.received;
  auto raw = decode_raw_event(record.body);
  if (!raw) co_return Error(raw.error());
  summary.type = raw->type;
  summary.message_id = raw->message_id;
  summary.bytes = raw->payload.size();
  if (const auto* workspace = parts_.config.workspace().get()) {
    summary.source = workspace->source_name(record.header.source);
  }
  const auto event = make_event(id, record.header, *raw, summary.source);
  if (event) summary.name = event->name;
  co_return summary;
}

// An event is decided soon after it is in the log, so its decision lies near behind it.
Task<void> HostOperations::add_fates(std::vector<EventSummary>& events) {
  std::map<std::pair<std::uint16_t, Offset>, std::vector<EventSummary*>> wanted;
  for (auto& event : events) {
    wanted[{event.id.partition.value, event.id.offset}].push_back(&event);
  }
  ReadLimits limits;
  limits.streams = stream_bit(Stream::decision);
  limits.max_bytes = kTailScanBytes;
  while (!wanted.empty()) {
    const std::uint16_t p = wanted.begin()->first.first;
    const Offset oldest = wanted.begin()->first.second;
    const PartitionId partition{p};
    auto slice = co_await parts_.log.read(partition, oldest, limits);
    if (!slice) slice = LogSlice{};  // told by the next request that needs it
    for (const auto& record : slice->records) {
      const auto decision = decode_decision(record.body);
      if (!decision) continue;
      for (const auto& decided : decision->events) {
        const auto found = wanted.find({p, decided.offset});
        if (found == wanted.end()) continue;
        for (auto* event : found->second) {
          if (event->id.index == decided.index) event->fate = decided.fate;
        }
      }
    }
    const std::pair<std::uint16_t, Offset> of_next(p + 1, Offset{});
    // What one look did not find stays undecided.
    wanted.erase(wanted.begin(), wanted.lower_bound(of_next));
  }
}

Task<Result<std::vector<EventSummary>>> HostOperations::find_events(std::string source,
                                                                    std::string message_id) {
  std::vector<EventSummary> found;
  const auto workspace = parts_.config.workspace();
  if (!workspace || workspace->source_name(hash_of_name(source)) != source) {
    co_return not_found("no source \"" + source + "\" in the configuration in force");
  }
  TENON_CO_TRY_AS(const auto ids, parts_.pipeline.find_message(source, message_id));
  for (const EventId& id : ids) {
    auto record = co_await read_one(id);
    if (!record) continue;
    auto summary = co_await summary_of(id, std::move(*record));
    if (summary) found.push_back(std::move(*summary));
  }
  co_await add_fates(found);
  co_return found;
}

Task<Result<Page<EventSummary>>> HostOperations::tail(TailQuery query) {
  std::vector<Offset> at;
  if (query.page.after.empty()) {
    // The newest ones: from far enough back, then cut to the limit below.
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      at.push_back(parts_.pipeline.recent(PartitionId{p}));
    }
  } else {
    auto cursor = parse_tail_cursor(query.page.after);
    if (!cursor) co_return Error(cursor.error());
    at = std::move(*cursor);
  }
  const Instant until = parts_.clock.instant() + query.wait;
  Page<EventSummary> page;
  for (;;) {
    std::vector<EventSummary> found;
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      const PartitionId partition{p};
      ReadLimits limits;
      limits.streams = stream_bit(Stream::raw);
      limits.max_records = query.page.after.empty() ? kMaxSliceEvents : query.page.limit;
      limits.max_bytes = kTailScanBytes;
      if (at[p] >= parts_.log.end(partition)) continue;
      auto slice = co_await parts_.log.read(partition, at[p], limits);
      if (!slice) co_return Error(slice.error());
      at[p] = slice->next;
      for (auto& record : slice->records) {
        const EventId id = event_id_of(parts_.log.id(), partition, record);
        auto summary = co_await summary_of(id, std::move(record));
        if (summary) found.push_back(std::move(*summary));
      }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return std::tie(a.received, a.id) < std::tie(b.received, b.id);
    });
    if (query.page.after.empty() && found.size() > query.page.limit) {
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.page.limit));
    }
    co_await add_fates(found);
    page.data = std::move(found);
    if (!page.data.empty() || parts_.clock.instant() >= until) break;
    co_await parts_.clock.sleep_until(std::min(until, parts_.clock.instant() + milliseconds{50}));
  }
  page.next = tail_cursor(at);
  co_return page;
}

Task<Result<Page<RejectedEvent>>> HostOperations::rejected(RejectedQuery query) {
  std::uint16_t first = 0;
  Offset after{};
  if (!query.page.after.empty()) {
    const auto cursor = parse_event_id(query.page.after);
    if (!cursor) co_return Error(cursor.error());
    first = std::min(cursor->partition.value, kPartitions);
    after = Offset{cursor->offset.value + 1};
  }
  Page<RejectedEvent> page;
  for (std::uint16_t p = first; p < kPartitions; ++p, after = Offset{}) {
    for (bool more = true; more;) {
      const auto entries = parts_.pipeline.rejected(PartitionId{p}, after, kMaxPage);
      if (!entries) co_return Error(entries.error());
      more = entries->size() == kMaxPage;
      for (const auto& entry : *entries) {
        after = Offset{entry.offset.value + 1};
        const EventId id{parts_.log.id(), PartitionId{p}, entry.offset, entry.index};
        auto event = co_await rejected_event(id);
        if (!event) continue;
        event->payload.clear();
        event->reentered_as = entry.reentered_as;
        const bool fits = (query.source.empty() || query.source == event->source) &&
                          (query.code.empty() || query.code == event->code) &&
                          event->received >= query.since;
        if (!fits) continue;
        page.data.push_back(std::move(*event));
        if (page.data.size() == query.page.limit) {
          page.next = to_text(id);
          co_return page;
        }
      }
    }
  }
  co_return page;
}

Task<Result<RejectedEvent>> HostOperations::rejected_event(EventId id) {
  TENON_CO_TRY_AS(const auto record, read_one(id));
  if (record.header.stream != Stream::rejected) {
    co_return not_found("event " + to_text(id) + " was not rejected; see tenon explain");
  }
  const auto raw = decode_raw_event(record.body);
  if (!raw) co_return Error(raw.error());
  RejectedEvent event;
  event.id = id;
  event.code = raw->reason_code;
  event.reason = raw->reason;
  event.received = record.header.received;
  event.bytes = raw->payload.size();
  event.payload = raw->payload.substr(0, kMaxShownPayload);
  event.payload_cut = raw->payload.size() > kMaxShownPayload;
  const auto workspace = parts_.config.workspace();
  if (workspace) event.source = workspace->source_name(record.header.source);
  const auto entries = parts_.pipeline.rejected(id.partition, id.offset, 1);
  if (entries && !entries->empty() && entries->front().offset == id.offset) {
    event.reentered_as = entries->front().reentered_as;
  }
  co_return event;
}

Task<Result<Reentered>> HostOperations::reenter(ReenterQuery query) {
  TENON_CO_TRY_AS(const auto event, rejected_event(query.id));
  if (!event.reentered_as.empty()) {
    co_return conflict("event " + to_text(query.id) + " was re-entered before, as " +
                       to_text(event.reentered_as));
  }
  TENON_CO_TRY_AS(const auto record, read_one(query.id));
  const auto raw = decode_raw_event(record.body);
  if (!raw) co_return Error(raw.error());
  if (raw->reason_code == inbound::kFailedCode && !query.event) {
    if (query.dry_run) {
      co_return invalid("a webhook is read by its connector, so nothing can be said beforehand");
    }
    co_return co_await retry_webhook(query.id, record, query.actor);
  }
  const auto workspace = parts_.config.workspace();
  const ConfigVersion version = workspace ? workspace->version : ConfigVersion{};
  const std::string fixed = query.event.value_or(raw->payload);
  auto made = tenon::reenter(fixed, record, query.id, version, parts_.random);
  if (!made) co_return Error(made.error());
  Reentered answer;
  const auto fixed_raw = decode_raw_event(made->body);
  if (fixed_raw) answer.message_id = fixed_raw->message_id;
  if (query.dry_run) co_return answer;
  const PartitionId partition = made->partition;
  std::vector<NewRecord> records;
  const std::uint16_t index = made->header.index;
  records.push_back(std::move(*made));
  TENON_FAIL_POINT("reenter.append");
  TENON_CO_TRY_AS(const auto offsets,
                  parts_.log.append(std::move(records), AppendClass::event, AppendWait::durable));
  TENON_FAIL_POINT("reenter.appended");
  answer.id = EventId{parts_.log.id(), partition, offsets.front(), index};
  std::vector<NewRecord> marks;
  marks.push_back(reentered_mark(query.id, answer.id, query.actor, parts_.clock.now()));
  TENON_CO_TRY(parts_.log.append(std::move(marks), AppendClass::essential, AppendWait::durable));
  TENON_FAIL_POINT("reenter.marked");
  co_return answer;
}

}  // namespace tenon::app
