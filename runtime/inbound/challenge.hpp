// Challenges: a vendor asks whether the address is ours; the host answers, no connector runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "event/json.hpp"
#include "manifest/manifest.hpp"

namespace tenon::inbound {

constexpr std::size_t kMaxChallengeBytes = 512;

// Is a GET a challenge of this kind? Such requests carry no signature.
bool asks_by_get(Challenge kind);
// The text to answer a GET with. unauthorized: the verify token is not one of `tokens`. invalid: it
// is no challenge. Only plain text of letters, digits and -._~+/= is ever given back, since with
// `echo` anyone may ask.
Result<std::string> answer_get(Challenge kind, std::string_view query,
                               const std::vector<Secret>& tokens);
// The text to answer a verified body with, if it is a challenge of kind url_verification.
std::optional<std::string> answer_body(Challenge kind, JsonParser& parser, std::string_view body);

}  // namespace tenon::inbound
