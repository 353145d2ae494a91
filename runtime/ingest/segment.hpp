// Segment-style bodies: one message, or a batch of them, as Segment's and RudderStack's clients
// send.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ingest/parsed.hpp"

namespace tenon {

// True for track, identify, page, screen, group, alias.
bool is_segment_type(std::string_view type);

// Reads a body. `type` is a message type for a body that is one message, or "batch". Pure.
// A wrong message inside a batch (or a wrong single one) is in the result, refused with its reason.
// invalid: the body as a whole is not JSON, not an object, has no `batch` array, more than
// kMaxBatchEvents messages, or more than kMaxEnvelopeBytes of shared fields.
Result<ParsedBody> parse_segment(JsonParser& parser, std::string_view body, std::string_view type);

// Checks one message; `type` empty = as its own `type` member says.
ParsedEvent parse_segment_message(JsonView message, std::string_view type);

}  // namespace tenon
