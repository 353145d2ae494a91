// Reading decisions, then the events they decided, and deciding those again.
#include "delivery/replay_scan.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "domain/routing/route.hpp"
#include "event/decision.hpp"
#include "event/event.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kDecisionsAtOnce = 64;
constexpr std::uint64_t kReplayMix = 0x9e3779b97f4a7c15;

bool wanted(const DecidedEvent& event, const ReplaySpec& spec) {
  const bool good = event.fate == EventFate::routed || event.fate == EventFate::no_route;
  return good && event.received >= spec.from && event.received < spec.to &&
         (spec.source.value == 0 || event.source == spec.source);
}

bool decided(const DecidedEvent& event, const DecidedDelivery& delivery) {
  return std::any_of(event.deliveries.begin(), event.deliveries.end(), [&](const auto& before) {
    return before.destination == delivery.destination && before.action == delivery.action &&
           before.fate == DeliveryFate::deliver;
  });
}

// Everything that a scan needs to look at one event.
struct Looking {
  LogId log;
  PartitionId partition;
  const ReplaySpec& spec;
  const Workspace& workspace;
};

void look_at(const Looking& at, const Record& record, const DecidedEvent& event, Offset decision,
             std::vector<Candidate>& out) {
  const std::string source = at.workspace.source_name(record.header.source);
  auto raw = decode_raw_event(record.body);
  if (source.empty() || !raw) return;
  const EventId id = event_id_of(at.log, at.partition, record);
  const auto made = make_event(id, record.header, *raw, source);
  JsonParser parser;
  if (!made) return;
  const auto view = parser.parse(made->json, kStoredJsonDepth);
  if (!view || !routing::matches(at.spec.where, *view)) return;
  for (const auto& delivery : routing::route_event(at.workspace, *made, *view)) {
    const bool ours =
        delivery.destination == at.spec.destination && delivery.fate == DeliveryFate::deliver &&
        (raw->only_destination.empty() ||
         (raw->only_destination == delivery.destination && raw->only_action == delivery.action));
    if (!ours) continue;
    Candidate found;
    found.action = delivery.action;
    found.decided_before = decided(event, delivery);
    found.decided_at = decision;
    found.ref.id = delivery_id_of(at.spec.destination, id, delivery.action);
    found.ref.event = event.offset;
    found.ref.index = event.index;
    found.ref.key = replay_key(event.key);
    found.ref.source = event.source;
    found.ref.received = event.received;
    found.ref.route = delivery.route;
    found.ref.replay = at.spec.id;
    out.push_back(std::move(found));
  }
}

// The raw records from `first` to `last`, so many at most, with those that were trimmed left out.
Task<Result<std::vector<Record>>> read_events(EventLog& log, PartitionId partition, Offset first,
                                              Offset last, std::size_t most) {
  std::vector<Record> events;
  Offset from = std::max(first, log.begin(partition));
  while (from <= last && events.size() < most) {
    ReadLimits limits;
    limits.streams = stream_bit(Stream::raw);
    limits.max_records = most - events.size();
    auto slice = co_await log.read(partition, from, limits);
    if (!slice && slice.error().kind == ErrorKind::not_found) break;  // trimmed meanwhile
    if (!slice) co_return Error(slice.error());
    for (auto& record : slice->records) {
      if (record.offset <= last) events.push_back(std::move(record));
    }
    if (slice->next <= from) break;
    from = slice->next;
  }
  co_return events;
}

}  // namespace

KeyHash replay_key(KeyHash key) {
  if (key.value == 0) return key;
  return KeyHash{key.value == kReplayMix ? 1 : key.value ^ kReplayMix};
}

Result<ReplaySpec> replay_spec_of(const RerunStarted& asked) {
  ReplaySpec spec;
  spec.id = asked.id;
  spec.destination = asked.destination;
  spec.from = asked.from;
  spec.to = asked.to;
  if (!asked.source.empty()) spec.source = hash_of_name(asked.source);
  if (!asked.where.empty()) {
    TENON_TRY_AS(spec.where, parse_predicate(asked.where, "where"));
  }
  return spec;
}

Task<Result<ScanStep>> scan_replay(EventLog& log, PartitionId partition, ScanPlace from, Offset end,
                                   const ReplaySpec& spec,
                                   std::shared_ptr<const Workspace> workspace, std::size_t most) {
  ScanStep step;
  step.next = from.decision < log.begin(partition) ? ScanPlace{log.begin(partition), 0} : from;
  ReadLimits limits;
  limits.streams = stream_bit(Stream::decision);
  limits.max_records = std::clamp<std::size_t>(most, 1, kDecisionsAtOnce);
  TENON_CO_TRY_AS(const auto slice, log.read(partition, step.next.decision, limits));
  const Looking looking{log.id(), partition, spec, *workspace};
  for (const auto& record : slice.records) {
    if (record.offset >= end) break;
    // Events of a decision were received before it.
    if (record.header.appended >= spec.from) {
      const auto decoded = decode_decision(record.body);
      if (!decoded) co_return Error(decoded.error());
      const Decision& decision = *decoded;
      if (record.offset != step.next.decision) step.next.events = 0;
      step.next.decision = record.offset;
      const DecidedEvent *first = nullptr, *last = nullptr;
      std::size_t in_between = 0;
      for (std::size_t i = step.next.events; i < decision.events.size(); ++i) {
        const auto& event = decision.events[i];
        if (first != nullptr || wanted(event, spec)) ++in_between;
        if (!wanted(event, spec)) continue;
        if (first == nullptr) first = &event;
        last = &event;
      }
      std::vector<Record> events;
      if (first != nullptr) {
        TENON_CO_TRY_AS(events,
                        read_events(log, partition, first->offset, last->offset, in_between));
      }
      std::size_t at = 0;
      for (std::size_t i = step.next.events; first != nullptr && i < decision.events.size(); ++i) {
        if (step.candidates.size() >= most) co_return step;
        step.next.events = static_cast<std::uint32_t>(i + 1);
        const auto& event = decision.events[i];
        if (!wanted(event, spec)) continue;
        ++step.looked;
        while (at < events.size() && events[at].offset < event.offset) ++at;
        if (at == events.size() || events[at].offset != event.offset) continue;
        look_at(looking, events[at], event, record.offset, step.candidates);
      }
    }
    step.next = ScanPlace{record.next, 0};
    if (step.candidates.size() >= most) co_return step;
  }
  const bool cut = !slice.records.empty() && slice.records.back().offset >= end;
  step.finished = cut || slice.next >= end || slice.records.empty();
  step.next = ScanPlace{step.finished ? end : std::max(step.next.decision, slice.next), 0};
  co_return step;
}

}  // namespace tenon::delivery
