// TokenBook: the tokens as values: who may come in, and what each change makes of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/api_tokens.hpp"

namespace tenon {

constexpr std::size_t kMaxTokens = 200;  // beyond it one that has ended makes room, or none is made
constexpr std::size_t kMaxScopes = 20;
constexpr std::size_t kMaxTokenName = 100;
constexpr seconds kDefaultTokenLife{90 * 24 * 3600};
constexpr seconds kMaxTokenLife{366 * 24 * 3600};
constexpr seconds kMaxTokenOverlap{30 * 24 * 3600};
constexpr std::uint32_t kDefaultPerMinute = 600, kMaxPerMinute = 60'000;

enum class TokenFate : std::uint8_t { refused, expired, limited, let_in };
std::string_view name_of(TokenFate fate);

struct TokenVerdict {
  TokenFate fate = TokenFate::refused;
  std::string id, name;  // of `expired`, too: whoever holds its value may know
  std::vector<std::string> scopes;
  seconds retry_after{0};
};

enum class TokenDeed : std::uint8_t { none, create, rotate, revoke };
std::string_view name_of(TokenDeed deed);

struct TokenAct {
  TokenDeed deed = TokenDeed::none;
  std::string id;    // of rotate and revoke
  std::string name;  // of create, as the rest
  std::vector<std::string> scopes;
  seconds life{0};               // zero: kDefaultTokenLife
  std::uint32_t per_minute = 0;  // zero: kDefaultPerMinute
  seconds overlap{0};            // of rotate: the earlier value stays valid so long
  std::string actor;
  // What the asker may do, where that is a token: it gives nothing away that it does not hold.
  std::vector<std::string> within = {"read:*", "write:*"};
};

struct TokenChange {
  ApiToken token;
  std::string value;  // of create and rotate; nowhere else, and never again
};

class TokenBook {
 public:
  // Constant work whether there is such a token or not. `spend`: one request off its rate.
  TokenVerdict judge(std::string_view value, Time now, bool spend);
  // `random`: kTokenIdBytes + kTokenRandomBytes of them.
  Result<TokenChange> change(const TokenAct& act, Time now, std::string_view random);

  const std::vector<ApiToken>& tokens() const { return tokens_; }
  // What was used and spent is kept for those that are still there.
  void replace(std::vector<ApiToken> tokens);

 private:
  struct Rate {
    double left = 0;
    Time at{};
  };
  ApiToken* find(std::string_view id);
  Result<TokenChange> create(const TokenAct& act, Time now, std::string_view random);
  Result<TokenChange> rotate(const TokenAct& act, Time now, std::string_view random);
  Result<TokenChange> revoke(const TokenAct& act, Time now);
  Result<void> make_room(Time now);

  std::vector<ApiToken> tokens_;
  std::map<std::string, Rate, std::less<>> rates_;
};

}  // namespace tenon
