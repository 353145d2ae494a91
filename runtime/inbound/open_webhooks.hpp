// OpenWebhooks: the webhooks that are durable and have not ended, folded from the stream inbound.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "event/inbound.hpp"
#include "event/record.hpp"

namespace tenon::inbound {

struct OpenWebhook {
  EventId id;
  NameHash source;
  Time received{};
  std::uint32_t tries = 0;   // since this process began
  std::uint32_t deaths = 0;  // of them, how many the worker did not survive
  Instant next{};            // not tried again before
  bool running = false;
  std::string why;  // the last try did not succeed
  std::optional<InboundEnded> ended;
};
using OpenWebhookPtr = std::shared_ptr<OpenWebhook>;  // kept by a running try after it was dropped

// For one thread. Holds no bodies: those are in the log.
class OpenWebhooks {
 public:
  explicit OpenWebhooks(LogId log) : log_(log) {}

  // Each record of the stream inbound, in order. corrupt/unsupported: it cannot be read.
  Result<void> apply(PartitionId partition, const Record& record);
  OpenWebhookPtr add(const EventId& id, NameHash source, Time received);
  OpenWebhookPtr find(const EventId& id) const;  // or null
  void end(const EventId& id) { open_.erase(id); }

  std::size_t size() const { return open_.size(); }
  // Those whose time has come and that do not run, the oldest first, at most `most`.
  std::vector<OpenWebhookPtr> due(Instant now, std::size_t most) const;
  std::vector<OpenWebhookPtr> all() const;  // the oldest first

  // An append to the partition is under way, whose place is not known yet.
  void begin_append(PartitionId partition, Offset end) { pending_[partition.value].insert(end); }
  void end_append(PartitionId partition, Offset end);
  // From where a later start must read so that nothing open is missed; `end`: of the partition.
  Offset resume(PartitionId partition, Offset end) const;

 private:
  LogId log_;
  std::map<EventId, OpenWebhookPtr> open_;
  std::array<std::multiset<Offset>, kPartitions> pending_;
};

}  // namespace tenon::inbound
