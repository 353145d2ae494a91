// Writing and reading the value of a token.
#include "access/token_text.hpp"

#include "base/hash.hpp"

namespace tenon {
namespace {

constexpr std::size_t kIdLength = (kTokenIdBytes * 8 + 4) / 5;
constexpr std::size_t kRandomLength = (kTokenRandomBytes * 8 + 4) / 5;
constexpr std::size_t kCheckLength = 8;
constexpr std::size_t kBodyLength = kTokenPrefix.size() + kIdLength + 1 + kRandomLength;

std::string check_of(std::string_view body) {
  const std::uint32_t crc = crc32c(body);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(crc >> shift));
  return to_hex(bytes);
}

}  // namespace

std::string token_text(std::string_view id, std::string_view random_bytes) {
  std::string out(kTokenPrefix);
  out.append(id).append("_").append(to_base32(random_bytes));
  const std::string check = check_of(out);
  return out.append("_").append(check);
}

std::optional<TokenText> parse_token_text(std::string_view value) {
  if (value.size() != kBodyLength + 1 + kCheckLength) return std::nullopt;
  const auto body = value.substr(0, kBodyLength);
  if (!body.starts_with(kTokenPrefix) || value[kBodyLength] != '_') return std::nullopt;
  if (body[kTokenPrefix.size() + kIdLength] != '_') return std::nullopt;
  if (check_of(body) != value.substr(kBodyLength + 1)) return std::nullopt;
  TokenText out;
  out.id = body.substr(kTokenPrefix.size(), kIdLength);
  out.random = body.substr(kBodyLength - kRandomLength);
  return out;
}

}  // namespace tenon
