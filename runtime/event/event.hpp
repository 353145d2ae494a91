// Event: the canonical form of one raw record, as routes, mappings and connectors see it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "event/json.hpp"
#include "event/raw_event.hpp"
#include "event/record.hpp"

namespace tenon {

// Owns its canonical JSON. Shape, in this order, absent where unknown:
//   {"id":"evt_...","type":"track","event":"Order Completed","messageId":"...","source":"web",
//    "userId":"u1","anonymousId":"a1","previousId":..,"groupId":..,
//    "timestamp":"2026-..Z","originalTimestamp":..,"sentAt":..,"receivedAt":"..Z",
//    "name":..,"properties":{},"traits":{},"context":{},"integrations":{}}
// plus any other member of the client's message, as it came. `timestamp` is corrected for the
// client's clock: receivedAt - (sentAt - originalTimestamp) where both are known.
struct Event {
  EventId id;
  std::string type;    // track, identify, page, screen, group, alias
  std::string name;    // of track: the event's name; of page, screen: its name; else empty
  std::string source;  // the source's name
  Time occurred{}, received{};
  bool synthetic = false;  // made up; it may reach models of vendors only
  std::string json;
};

// Makes the canonical event of a raw record. Pure: the same record gives the same bytes.
// invalid: the payload is not what its format says (only possible for a foreign or older log).
Result<Event> make_event(const EventId& id, const RecordHeader& header, const RawEvent& raw,
                         std::string_view source_name);

}  // namespace tenon
