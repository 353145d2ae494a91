// CloudEvents 1.0 over HTTP: binary, structured and batch, all brought to the structured JSON form.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ingest/parsed.hpp"
#include "ports/http_client.hpp"

namespace tenon {

enum class CloudEventsMode : std::uint8_t { none, binary, structured, batch };
// By Content-Type and ce-* headers (names lower-case); none: the request is no CloudEvent.
CloudEventsMode cloudevents_mode(const HttpHeaders& headers);

// Reads a body in one of the modes. Pure. An event that breaks the specification is in the result,
// refused with its reason. invalid: a structured body or a batch is not JSON of the right kind.
Result<ParsedBody> parse_cloudevents(JsonParser& parser, const HttpHeaders& headers,
                                     std::string_view body, CloudEventsMode mode);

// Checks one event in its structured form.
ParsedEvent parse_cloudevent(JsonView event);

// The value of a ce-* header as UTF-8: quotes and percent encoding undone, Latin-1 taken as such.
std::string cloudevents_header_text(std::string_view value);

}  // namespace tenon
