// What parsing an ingest body gives: its events one by one, each accepted or refused with a reason.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "event/json.hpp"
#include "event/raw_event.hpp"

namespace tenon {

// The fields that a batch shares are stored with each of its events, so they must be small.
constexpr std::size_t kMaxEnvelopeBytes = 8 * 1024;

// One event of a body. `raw.reason_code` is empty if it is accepted.
struct ParsedEvent {
  RawEvent raw;             // message_id empty: none was given, the caller makes one
  std::uint16_t index = 0;  // position in the body
  std::string write_key;    // the event's own, or empty
  Time occurred{}, sent{};

  bool accepted() const { return raw.reason_code.empty(); }
};

struct ParsedBody {
  std::string write_key;  // at the top of the body, or empty
  std::vector<ParsedEvent> events;
};

// Marks an event as refused. `code` is a stable word, `reason` is for the sender.
void refuse(ParsedEvent& event, std::string_view code, std::string reason);

// Refuses an event that is too large or nested too deeply; true if it may go on.
bool within_limits(ParsedEvent& event, JsonView value);

// "a string", "an object" ...: what was found, for reasons.
std::string_view article(JsonKind kind);

// A string member of an object that is an RFC 3339 time, else the zero time.
Time time_member(JsonView object, std::string_view name);

// An identifier as text: a string, or a number by its digits; empty if absent, null or other.
std::string identifier(JsonView object, std::string_view name);

}  // namespace tenon
