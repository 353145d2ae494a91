// RawEvent: the body of a raw or rejected record: an event's own bytes and what came around them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

// How the bytes are to be read. Stored: never renumber.
enum class RawFormat : std::uint8_t {
  none = 0,
  segment = 1,     // `payload` is one Segment-style message
  cloudevent = 2,  // `payload` is the structured JSON form of one CloudEvent
  unparsed = 3,    // rejected before a form could be seen
};

// Raw bytes are stored once; the canonical event is made from them on reading (event/event.hpp).
struct RawEvent {
  RawFormat format = RawFormat::none;
  std::string type;                  // segment: track, identify, page, screen, group, alias
  std::string message_id;            // the client's, or one that ingest made
  bool message_id_assigned = false;  // true: ingest made it, so it cannot reveal a duplicate
  std::string order_key;             // as text; empty = none. Its hash is the record's key
  std::string envelope;  // JSON object of batch-level fields (context, integrations, ...) or empty
  std::string payload;   // the event's own bytes, as received
  // Edited only: the one delivery that it is for; all other routes are passed over.
  std::string only_destination, only_action;
  std::string reason;       // rejected only: why, in words for the sender
  std::string reason_code;  // rejected only: stable word, e.g. too_large, not_an_object

  bool operator==(const RawEvent&) const = default;
};

std::string encode(const RawEvent& raw);
Result<RawEvent> decode_raw_event(std::string_view body);

}  // namespace tenon
