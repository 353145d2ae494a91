// The texts around a signature: its header taken apart, times, base64 and hex, what was signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "manifest/webhook_scheme.hpp"

namespace tenon::inbound {

struct Signatures {
  std::vector<std::string> values;  // decoded; at least one, at most kMaxSignatures
  std::string_view stamp;           // of form pairs; borrowed from the header
};

// unauthorized: no signature of the scheme's tag and coding in it.
Result<Signatures> read_signatures(const WebhookScheme& scheme, std::string_view header);

// Strict: the whole text. Nothing for anything else.
std::optional<std::string> decode_hex(std::string_view text);

// The time in a header; digits only for seconds and milliseconds.
std::optional<Time> parse_stamp(std::string_view text, StampForm form);

struct MessageParts {
  std::string_view method, url, body, stamp, id;
};
// `pattern` with its {names} replaced; it has been checked by mistake_in_message.
std::string signed_message(std::string_view pattern, const MessageParts& parts);

// A URL with the percent-encoded forms of : / ? @ ! $ ' ( ) * , ; undone and no others.
std::string decoded_url(std::string_view url);

}  // namespace tenon::inbound
