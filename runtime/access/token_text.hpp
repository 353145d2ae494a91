// The value of a token: tnn_api_ID_RANDOM_CHECK, so that a leaked one is known as such anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon {

constexpr std::size_t kTokenIdBytes = 7;       // 12 characters
constexpr std::size_t kTokenRandomBytes = 32;  // 52 characters
constexpr std::string_view kTokenPrefix = "tnn_api_";

struct TokenText {
  std::string_view id, random;  // into the value
};

// CHECK is the CRC-32C of all before it: a value that was cut or mistyped is no token at all.
std::string token_text(std::string_view id, std::string_view random_bytes);
std::optional<TokenText> parse_token_text(std::string_view value);

}  // namespace tenon
