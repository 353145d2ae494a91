// WebhookScheme: how a vendor signs the webhooks that it sends, as values; the table of known ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

enum class SignatureKind : std::uint8_t {
  hmac_sha256,
  ecdsa_p256,   // with SHA-256; the secret is the vendor's public key
  path_secret,  // no signature: the last segment of the path is the secret
};
enum class SignatureForm : std::uint8_t {
  plain,     // `tag` and one signature
  versions,  // "v1,SIGNATURE v1,SIGNATURE": those behind `tag` count
  pairs,     // "t=TIME,v1=SIGNATURE,v1=SIGNATURE": those of `tag` count, `t` is the time
};
enum class SignatureCoding : std::uint8_t { hex, base64 };
enum class KeyForm : std::uint8_t {
  bytes,          // the secret as it stands
  whsec_base64,   // "whsec_" and the key's base64
  public_base64,  // SubjectPublicKeyInfo in base64
};
enum class StampForm : std::uint8_t {
  none,  // the scheme has no time: repeats are harmless by the ids of what is emitted
  seconds,
  milliseconds,
  any,  // seconds, RFC 3339 or an HTTP date
};

// One scheme. The verifying code knows these columns only, never a scheme by its name.
struct WebhookScheme {
  std::string name;
  SignatureKind kind = SignatureKind::hmac_sha256;
  std::string header;  // of the signature; lower-case
  SignatureForm form = SignatureForm::plain;
  std::string tag;
  SignatureCoding coding = SignatureCoding::hex;
  KeyForm key = KeyForm::bytes;
  StampForm stamp = StampForm::none;
  std::string stamp_header;  // lower-case; "" with form pairs
  std::string id_header;     // lower-case; "" = none
  // What is signed: text with {method}, {url}, {decoded_url}, {id}, {timestamp} and {body} in it.
  std::string message;

  bool signs_url() const {
    return message.find("{url}") != std::string::npos ||
           message.find("{decoded_url}") != std::string::npos;
  }
  // The headers that verifying reads.
  std::vector<std::string> own_headers() const;

  bool operator==(const WebhookScheme&) const = default;
};

// The names of the table, as the manifest's row of keys wants them: words with a space between.
constexpr std::string_view kWebhookSchemes =
    "standard-webhooks/1 hubspot/3 slack/0 stripe/1 meta/1 sendgrid/1 klaviyo/1 customerio/0 "
    "path-secret/1 hmac-sha256/1";
// The row of that name, or null. The one whose columns the manifest gives is "hmac-sha256/1".
const WebhookScheme* webhook_scheme(std::string_view name);
constexpr std::string_view kOpenScheme = "hmac-sha256/1";
std::vector<std::string> webhook_scheme_names();

// "" if each {name} in a message is known and {body} is there; else what is wrong.
std::string mistake_in_message(std::string_view message);

}  // namespace tenon
