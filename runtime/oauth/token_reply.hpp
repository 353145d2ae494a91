// read_token_reply: what a token endpoint answered, read as hostile.
#pragma once

#include <optional>

#include "base/secret.hpp"
#include "oauth/grant.hpp"
#include "ports/http_client.hpp"

namespace tenon::oauth {

constexpr std::size_t kMaxTokenReplyBytes = 64 * 1024;
constexpr seconds kUnsaidLife{3'600};          // of a token whose reply names none
constexpr seconds kLongestLife{400 * 86'400};  // more is taken as this

enum class Granted : std::uint8_t {
  later = 0,  // no verdict: try again
  yes,
  no,       // the client, its secret, a scope or the request: trying again cannot help
  revoked,  // invalid_grant: the refresh token, code or assertion does not count (any more)
};

struct TokenReply {
  Granted granted = Granted::later;
  Secret access_token, refresh_token;  // refresh_token: empty = the one before stays
  std::optional<seconds> life;         // nothing = not said
  std::string scope;                   // as the vendor says it; "" = as asked
  std::string why;                     // for people; printable; may quote the vendor
  milliseconds retry_after{0};
  bool maybe_taken = false;  // no whole answer came: what was sent may count as used
};

// Never fails: what cannot be understood is `later` and says so.
TokenReply read_token_reply(const HttpReply& reply, Time now);

}  // namespace tenon::oauth
