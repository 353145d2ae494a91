// Opening, ending, and what is due.
#include "inbound/open_webhooks.hpp"

#include <algorithm>
#include <tuple>

namespace tenon::inbound {

Result<void> OpenWebhooks::apply(PartitionId partition, const Record& record) {
  if (record.header.type == static_cast<std::uint16_t>(InboundType::received)) {
    add(event_id_of(log_, partition, record), record.header.source, record.header.received);
    return {};
  }
  if (record.header.type != static_cast<std::uint16_t>(InboundType::ended)) {
    return unsupported("inbound record of type " + std::to_string(record.header.type) +
                       ": written by a newer version? this one knows 1 and 2");
  }
  TENON_TRY_AS(const auto ended, decode_inbound_ended(record.body));
  end(EventId{log_, partition, ended.received, 0});
  return {};
}

OpenWebhookPtr OpenWebhooks::add(const EventId& id, NameHash source, Time received) {
  auto& entry = open_[id];
  if (!entry) {
    entry = std::make_shared<OpenWebhook>();
    entry->id = id;
    entry->source = source;
    entry->received = received;
  }
  return entry;
}

OpenWebhookPtr OpenWebhooks::find(const EventId& id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : found->second;
}

std::vector<OpenWebhookPtr> OpenWebhooks::due(Instant now, std::size_t most) const {
  std::vector<OpenWebhookPtr> out;
  for (const auto& entry : all()) {
    if (out.size() == most) break;
    if (!entry->running && entry->next <= now) out.push_back(entry);
  }
  return out;
}

std::vector<OpenWebhookPtr> OpenWebhooks::all() const {
  std::vector<OpenWebhookPtr> out;
  out.reserve(open_.size());
  for (const auto& [id, entry] : open_) out.push_back(entry);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a->received, a->id) < std::tie(b->received, b->id);
  });
  return out;
}

void OpenWebhooks::end_append(PartitionId partition, Offset end) {
  auto& pending = pending_[partition.value];
  if (const auto found = pending.find(end); found != pending.end()) pending.erase(found);
}

Offset OpenWebhooks::resume(PartitionId partition, Offset end) const {
  Offset at = end;
  const auto& pending = pending_[partition.value];
  if (!pending.empty()) at = std::min(at, *pending.begin());
  const auto first = open_.lower_bound(EventId{log_, partition, Offset{}, 0});
  if (first != open_.end() && first->first.partition == partition) {
    at = std::min(at, first->first.offset);
  }
  return at;
}

}  // namespace tenon::inbound
