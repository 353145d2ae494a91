// Opening, ending, and what is due.
#include "inbound/open_webhooks.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"

namespace tenon::inbound {

Result<void> OpenWebhooks::apply(PartitionId partition, const Record& record) {
  if (record.header.type == static_cast<std::uint16_t>(InboundType::received)) {
    add(event_id_of(log_, partition, record), record.header.source, record.header.received);
    return {};
  }
  if (record.header.type == static_cast<std::uint16_t>(InboundType::reopened)) {
    TENON_TRY_AS(auto reopened, decode_inbound_reopened(record.body));
    const EventId id{log_, partition, reopened.received, 0};
    add(id, record.header.source, record.header.received)->reopened = std::move(reopened);
    return {};
  }
  if (record.header.type != static_cast<std::uint16_t>(InboundType::ended)) {
    return unsupported("inbound record of type " + std::to_string(record.header.type) +
                       ": written by a newer version? this one knows 1 to 3");
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
    sources_[source].open.emplace(std::pair(received, id), entry);
  }
  return entry;
}

void OpenWebhooks::end(const EventId& id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const OpenWebhookPtr entry = found->second;
  sources_[entry->source].open.erase({entry->received, id});
  open_.erase(found);
  forget_if_empty(entry->source);
}

void OpenWebhooks::forget_if_empty(NameHash source) {
  const auto at = sources_.find(source);
  if (at != sources_.end() && at->second.open.empty() && at->second.running == 0) {
    sources_.erase(at);
  }
}

bool OpenWebhooks::full(NameHash source) const {
  const auto at = sources_.find(source);
  return at != sources_.end() && at->second.open.size() >= kMaxOpenOfSource;
}

bool OpenWebhooks::may_run(NameHash source) const {
  const auto at = sources_.find(source);
  return running_ < kMaxTries && (at == sources_.end() || at->second.running < kMaxTriesOfSource);
}

void OpenWebhooks::run(OpenWebhook& open) {
  TENON_ASSERT(!open.running);
  open.running = true;
  ++sources_[open.source].running;
  ++running_;
}

void OpenWebhooks::rest(OpenWebhook& open) {
  TENON_ASSERT(open.running);
  open.running = false;
  --sources_[open.source].running;
  --running_;
  forget_if_empty(open.source);
}

OpenWebhookPtr OpenWebhooks::find(const EventId& id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : found->second;
}

std::vector<OpenWebhookPtr> OpenWebhooks::ready(const OfSource& source, Instant now) {
  std::vector<OpenWebhookPtr> out;
  const std::size_t room = kMaxTriesOfSource - std::min(kMaxTriesOfSource, source.running);
  for (const auto& [age, entry] : source.open) {
    if (out.size() == room) break;
    if (!entry->running && entry->next <= now) out.push_back(entry);
  }
  return out;
}

std::vector<OpenWebhookPtr> OpenWebhooks::due(Instant now) {
  std::vector<std::vector<OpenWebhookPtr>> turns;
  auto source = sources_.upper_bound(last_);
  for (std::size_t i = 0; i < sources_.size(); ++i, ++source) {
    if (source == sources_.end()) source = sources_.begin();
    turns.push_back(ready(source->second, now));
  }
  std::vector<OpenWebhookPtr> out;
  for (std::size_t round = 0; round < kMaxTriesOfSource; ++round) {
    for (const auto& of_source : turns) {
      if (round >= of_source.size()) continue;
      if (running_ + out.size() >= kMaxTries) return out;
      out.push_back(of_source[round]);
      last_ = out.back()->source;
    }
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
