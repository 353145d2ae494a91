// Shown: values as one line of harmless text, for reports that people read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "ports/connector_runtime.hpp"

namespace tenon::shadow {

constexpr std::size_t kMaxShown = 400;        // bytes of a value in an example
constexpr std::size_t kMaxShownBody = 4'000;  // bytes of a body of a request that diverged

// Valid UTF-8 on one line, cut behind `most` bytes with "…": bytes that are none become U+FFFD,
// control characters and those that turn the direction of text become escapes like \n and \u202e.
std::string shown(std::string_view text, std::size_t most = kMaxShown);
// As minified JSON, cut likewise.
std::string shown_json(const nlohmann::json& value, std::size_t most = kMaxShown);
// "POST api /v1/contacts"
std::string line_of(const ConnectorRequest& request);
// Method, endpoint, path, query, headers, covered records and body, a line each. Nothing in it is
// a secret: requests are taken before a credential is spliced in.
std::string text_of(const ConnectorRequest& request);

}  // namespace tenon::shadow
