// Bodies of the stream inbound: a vendor's webhook as it came, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "event/event_id.hpp"

namespace tenon {

// RecordHeader::type within Stream::inbound. Stored: never renumber.
enum class InboundType : std::uint16_t {
  none = 0,
  received = 1,  // verified, durable before the vendor is answered
  ended = 2,     // in the partition of the `received`
  reopened = 3,  // likewise; its header has the source and the time of the `received`
};

// The parts of the request that the connector sees. No signature, no secret, no credential.
struct InboundReceived {
  std::string connector;  // manifest id
  std::string method;
  std::string path;  // with the query; a secret at its end is left out
  std::vector<std::pair<std::string, std::string>> headers;  // names lower-case
  std::string body;                                          // content codings undone

  bool operator==(const InboundReceived&) const = default;
};

// Stored: never renumber.
enum class InboundFate : std::uint8_t {
  none = 0,
  parsed = 1,  // `events` are in the log
  failed = 2,  // given up; kept as a rejected event, which is events[0]
};

struct InboundEnded {
  Offset received;  // the record that it ends
  InboundFate fate = InboundFate::none;
  std::uint32_t tries = 1;
  std::uint32_t rejected = 0;  // emits that are in the stream rejected
  std::string release;         // that parsed it, or tried
  std::string reason;          // of failed
  std::vector<EventId> events;

  bool operator==(const InboundEnded&) const = default;
};

// A person brings one that was given up to its connector again: from here on it is open.
struct InboundReopened {
  Offset received;   // the record that is open again
  EventId rejected;  // as what it was kept; marked as re-entered once it has been parsed
  std::string actor;

  bool operator==(const InboundReopened&) const = default;
};

std::string encode(const InboundReceived& received);
std::string encode(const InboundEnded& ended);
std::string encode(const InboundReopened& reopened);
Result<InboundReceived> decode_inbound_received(std::string_view body);
Result<InboundEnded> decode_inbound_ended(std::string_view body);
Result<InboundReopened> decode_inbound_reopened(std::string_view body);

}  // namespace tenon
