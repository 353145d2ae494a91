// One path through the columns of a scheme: time, signatures, message, comparison.
#include "inbound/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <array>
#include <memory>
#include <optional>

#include "base/base64.hpp"
#include "base/hash.hpp"
#include "inbound/signature_text.hpp"

namespace tenon::inbound {
namespace {

constexpr std::size_t kMacBytes = 32;

Error denied(std::string what) { return unauthorized(std::move(what)); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The one value of a header. A second one is refused: who reads the other is told another story.
Result<std::string_view> header_of(const HttpHeaders& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (key != name) continue;
    if (found) return denied("wanted the header " + std::string(name) + " once, found it again");
    found = value;
  }
  if (!found || found->empty()) {
    return denied("wanted the header " + std::string(name) + ", found none");
  }
  return *found;
}

Result<void> check_time(std::string_view stamp, StampForm form, std::chrono::seconds window,
                        Time now) {
  const auto signed_at = parse_stamp(stamp, form);
  if (!signed_at) return denied("wanted the time of signing, found text of another form");
  if (*signed_at < now - window) {
    return denied("wanted a signature of the last " + std::to_string(window.count()) +
                  " seconds, found an older one");
  }
  if (*signed_at > now + window) {
    return denied("wanted a signature of now, found one of the future; is a clock wrong?");
  }
  return {};
}

Result<Secret> key_of(KeyForm form, const Secret& secret) {
  std::string_view text = secret.reveal();
  constexpr std::string_view kPrefix = "whsec_";
  switch (form) {
    case KeyForm::bytes: return secret.copy();
    case KeyForm::whsec_base64:
      if (!text.starts_with(kPrefix)) {
        return invalid("wanted a secret that begins with whsec_, found another text");
      }
      text.remove_prefix(kPrefix.size());
      break;
    case KeyForm::public_base64: break;
  }
  auto decoded = from_base64(text);
  if (!decoded || decoded->empty()) {
    return invalid("wanted base64 as secret, found another text");
  }
  return Secret(std::move(*decoded));
}

// Every candidate is looked at, so that the time taken tells nothing about which one fits.
Result<bool> hmac_fits(std::string_view message, const Secret& key,
                       const std::vector<std::string>& candidates) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
           bytes_of(message), message.size(), mac.data(), &length) == nullptr ||
      length != kMacBytes) {
    return unavailable("HMAC-SHA256 failed in the crypto library");
  }
  bool fits = false;
  for (const auto& candidate : candidates) {
    if (candidate.size() != kMacBytes) continue;
    fits = (sodium_memcmp(mac.data(), candidate.data(), kMacBytes) == 0) || fits;
  }
  sodium_memzero(mac.data(), mac.size());
  return fits;
}

Result<bool> ecdsa_fits(std::string_view message, const Secret& key,
                        const std::vector<std::string>& candidates) {
  const unsigned char* at = bytes_of(key.reveal());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(key.reveal().size())), &EVP_PKEY_free);
  std::array<char, 32> group{};
  if (!pkey || EVP_PKEY_get_base_id(pkey.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(pkey.get(), group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    return invalid("wanted a public key of the curve P-256 in base64, found another text");
  }
  bool fits = false;
  for (const auto& candidate : candidates) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    if (!context ||
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey.get()) != 1) {
      return unavailable("ECDSA failed in the crypto library");
    }
    fits = EVP_DigestVerify(context.get(), bytes_of(candidate), candidate.size(), bytes_of(message),
                            message.size()) == 1 ||
           fits;
  }
  return fits;
}

Result<void> verify_path_secret(std::string_view given, const std::vector<Secret>& secrets) {
  const Digest128 found = digest128(given);
  bool fits = false;
  for (const auto& secret : secrets) {
    const Digest128 wanted = digest128(secret.reveal());
    fits = (sodium_memcmp(found.data(), wanted.data(), wanted.size()) == 0) || fits;
  }
  if (!fits || given.empty()) {
    return denied("wanted the secret as last part of the path, found another or none");
  }
  return {};
}

}  // namespace

Result<std::vector<Secret>> secrets_of(const Secret& slot, KeyForm form) {
  const std::string_view apart = form == KeyForm::bytes ? "\r\n" : " \t\r\n";
  std::vector<Secret> out;
  std::string_view rest = slot.reveal();
  for (auto begin = rest.find_first_not_of(apart); begin != std::string_view::npos;
       begin = rest.find_first_not_of(apart)) {
    rest.remove_prefix(begin);
    const auto text = rest.substr(0, rest.find_first_of(apart));
    rest.remove_prefix(text.size());
    if (out.size() == kMaxSecrets) return invalid("wanted at most 4 secrets, found more");
    out.emplace_back(std::string(text));
  }
  if (out.empty()) return invalid("wanted a secret, found an empty text");
  return out;
}

Result<void> verify_signature(const WebhookScheme& scheme, const SignedRequest& request,
                              const std::vector<Secret>& secrets, std::chrono::seconds window,
                              Time now) {
  if (secrets.empty()) return invalid("wanted a secret, found none");
  if (scheme.kind == SignatureKind::path_secret) {
    return verify_path_secret(request.path_secret, secrets);
  }
  TENON_TRY_AS(const auto header, header_of(request.headers, scheme.header));
  TENON_TRY_AS(const Signatures given, read_signatures(scheme, header));
  MessageParts parts{request.method, request.url, request.body, given.stamp, {}};
  if (!scheme.stamp_header.empty()) {
    TENON_TRY_AS(parts.stamp, header_of(request.headers, scheme.stamp_header));
  }
  if (!scheme.id_header.empty()) {
    TENON_TRY_AS(parts.id, header_of(request.headers, scheme.id_header));
  }
  if (scheme.stamp != StampForm::none) {
    TENON_TRY(check_time(parts.stamp, scheme.stamp, window, now));
  }
  const std::string message = signed_message(scheme.message, parts);
  bool fits = false;
  for (const auto& secret : secrets) {
    TENON_TRY_AS(const Secret key, key_of(scheme.key, secret));
    TENON_TRY_AS(const bool now_fits, scheme.kind == SignatureKind::hmac_sha256
                                          ? hmac_fits(message, key, given.values)
                                          : ecdsa_fits(message, key, given.values));
    fits = fits || now_fits;
  }
  if (!fits) return denied("wanted a signature by the secret of this source, found another");
  return {};
}

}  // namespace tenon::inbound
