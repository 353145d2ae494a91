// Signing JWTs by OpenSSL.
#include "oauth/assertion.hpp"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "oauth/token_request.hpp"

namespace tenon::oauth {
namespace {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* p) const {
    free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

constexpr int kLeastRsaBits = 2'048, kP256Bits = 256;
constexpr std::size_t kP256Bytes = 32;

// An encrypted key must not make OpenSSL ask at a terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Key> read_key(const Secret& pem) {
  const auto bytes = pem.reveal();
  const std::unique_ptr<BIO, Free<BIO_free>> in(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  const char* kWanted =
      "wanted a private key in PEM, in clear, RSA of at least 2048 bits or EC on P-256, found ";
  if (!key) return invalid(std::string(kWanted) + "none that can be read", "signing_key");
  const int kind = EVP_PKEY_base_id(key.get()), bits = EVP_PKEY_bits(key.get());
  const bool good =
      (kind == EVP_PKEY_RSA && bits >= kLeastRsaBits) || (kind == EVP_PKEY_EC && bits == kP256Bits);
  if (!good) {
    return invalid(
        std::string(kWanted) + "another kind or size (" + std::to_string(bits) + " bits)",
        "signing_key");
  }
  return key;
}

// OpenSSL writes DER, a JWT has both numbers one behind the other.
Result<std::string> raw_signature(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> read(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string out(2 * kP256Bytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  if (!read || BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), bytes, kP256Bytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), bytes + kP256Bytes, kP256Bytes) < 0) {
    return unavailable("the crypto library gave a signature that is none");
  }
  return out;
}

Result<std::string> sign(EVP_PKEY* key, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string out;
  bool good = context != nullptr &&
              EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1;
  good = good && EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  out.resize(size);
  good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                                bytes, text.size()) == 1;
  if (!good) return unavailable("signing failed in the crypto library", "signing_key");
  out.resize(size);
  if (EVP_PKEY_base_id(key) == EVP_PKEY_EC) return raw_signature(out);
  return out;
}

}  // namespace

Result<Secret> make_assertion(const Claims& claims, const Secret& pem) {
  TENON_TRY_AS(const Key key, read_key(pem));
  nlohmann::json header{{"typ", "JWT"}};
  header["alg"] = EVP_PKEY_base_id(key.get()) == EVP_PKEY_EC ? "ES256" : "RS256";
  if (!claims.key_id.empty()) header["kid"] = claims.key_id;
  const auto now = ms_of(claims.now) / 1'000;
  nlohmann::json body{{"iss", claims.issuer},
                      {"sub", claims.subject.empty() ? claims.issuer : claims.subject},
                      {"aud", claims.audience},
                      {"jti", claims.id},
                      {"iat", now},
                      {"exp", now + kAssertionLife.count()}};
  if (!claims.scope.empty()) body["scope"] = claims.scope;
  std::string text = base64url(header.dump()) + "." + base64url(body.dump());
  TENON_TRY_AS(const std::string signature, sign(key.get(), text));
  return Secret(text + "." + base64url(signature));
}

}  // namespace tenon::oauth
