// One signed request for each scheme of the table, made with OpenSSL and not with the code under
// test.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <string>
#include <vector>

#include "inbound/signature.hpp"

namespace tenon::inbound {

inline const Time kNow{seconds{1'767'323'045}};

inline std::string hex_of(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

inline std::string base64_of(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

inline std::string mac_of(std::string_view key, std::string_view message) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &length);
  return {reinterpret_cast<char*>(mac), length};
}

// A key pair of P-256 for the time of the test program.
struct EcdsaKey {
  EcdsaKey() : key(EVP_EC_gen("P-256")) {
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key, &der);
    public_base64 = base64_of({reinterpret_cast<char*>(der), static_cast<std::size_t>(length)});
    OPENSSL_free(der);
  }
  EcdsaKey(const EcdsaKey&) = delete;
  EcdsaKey& operator=(const EcdsaKey&) = delete;
  ~EcdsaKey() { EVP_PKEY_free(key); }
  std::string sign(std::string_view message) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::size_t length = 0;
    EVP_DigestSign(context, nullptr, &length, bytes, message.size());
    std::string out(length, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &length, bytes,
                   message.size());
    out.resize(length);
    EVP_MD_CTX_free(context);
    return out;
  }
  EVP_PKEY* key;
  std::string public_base64;
};

// A request and what verifies it. Borrowing is only done at the last moment.
struct Case {
  WebhookScheme scheme;
  std::string method = "POST", url, body, path_secret;
  HttpHeaders headers;
  std::string secret, other_secret;

  Result<void> verify(const std::string& secrets, Time now = kNow,
                      std::chrono::seconds window = seconds{300}) const {
    const SignedRequest request{method, url, headers, body, path_secret};
    TENON_TRY_AS(const auto all, secrets_of(Secret(std::string(secrets)), scheme.key));
    return verify_signature(scheme, request, all, window, now);
  }
  std::string& header(std::string_view name) {
    for (auto& [key, value] : headers) {
      if (key == name) return value;
    }
    headers.emplace_back(std::string(name), "");
    return headers.back().second;
  }
};

// Signed at `at`, by hand, as each vendor's documents say.
inline Case signed_case(const std::string& name, Time at = kNow) {
  static const EcdsaKey ecdsa, other;
  const auto seconds_text =
      std::to_string(std::chrono::floor<seconds>(at).time_since_epoch().count());
  Case c;
  c.scheme = *webhook_scheme(name);
  c.url = "https://hooks.example.com/webhooks/crm?a=b%40c";
  c.body = "{\"event\":\"Größe ✓\",\"n\": 1}";
  c.secret = "a-secret-of-the-vendor";
  c.other_secret = "another-secret";
  if (name == "standard-webhooks/1") {
    const std::string key = "0123456789abcdefghijklmnop", second = "zyxwvutsrqponmlkjihgfedcba";
    c.secret = "whsec_" + base64_of(key);
    c.other_secret = "whsec_" + base64_of(second);
    c.headers = {{"webhook-id", "msg_1"}, {"webhook-timestamp", seconds_text}};
    c.header("webhook-signature") =
        "v1," + base64_of(mac_of(key, "msg_1." + seconds_text + "." + c.body));
  } else if (name == "hubspot/3") {
    const auto stamp = std::to_string(ms_of(at));
    c.headers = {{"x-hubspot-request-timestamp", stamp}};
    c.header("x-hubspot-signature-v3") = base64_of(
        mac_of(c.secret, "POSThttps://hooks.example.com/webhooks/crm?a=b@c" + c.body + stamp));
  } else if (name == "slack/0") {
    c.headers = {{"x-slack-request-timestamp", seconds_text}};
    c.header("x-slack-signature") =
        "v0=" + hex_of(mac_of(c.secret, "v0:" + seconds_text + ":" + c.body));
  } else if (name == "stripe/1") {
    c.header("stripe-signature") = "t=" + seconds_text +
                                   ",v1=" + hex_of(mac_of(c.secret, seconds_text + "." + c.body)) +
                                   ",v0=00";
  } else if (name == "meta/1") {
    c.header("x-hub-signature-256") = "sha256=" + hex_of(mac_of(c.secret, c.body));
  } else if (name == "sendgrid/1") {
    c.secret = ecdsa.public_base64;
    c.other_secret = other.public_base64;
    c.headers = {{"x-twilio-email-event-webhook-timestamp", seconds_text}};
    c.header("x-twilio-email-event-webhook-signature") =
        base64_of(ecdsa.sign(seconds_text + c.body));
  } else if (name == "klaviyo/1") {
    const auto stamp = to_rfc3339(at);
    c.headers = {{"klaviyo-timestamp", stamp}};
    c.header("klaviyo-signature") = hex_of(mac_of(c.secret, c.body + stamp));
  } else if (name == "customerio/0") {
    c.headers = {{"x-cio-timestamp", seconds_text}};
    c.header("x-cio-signature") = hex_of(mac_of(c.secret, "v0:" + seconds_text + ":" + c.body));
  } else if (name == "path-secret/1") {
    c.path_secret = c.secret;
  } else if (name == kOpenScheme) {
    c.scheme.header = "x-shop-hmac";
    c.scheme.coding = SignatureCoding::base64;
    c.header("x-shop-hmac") = base64_of(mac_of(c.secret, c.body));
  }
  return c;
}

}  // namespace tenon::inbound
