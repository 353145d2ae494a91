// verify_signature: did the vendor send this? A pure function of request, secrets and time.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "manifest/webhook_scheme.hpp"
#include "ports/http_client.hpp"

namespace tenon::inbound {

constexpr std::size_t kMaxSecrets = 4;     // of one slot, valid at the same time
constexpr std::size_t kMaxSignatures = 8;  // of one request; further ones are not looked at

// Borrowed for the time of one verification.
struct SignedRequest {
  std::string_view method;
  std::string_view url;        // as the vendor called it, with the query
  const HttpHeaders& headers;  // names lower-case
  std::string_view body;       // as on the wire
  std::string_view path_secret;
};

// The secrets of a slot: one, or one a line while one takes over from another; those that are
// base64 may stand apart by spaces, too. invalid: none, or more than kMaxSecrets.
Result<std::vector<Secret>> secrets_of(const Secret& slot, KeyForm form);

// Ok: one of `secrets` signed this, within `window` of `now` if the scheme has a time. All secrets
// are tried against all signatures, whatever the first one gave, and compared in constant time.
//   unauthorized: it was not; the text says what is missing or wrong and holds no value.
//   invalid: a secret is not of the form that the scheme has, so nothing can be judged.
Result<void> verify_signature(const WebhookScheme& scheme, const SignedRequest& request,
                              const std::vector<Secret>& secrets, std::chrono::seconds window,
                              Time now);

}  // namespace tenon::inbound
