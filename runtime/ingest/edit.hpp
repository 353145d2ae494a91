// An edited event that goes in place of a dead letter, to that letter's destination only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/record.hpp"

namespace tenon {

// The one delivery that it is for.
struct EditTarget {
  std::string destination, action;
  std::string message_id;  // of the edit: a second one of the same letter is a duplicate
  std::string source;      // the original's, by name
};

// Makes a raw record of `event_json`, one message as a client would send it, with the same checks
// as on the way in. `original` is the raw record of the event that the letter was about; it becomes
// the parent. The time of happening stays the original's where the message does not name another.
//   invalid: the event would be rejected, and why.
Result<NewRecord> edited(std::string_view event_json, const Record& original,
                         const EventId& original_id, const EditTarget& target, ConfigVersion config,
                         Time now);

}  // namespace tenon
