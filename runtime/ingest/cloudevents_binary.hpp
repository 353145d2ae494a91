// A binary-mode CloudEvent: attributes in ce-* headers, data in the body.
#pragma once

#include "ingest/cloudevents.hpp"

namespace tenon {

// Brings it to the structured form and checks that. JSON data is embedded as it is, text becomes a
// string, other bytes become data_base64. Refused (never an error) where that is impossible.
ParsedEvent parse_binary_cloudevent(JsonParser& parser, const HttpHeaders& headers,
                                    std::string_view body);

}  // namespace tenon
