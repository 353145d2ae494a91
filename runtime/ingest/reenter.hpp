// Bringing a rejected event back in, after someone has mended it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/record.hpp"
#include "ports/random.hpp"

namespace tenon {

// Makes a raw record of `fixed_json`, the mended event (one Segment message, or one CloudEvent in
// structured form). `rejected` is the record that it replaces and `rejected_id` its id, which
// becomes the parent. The same checks as on the way in; the times of sending and receiving stay
// those of the original, so the client's clock is still corrected. Append it as AppendClass::event.
//   invalid: the event would be rejected again, and why.
Result<NewRecord> reenter(std::string_view fixed_json, const Record& rejected,
                          const EventId& rejected_id, ConfigVersion config, Random& random);
// The control record that says so, for its own partition. Append it as AppendClass::essential.
NewRecord reentered_mark(const EventId& rejected_id, const EventId& as, std::string actor,
                         Time now);

}  // namespace tenon
