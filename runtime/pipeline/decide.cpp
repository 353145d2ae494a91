// The pipeline's decisions; routing is its only domain room so far.
#include "pipeline/decide.hpp"

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "domain/routing/route.hpp"

namespace tenon::pipeline {
namespace {

// A stored event was checked when it came in; this only bounds the parser.
constexpr int kStoredJsonDepth = kMaxJsonDepth + 8;

// Its fate and deliveries; the caller has ruled out a duplicate.
void route_one(const EventId& id, const RawRecord& record, const Workspace& workspace,
               JsonParser& parser, DecidedEvent& decided) {
  const std::string source = workspace.source_name(record.header.source);
  if (source.empty()) {
    decided.fate = EventFate::no_route;
    decided.reason = "source_removed";
    return;
  }
  auto event = make_event(id, record.header, record.raw, source);
  if (!event) {
    decided.fate = EventFate::invalid;
    decided.reason = event.error().text();
    return;
  }
  auto view = parser.parse(event->json, kStoredJsonDepth);
  if (!view) {
    decided.fate = EventFate::invalid;
    decided.reason = view.error().text();
    return;
  }
  decided.deliveries = routing::route_event(workspace, *event, *view);
  if (const auto& raw = record.raw; !raw.only_destination.empty()) {
    std::erase_if(decided.deliveries, [&](const DecidedDelivery& one) {
      return one.destination != raw.only_destination || one.action != raw.only_action;
    });
  }
  decided.fate = decided.deliveries.empty() ? EventFate::no_route : EventFate::routed;
}

}  // namespace

std::uint64_t message_hash(NameHash source, std::string_view message_id) {
  return hash64(message_id, source.value);
}

Decision decide(LogId log, PartitionId partition, const std::vector<RawRecord>& slice,
                const Workspace& workspace, const std::vector<std::optional<Offset>>& first_seen) {
  Decision decision;
  decision.from = slice.front().offset;
  decision.to = slice.back().next;
  decision.consent_enforced = workspace.consent_enforced;
  std::map<std::pair<NameHash, std::string_view>, Offset> seen_here;
  JsonParser parser;
  for (std::size_t i = 0; i < slice.size(); ++i) {
    const RawRecord& record = slice[i];
    DecidedEvent decided;
    decided.offset = record.offset;
    decided.index = record.header.index;
    decided.key = record.header.key;
    decided.source = record.header.source;
    decided.received = record.header.received;
    const auto name = std::pair(record.header.source, std::string_view(record.raw.message_id));
    const auto [earlier, fresh] = seen_here.try_emplace(name, record.offset);
    if (first_seen[i] || !fresh) {
      decided.fate = EventFate::duplicate;
      decided.first = first_seen[i] ? *first_seen[i] : earlier->second;
    } else {
      const EventId id{log, partition, record.offset, record.header.index};
      route_one(id, record, workspace, parser, decided);
    }
    decision.events.push_back(std::move(decided));
  }
  return decision;
}

}  // namespace tenon::pipeline
