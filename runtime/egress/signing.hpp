// Signing schemes: how the host signs a request under a key that the connector never sees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "ports/http_client.hpp"

namespace tenon {

struct SigningInput {
  std::string_view id;    // of the message; the same for every resend
  Time now{};             // the moment of sending
  std::string_view body;  // byte for byte as it goes on the wire
};

// Adds the scheme's headers. `used` receives the key values, for the scrubber.
//   invalid: the key or the id is not what the scheme needs (the key's text is not repeated).
using SigningScheme = Result<void> (*)(const SigningInput& input, const Secret& key,
                                       HttpHeaders& headers, std::vector<Secret>& used);

// The scheme of a manifest's `sign`, or null. Known: "standard-webhooks/1" (HMAC-SHA256 over
// "id.timestamp.body"; several keys, parted by white space, give several signatures: rotation).
SigningScheme signing_scheme(std::string_view name);

}  // namespace tenon
