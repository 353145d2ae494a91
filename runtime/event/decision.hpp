// Decision: what the pipeline decided for one slice of raw records; one log record per slice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/event_id.hpp"

namespace tenon {

// Stored: never renumber.
enum class EventFate : std::uint8_t {
  none = 0,
  routed = 1,     // at least one route names it; see `deliveries`
  no_route = 2,   // no route of its source matches
  duplicate = 3,  // its message id was seen within the window; see `first`
  invalid = 4,    // its bytes could not be made canonical; see `reason`
};
enum class DeliveryFate : std::uint8_t {
  none = 0,
  deliver = 1,
  filtered = 2,  // a matching route, but it must not go; see `reason`
};

struct DecidedDelivery {
  std::string route, destination, action;
  DeliveryFate fate = DeliveryFate::none;
  std::string
      reason;  // of `filtered`: consent_not_enforced never appears here; integrations_off, ...

  bool operator==(const DecidedDelivery&) const = default;
};

struct DecidedEvent {
  Offset offset;            // of the raw record, same partition
  std::uint16_t index = 0;  // with the offset: the event id
  KeyHash key;              // the order key, 0 = none
  NameHash source;
  Time received{};  // completeness counts by the hour of this
  EventFate fate = EventFate::none;
  Offset first;        // of `duplicate`: the raw record seen first
  std::string reason;  // of `invalid`
  std::vector<DecidedDelivery> deliveries;

  bool operator==(const DecidedEvent&) const = default;
};

// The configuration in force stands in the record's header, and "consent not enforced" with it.
struct Decision {
  Offset from, to;  // raw records in [from, to) of this partition are decided by this record
  bool consent_enforced = false;
  std::vector<DecidedEvent> events;

  bool operator==(const Decision&) const = default;
};

std::string encode(const Decision& decision);
Result<Decision> decode_decision(std::string_view body);
// What is decided for one destination: events with a delivery to it, and of those only its
// deliveries. Many destinations read each decision, so what is not theirs must cost next to
// nothing.
Result<Decision> decode_decision_for(std::string_view destination, std::string_view body);

}  // namespace tenon
