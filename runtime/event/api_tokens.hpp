// ApiTokens: the tokens of the admin API as a record of the stream audit; never their values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace tenon {

using TokenDigest = Digest128;

struct ApiToken {
  std::string id;    // 12 base32 characters; stays over rotations
  std::string name;  // what it is for
  std::vector<std::string> scopes;
  TokenDigest digest{};   // of the random part
  TokenDigest earlier{};  // of the one before the last rotation
  Time earlier_until{};   // zero: there is none
  Time made{}, issued{};  // issued: the value that counts now
  seconds life{0};        // valid for so long from `issued`
  Time revoked{};         // zero: it is not
  Time used{};            // zero: never
  std::string actor;      // who made it
  std::uint32_t per_minute = 0;
  bool operator==(const ApiToken&) const = default;

  Time expires() const { return issued + life; }
  bool ended(Time now) const { return revoked != Time{} || now >= expires(); }
};

// All of them as they are from this record on, and what was done: the newest record is the truth.
struct ApiTokens {
  std::string deed, id, actor;  // "create", "rotate", "revoke"; "restate": nothing was done
  std::vector<ApiToken> tokens;
  bool operator==(const ApiTokens&) const = default;
};
std::string encode(const ApiTokens& tokens);
Result<ApiTokens> decode_api_tokens(std::string_view body);

}  // namespace tenon
