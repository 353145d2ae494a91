// An event that a connector emitted, checked like one that a client sent.
#pragma once

#include <cstdint>
#include <string_view>

#include "ingest/parsed.hpp"

namespace tenon {

// `body` is a Segment-style message without `type`, `messageId` and `timestamp` (whatever stands
// there is replaced): those are said by the emit itself. The message id is the emit's, or a digest
// of one that is too long, so that a repeat is a duplicate. Refused, with the reason in it: no id,
// an unknown type, a body that is no JSON object or that a client could not send either.
ParsedEvent parse_emitted(JsonParser& parser, std::string_view id, std::string_view type,
                          std::string_view body, std::int64_t event_ms);

}  // namespace tenon
