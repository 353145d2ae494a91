// OpenWebhooks: the webhooks that are durable and have not ended, folded from the stream inbound.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "event/inbound.hpp"
#include "event/record.hpp"

namespace tenon::inbound {

// Of each source, so that one whose connector is down or gone stands in no other's way.
constexpr std::size_t kMaxOpenOfSource = 10'000;  // beyond, it takes none: the vendor comes again
constexpr std::size_t kMaxTriesOfSource = 4;      // at the same time; the others wait
constexpr std::size_t kMaxTries = 32;             // of all sources

struct OpenWebhook {
  EventId id;
  NameHash source;
  Time received{};
  std::uint32_t tries = 0;   // since this process began
  std::uint32_t deaths = 0;  // of them, how many the worker did not survive
  Instant next{};            // not tried again before
  bool running = false;
  std::string why;                          // the last try did not succeed
  std::optional<InboundReopened> reopened;  // after it had been given up
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
  void end(const EventId& id);

  std::size_t size() const { return open_.size(); }
  bool full(NameHash source) const;
  // Is there room for one more try?
  bool may_run(NameHash source) const;
  // A try of it is under way, and no second one, until rest().
  void run(OpenWebhook& open);
  void rest(OpenWebhook& open);
  // Those whose time has come and that may run: sources in turn, of each the oldest first.
  std::vector<OpenWebhookPtr> due(Instant now);
  std::vector<OpenWebhookPtr> all() const;  // the oldest first

  // An append to the partition is under way, whose place is not known yet.
  void begin_append(PartitionId partition, Offset end) { pending_[partition.value].insert(end); }
  void end_append(PartitionId partition, Offset end);
  // From where a later start must read so that nothing open is missed; `end`: of the partition.
  Offset resume(PartitionId partition, Offset end) const;

 private:
  struct OfSource {
    std::map<std::pair<Time, EventId>, OpenWebhookPtr> open;  // the oldest first
    std::size_t running = 0;  // also those that have ended and are not at rest yet
  };
  static std::vector<OpenWebhookPtr> ready(const OfSource& source, Instant now);
  void forget_if_empty(NameHash source);

  LogId log_;
  std::map<EventId, OpenWebhookPtr> open_;
  std::map<NameHash, OfSource> sources_;
  std::size_t running_ = 0;
  NameHash last_;  // whose turn it was last
  std::array<std::multiset<Offset>, kPartitions> pending_;
};

}  // namespace tenon::inbound
