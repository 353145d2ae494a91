// Event ids and delivery ids: names that say where the thing lies, or are computed from what it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace tenon {

class Writer;
class Reader;

// An event is named by where its raw record lies, so it is found without an index.
struct EventId {
  LogId log;
  PartitionId partition;
  Offset offset;            // of the raw record
  std::uint16_t index = 0;  // its position in the request body that brought it

  auto operator<=>(const EventId&) const = default;
  bool operator==(const EventId&) const = default;
  bool empty() const { return log.value == 0; }
};

// "evt_" and 21 base32 characters (13 bytes: log 4, partition 1, offset 6, index 2, big-endian).
std::string to_text(const EventId& id);
Result<EventId> parse_event_id(std::string_view text);
// 16 bytes of a record or state value. The reader tells of missing ones as it does everywhere.
void write(Writer& out, const EventId& id);
EventId read_event_id(Reader& in);

// Many deliveries tried again on purpose: a replay of events or a redrive of dead letters.
using RerunId = StrongId<struct RerunTag, std::uint64_t>;
// "rpl_" and 13 base32 characters.
std::string to_text(RerunId id);
Result<RerunId> parse_rerun_id(std::string_view text);

// One duty: this event to this destination by this action. Stable over retries and replays.
struct DeliveryId {
  Digest128 bytes{};
  auto operator<=>(const DeliveryId&) const = default;
  bool operator==(const DeliveryId&) const = default;
};
DeliveryId delivery_id_of(std::string_view destination, const EventId& event,
                          std::string_view action);
// "dlv_" and 26 base32 characters.
std::string to_text(const DeliveryId& id);
Result<DeliveryId> parse_delivery_id(std::string_view text);

}  // namespace tenon
