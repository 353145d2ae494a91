// ApiTokens as bytes: all of it comes back, and what is cut or of a later format is told.
#include "event/api_tokens.hpp"

#include <gtest/gtest.h>

namespace tenon {
namespace {

ApiTokens some() {
  ApiToken token;
  token.id = "5xk2m8q0r7ta";
  token.name = "dashboard";
  token.scopes = {"read:events", "write:config"};
  token.digest.fill(7);
  token.earlier.fill(9);
  token.earlier_until = time_from_us(5);
  token.made = time_from_us(1);
  token.issued = time_from_us(2);
  token.life = seconds{60};
  token.used = time_from_us(3);
  token.actor = "uid:7";
  token.per_minute = 600;
  ApiTokens tokens;
  tokens.deed = "rotate";
  tokens.id = token.id;
  tokens.actor = "uid:8";
  tokens.tokens = {token, token};
  tokens.tokens[1].revoked = time_from_us(4);
  return tokens;
}

TEST(ApiTokens, ComeBackWhole) {
  EXPECT_EQ(*decode_api_tokens(encode(some())), some());
  EXPECT_EQ(*decode_api_tokens(encode(ApiTokens{})), ApiTokens{});
}

TEST(ApiTokens, CutOrLaterIsAnError) {
  const std::string bytes = encode(some());
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    EXPECT_EQ(decode_api_tokens(bytes.substr(0, i)).error().kind, ErrorKind::corrupt) << i;
  }
  EXPECT_EQ(decode_api_tokens(bytes + "x").error().kind, ErrorKind::corrupt);
  std::string later = bytes;
  later[0] = 2;
  EXPECT_EQ(decode_api_tokens(later).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace tenon
