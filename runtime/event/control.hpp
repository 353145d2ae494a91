// Control and lease records: what an operator or the host decided, so that a fold sees it in order.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "event/attempt.hpp"
#include "event/event_id.hpp"
#include "event/rerun.hpp"

namespace tenon {

// RecordHeader::type within Stream::control. Stored: never renumber.
enum class ControlType : std::uint16_t {
  none = 0,
  config_applied = 1,       // in every partition, before any record that needs it
  destination_paused = 2,   // in every partition
  destination_resumed = 3,  // in every partition
  destination_skipped =
      4,                   // in every partition: deliveries decided before this record are given up
  redriven = 5,            // in the partition of the event
  rejected_reentered = 6,  // in the partition of the rejected record
  rerun_started = 7,       // in every partition
  rerun_moved = 8,         // in the partition of its deliveries; the end in every partition
  letter_closed = 9,       // in the partition of the event
};

struct ConfigApplied {
  std::string workspace;  // name
  std::string content;    // the file, byte for byte; it holds references to secrets, never secrets
  std::string digest;     // digest_hex(content); header.config is its first 8 bytes
  std::string actor;      // who applied it: "start", "uid:1000", ...
  bool operator==(const ConfigApplied&) const = default;
};
struct DestinationPaused {
  std::string destination, reason, actor;
  bool operator==(const DestinationPaused&) const = default;
};
struct DestinationResumed {
  std::string destination, actor;
  bool operator==(const DestinationResumed&) const = default;
};
struct DestinationSkipped {
  std::string destination, reason, actor;
  bool operator==(const DestinationSkipped&) const = default;
};
// The delivery is tried again under the configuration in the record's header.
struct Redriven {
  DeliveryRef delivery;
  std::string destination, actor;
  bool operator==(const Redriven&) const = default;
};
struct RejectedReentered {
  Offset rejected;  // the rejected record
  EventId reentered_as;
  std::string actor;
  bool operator==(const RejectedReentered&) const = default;
};

using Control = std::variant<std::monostate, ConfigApplied, DestinationPaused, DestinationResumed,
                             DestinationSkipped, Redriven, RejectedReentered, RerunStarted,
                             RerunMoved, LetterClosed>;
ControlType type_of(const Control& control);
std::string encode(const Control& control);
// `type` from the record's header. An unknown type is `unsupported`: refuse, never skip.
Result<Control> decode_control(std::uint16_t type, std::string_view body);

// Tokens of a rate bucket, taken out of the log before use (decision 11).
struct Lease {
  std::string bucket;  // destination account and manifest bucket: the scope of the vendor's limit
  std::uint32_t tokens = 0;
  Time granted{}, expires{};  // unused tokens are lost at `expires`
  bool operator==(const Lease&) const = default;
};
std::string encode(const Lease& lease);
Result<Lease> decode_lease(std::string_view body);

ConfigVersion config_version_of(std::string_view digest_hex);

}  // namespace tenon
