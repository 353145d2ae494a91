// The three forms of challenge.
#include "inbound/challenge.hpp"

#include <sodium.h>

#include <algorithm>
#include <boost/url/parse_query.hpp>

#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon::inbound {
namespace {

bool is_harmless(std::string_view text) {
  static constexpr std::string_view kOthers = "-._~+/=";
  return !text.empty() && text.size() <= kMaxChallengeBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

// The decoded value of the first parameter of that name; "" if there is none.
std::string parameter(std::string_view query, std::string_view name) {
  const auto parsed =
      boost::urls::parse_query(boost::urls::string_view(query.data(), query.size()));
  if (!parsed) return {};
  for (const auto& pair : boost::urls::params_view(*parsed)) {
    if (std::string_view(pair.key) == name) return pair.value;
  }
  return {};
}

bool is_one_of(std::string_view given, const std::vector<Secret>& tokens) {
  const Digest128 found = digest128(given);
  bool same = false;
  for (const auto& token : tokens) {
    const Digest128 wanted = digest128(token.reveal());
    same = (sodium_memcmp(found.data(), wanted.data(), wanted.size()) == 0) || same;
  }
  return same && !given.empty();
}

}  // namespace

bool asks_by_get(Challenge kind) { return kind == Challenge::hub || kind == Challenge::echo; }

Result<std::string> answer_get(Challenge kind, std::string_view query,
                               const std::vector<Secret>& tokens) {
  const bool hub = kind == Challenge::hub;
  if (hub && parameter(query, "hub.mode") != "subscribe") {
    return invalid("wanted hub.mode=subscribe in the query, found another or none");
  }
  if (hub && !is_one_of(parameter(query, "hub.verify_token"), tokens)) {
    return unauthorized("wanted the verify token of this source, found another or none");
  }
  auto text = parameter(query, hub ? "hub.challenge" : "challenge");
  if (!is_harmless(text)) {
    return invalid("wanted a challenge of letters, digits and -._~+/=, found another or none");
  }
  return text;
}

std::optional<std::string> answer_body(Challenge kind, JsonParser& parser, std::string_view body) {
  if (kind != Challenge::url_verification) return std::nullopt;
  const auto root = parser.parse(body, kMaxJsonDepth);
  if (!root || !root->is(JsonKind::object)) return std::nullopt;
  const auto type = root->member("type");
  if (!type || type->as_string() != "url_verification") return std::nullopt;
  const auto challenge = root->member("challenge");
  if (!challenge || !challenge->as_string() || !is_harmless(*challenge->as_string())) {
    return std::nullopt;
  }
  return std::string(*challenge->as_string());
}

}  // namespace tenon::inbound
