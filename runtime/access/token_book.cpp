// Judging and changing tokens: plain functions of what there is, of what is asked, and of now.
#include "access/token_book.hpp"

#include <sodium.h>

#include <algorithm>
#include <cmath>

#include "access/scopes.hpp"
#include "access/token_text.hpp"

namespace tenon {
namespace {

bool same(const TokenDigest& a, const TokenDigest& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<void> check(const TokenAct& act) {
  const bool printable = std::all_of(act.name.begin(), act.name.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (act.name.empty() || act.name.size() > kMaxTokenName || !printable) {
    return invalid("wanted a name of 1 to 100 bytes that says what the token is for", "/name");
  }
  if (act.scopes.empty() || act.scopes.size() > kMaxScopes) {
    return invalid("wanted 1 to 20 scopes, found " + std::to_string(act.scopes.size()), "/scopes");
  }
  for (const auto& scope : act.scopes) {
    if (!is_scope(scope)) {
      return invalid(
          "wanted " + std::string(known_scopes()) + ", found \"" + scope.substr(0, 60) + "\"",
          "/scopes");
    }
  }
  if (act.life > kMaxTokenLife || act.life < seconds{0}) {
    return invalid("wanted an expiry within 366 days", "/expires_s");
  }
  if (act.per_minute > kMaxPerMinute) {
    return invalid("wanted 1 to " + std::to_string(kMaxPerMinute) + " requests a minute",
                   "/per_minute");
  }
  return {};
}

Error held_back(const std::string& scope) {
  return invalid("a token gives no right away that it does not hold itself: \"" + scope + "\"",
                 "/scopes");
}

}  // namespace

std::string_view name_of(TokenFate fate) {
  switch (fate) {
    case TokenFate::refused: return "refused";
    case TokenFate::expired: return "expired";
    case TokenFate::limited: return "limited";
    case TokenFate::let_in: return "let_in";
  }
  return "refused";
}

std::string_view name_of(TokenDeed deed) {
  switch (deed) {
    case TokenDeed::none: return "restate";
    case TokenDeed::create: return "create";
    case TokenDeed::rotate: return "rotate";
    case TokenDeed::revoke: return "revoke";
  }
  return "restate";
}

ApiToken* TokenBook::find(std::string_view id) {
  const auto at = std::find_if(tokens_.begin(), tokens_.end(),
                               [&](const ApiToken& token) { return token.id == id; });
  return at == tokens_.end() ? nullptr : &*at;
}

TokenVerdict TokenBook::judge(std::string_view value, Time now, bool spend) {
  TokenVerdict verdict;
  const auto text = parse_token_text(value);
  ApiToken* token = text ? find(text->id) : nullptr;
  static const ApiToken kNobody;
  const ApiToken& held = token != nullptr ? *token : kNobody;
  const TokenDigest found = digest128(text ? text->random : value.substr(0, 64));
  const bool current = same(found, held.digest), earlier = same(found, held.earlier);
  if (token == nullptr || token->revoked != Time{}) return verdict;
  if (!current && !(earlier && token->earlier_until != Time{})) return verdict;
  verdict.id = token->id;
  verdict.name = token->name;
  if (now >= token->expires() || (!current && now >= token->earlier_until)) {
    verdict.fate = TokenFate::expired;
    return verdict;
  }
  verdict.scopes = token->scopes;
  verdict.fate = TokenFate::let_in;
  if (!spend) return verdict;
  // A minute's worth at once, then as it refills. A clock set back refills nothing.
  const double most = token->per_minute, each_second = most / 60;
  auto [rate, fresh] = rates_.try_emplace(token->id);
  if (fresh) {
    rate->second = Rate{most, now};
  } else if (now != rate->second.at) {
    const double passed = std::chrono::duration<double>(now - rate->second.at).count();
    rate->second.left = std::min(most, rate->second.left + std::max(0.0, passed) * each_second);
    rate->second.at = now;
  }
  if (rate->second.left < 1) {
    verdict.fate = TokenFate::limited;
    verdict.retry_after =
        seconds{static_cast<std::int64_t>(std::ceil((1 - rate->second.left) / each_second))};
    return verdict;
  }
  rate->second.left -= 1;
  token->used = std::max(token->used, now);
  return verdict;
}

Result<TokenChange> TokenBook::change(const TokenAct& act, Time now, std::string_view random) {
  if (random.size() != kTokenIdBytes + kTokenRandomBytes) {
    return invalid("wanted random bytes for a token");
  }
  switch (act.deed) {
    case TokenDeed::create: return create(act, now, random);
    case TokenDeed::rotate: return rotate(act, now, random);
    case TokenDeed::revoke: return revoke(act, now);
    case TokenDeed::none: break;
  }
  return invalid("wanted something to do with a token");
}

// Of those that have ended the oldest goes.
Result<void> TokenBook::make_room(Time now) {
  if (tokens_.size() < kMaxTokens) return {};
  auto oldest = tokens_.end();
  for (auto at = tokens_.begin(); at != tokens_.end(); ++at) {
    if (at->ended(now) && (oldest == tokens_.end() || at->issued < oldest->issued)) oldest = at;
  }
  if (oldest == tokens_.end()) {
    return conflict("there are " + std::to_string(kMaxTokens) +
                    " valid tokens, which is the limit: revoke one first (tenon token list)");
  }
  rates_.erase(oldest->id);
  tokens_.erase(oldest);
  return {};
}

Result<TokenChange> TokenBook::create(const TokenAct& act, Time now, std::string_view random) {
  TENON_TRY(check(act));
  const auto outside = beyond(act.within, act.scopes);
  if (!outside.empty()) return held_back(outside);
  const std::string id = to_base32(random.substr(0, kTokenIdBytes));
  if (find(id) != nullptr) return conflict("a token has this random id already: try again");
  TENON_TRY(make_room(now));
  TokenChange change;
  ApiToken& token = change.token;
  token.id = id;
  token.name = act.name;
  token.scopes = act.scopes;
  token.made = token.issued = now;
  token.life = act.life == seconds{0} ? kDefaultTokenLife : act.life;
  token.per_minute = act.per_minute == 0 ? kDefaultPerMinute : act.per_minute;
  token.actor = act.actor;
  const auto secret = random.substr(kTokenIdBytes);
  token.digest = digest128(to_base32(secret));
  change.value = token_text(id, secret);
  tokens_.push_back(token);
  return change;
}

Result<TokenChange> TokenBook::rotate(const TokenAct& act, Time now, std::string_view random) {
  ApiToken* token = find(act.id);
  if (token == nullptr) return not_found("no token has the id \"" + act.id.substr(0, 60) + "\"");
  if (token->revoked != Time{}) {
    return conflict("the token is revoked for good: make another one (tenon token create)");
  }
  const auto outside = beyond(act.within, token->scopes);
  if (!outside.empty()) return held_back(outside);
  if (act.overlap > kMaxTokenOverlap || act.overlap < seconds{0}) {
    return invalid("wanted an overlap within 30 days", "/overlap_s");
  }
  // What had expired does not come back, nor does it live longer than it would have.
  const Time until = std::min(now + act.overlap, Time(token->expires()));
  token->earlier = token->digest;
  token->earlier_until = until > now ? until : Time{};
  if (token->earlier_until == Time{}) token->earlier = TokenDigest{};
  token->issued = now;
  const auto secret = random.substr(kTokenIdBytes);
  token->digest = digest128(to_base32(secret));
  TokenChange change;
  change.token = *token;
  change.value = token_text(token->id, secret);
  return change;
}

Result<TokenChange> TokenBook::revoke(const TokenAct& act, Time now) {
  ApiToken* token = find(act.id);
  if (token == nullptr) return not_found("no token has the id \"" + act.id.substr(0, 60) + "\"");
  if (token->revoked != Time{}) return conflict("the token is revoked already");
  token->revoked = now;
  token->digest = token->earlier = TokenDigest{};
  token->earlier_until = Time{};
  TokenChange change;
  change.token = *token;
  return change;
}

void TokenBook::replace(std::vector<ApiToken> tokens) {
  for (auto& token : tokens) {
    if (const ApiToken* old = find(token.id)) token.used = std::max(token.used, old->used);
  }
  tokens_ = std::move(tokens);
  std::erase_if(rates_, [this](const auto& rate) { return find(rate.first) == nullptr; });
}

}  // namespace tenon
