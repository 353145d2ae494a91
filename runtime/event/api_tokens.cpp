// Tokens of the admin API as bytes.
#include "event/api_tokens.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::uint8_t kTokensVersion = 1;
constexpr std::size_t kLeastTokenBytes = 3 * 4 + 4 + 2 * 16 + 6 * 8 + 4 + 4;

void put(Writer& out, const TokenDigest& digest) {
  out.raw({reinterpret_cast<const char*>(digest.data()), digest.size()});
}
void put(Writer& out, Time time) { out.i64(us_of(time)); }

TokenDigest read_digest(Reader& in) {
  TokenDigest digest{};
  const auto bytes = in.raw(digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}
Time read_time(Reader& in) { return time_from_us(in.i64()); }

}  // namespace

std::string encode(const ApiTokens& tokens) {
  Writer out;
  out.u8(kTokensVersion);
  out.text(tokens.deed);
  out.text(tokens.id);
  out.text(tokens.actor);
  out.u32(static_cast<std::uint32_t>(tokens.tokens.size()));
  for (const auto& token : tokens.tokens) {
    out.text(token.id);
    out.text(token.name);
    out.text(token.actor);
    out.u32(static_cast<std::uint32_t>(token.scopes.size()));
    for (const auto& scope : token.scopes) out.text(scope);
    put(out, token.digest);
    put(out, token.earlier);
    put(out, token.earlier_until);
    put(out, token.made);
    put(out, token.issued);
    out.i64(token.life.count());
    put(out, token.revoked);
    put(out, token.used);
    out.u32(token.per_minute);
  }
  return std::move(out).take();
}

Result<ApiTokens> decode_api_tokens(std::string_view body) {
  Reader in(body);
  const std::uint8_t version = in.u8();
  if (version != kTokensVersion) {
    return unsupported("wanted format 1 of the tokens of the API, found " +
                       std::to_string(version) + ": written by a newer version?");
  }
  ApiTokens out;
  out.deed = in.text();
  out.id = in.text();
  out.actor = in.text();
  for (auto left = in.count(kLeastTokenBytes); left > 0 && in.ok(); --left) {
    ApiToken token;
    token.id = in.text();
    token.name = in.text();
    token.actor = in.text();
    for (auto scopes = in.count(4); scopes > 0 && in.ok(); --scopes) {
      token.scopes.emplace_back(in.text());
    }
    token.digest = read_digest(in);
    token.earlier = read_digest(in);
    token.earlier_until = read_time(in);
    token.made = read_time(in);
    token.issued = read_time(in);
    token.life = seconds{in.i64()};
    token.revoked = read_time(in);
    token.used = read_time(in);
    token.per_minute = in.u32();
    out.tokens.push_back(std::move(token));
  }
  if (!in.done()) return corrupt("tokens of the API: the fields do not fit the length");
  return out;
}

}  // namespace tenon
