// The table of signing schemes, and Standard Webhooks.
#include "egress/signing.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>
#include <chrono>

#include "base/base64.hpp"
#include "egress/check.hpp"
#include "egress/slots.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMaxSigningKeys = 4;
constexpr std::size_t kMinKeyBytes = 24;  // the scheme's own bounds
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::string_view kKeyPrefix = "whsec_";

Result<Secret> decode_key(std::string_view text) {
  if (!text.starts_with(kKeyPrefix)) {
    return invalid("wanted a signing key that begins with whsec_, found another text");
  }
  text.remove_prefix(kKeyPrefix.size());
  std::string bytes(text.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int failed =
      sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &length, &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != text.data() + text.size()) {
    wipe(bytes);
    return invalid("wanted base64 after whsec_ in a signing key, found another character");
  }
  bytes.resize(length);
  Secret key(std::move(bytes));
  if (length < kMinKeyBytes || length > kMaxKeyBytes) {
    return invalid("wanted a signing key of 24 to 64 bytes, found " + std::to_string(length));
  }
  return key;
}

Result<void> sign_standard_webhooks(const SigningInput& input, const Secret& key,
                                    HttpHeaders& headers, std::vector<Secret>& used) {
  if (input.id.empty() || !is_field_value(input.id)) {
    return invalid("wanted an idempotency key of visible ASCII as webhook-id, found none",
                   "idempotency_key");
  }
  const auto since = std::chrono::floor<std::chrono::seconds>(input.now.time_since_epoch());
  const std::string timestamp = std::to_string(since.count());
  std::string message;
  message.reserve(input.id.size() + timestamp.size() + input.body.size() + 2);
  message.append(input.id).append(".").append(timestamp).append(".").append(input.body);

  std::string signatures;
  std::size_t keys = 0;
  std::string_view rest = key.reveal();
  constexpr std::string_view kSpace = " \t\r\n";
  while (true) {
    const auto begin = rest.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin);
    const auto text = rest.substr(0, rest.find_first_of(kSpace));
    rest.remove_prefix(text.size());
    if (++keys > kMaxSigningKeys) return invalid("wanted at most 4 signing keys, found more");
    TENON_TRY_AS(const Secret bytes, decode_key(text));
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), bytes.reveal().data(), static_cast<int>(bytes.reveal().size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(),
             &length) == nullptr) {
      return unavailable("HMAC-SHA256 failed in the crypto library");
    }
    signatures += signatures.empty() ? "v1," : " v1,";
    signatures += to_base64({reinterpret_cast<const char*>(mac.data()), length});
    used.emplace_back(std::string(text));
    used.emplace_back(std::string(text.substr(kKeyPrefix.size())));
  }
  if (keys == 0) return invalid("wanted a signing key, found an empty credential");
  headers.emplace_back("webhook-id", std::string(input.id));
  headers.emplace_back("webhook-timestamp", timestamp);
  headers.emplace_back("webhook-signature", std::move(signatures));
  return {};
}

struct Row {
  std::string_view name;
  SigningScheme scheme;
};
constexpr std::array kSchemes{Row{"standard-webhooks/1", sign_standard_webhooks}};

}  // namespace

SigningScheme signing_scheme(std::string_view name) {
  for (const auto& row : kSchemes) {
    if (row.name == name) return row.scheme;
  }
  return nullptr;
}

}  // namespace tenon
