// The table of webhook schemes, each named after whoever published it.
#include "manifest/webhook_scheme.hpp"

#include <algorithm>
#include <array>

namespace tenon {
namespace {

using enum SignatureKind;
using enum SignatureForm;
using enum SignatureCoding;
using enum KeyForm;

const std::vector<WebhookScheme>& table() {
  using Stamp = StampForm;
  static const std::vector<WebhookScheme> rows = {
      {"standard-webhooks/1", hmac_sha256, "webhook-signature", versions, "v1", base64,
       whsec_base64, Stamp::seconds, "webhook-timestamp", "webhook-id", "{id}.{timestamp}.{body}"},
      {"hubspot/3", hmac_sha256, "x-hubspot-signature-v3", plain, "", base64, bytes,
       Stamp::milliseconds, "x-hubspot-request-timestamp", "",
       "{method}{decoded_url}{body}{timestamp}"},
      {"slack/0", hmac_sha256, "x-slack-signature", plain, "v0=", hex, bytes, Stamp::seconds,
       "x-slack-request-timestamp", "", "v0:{timestamp}:{body}"},
      {"stripe/1", hmac_sha256, "stripe-signature", pairs, "v1", hex, bytes, Stamp::seconds, "", "",
       "{timestamp}.{body}"},
      {"meta/1", hmac_sha256, "x-hub-signature-256", plain, "sha256=", hex, bytes, Stamp::none, "",
       "", "{body}"},
      {"sendgrid/1", ecdsa_p256, "x-twilio-email-event-webhook-signature", plain, "", base64,
       public_base64, Stamp::seconds, "x-twilio-email-event-webhook-timestamp", "",
       "{timestamp}{body}"},
      {"klaviyo/1", hmac_sha256, "klaviyo-signature", plain, "", hex, bytes, Stamp::any,
       "klaviyo-timestamp", "", "{body}{timestamp}"},
      {"customerio/0", hmac_sha256, "x-cio-signature", plain, "", hex, bytes, Stamp::seconds,
       "x-cio-timestamp", "", "v0:{timestamp}:{body}"},
      {"path-secret/1", path_secret, "", plain, "", hex, bytes, Stamp::none, "", "", ""},
      {std::string(kOpenScheme), hmac_sha256, "", plain, "", hex, bytes, Stamp::none, "", "",
       "{body}"},
  };
  return rows;
}

}  // namespace

std::vector<std::string> WebhookScheme::own_headers() const {
  std::vector<std::string> out;
  for (const auto* name : {&header, &stamp_header, &id_header}) {
    if (!name->empty()) out.push_back(*name);
  }
  return out;
}

const WebhookScheme* webhook_scheme(std::string_view name) {
  const auto found = std::find_if(table().begin(), table().end(),
                                  [&](const WebhookScheme& row) { return row.name == name; });
  return found == table().end() ? nullptr : &*found;
}

std::vector<std::string> webhook_scheme_names() {
  std::vector<std::string> names;
  for (const auto& row : table()) names.push_back(row.name);
  return names;
}

std::string mistake_in_message(std::string_view message) {
  static constexpr std::array<std::string_view, 6> kKnown{"method", "url",       "decoded_url",
                                                          "id",     "timestamp", "body"};
  bool body = false;
  for (auto at = message.find('{'); at != std::string_view::npos; at = message.find('{', at + 1)) {
    const auto end = message.find('}', at);
    const auto name =
        end == std::string_view::npos ? std::string_view() : message.substr(at + 1, end - at - 1);
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
      return "wanted {method}, {url}, {decoded_url}, {id}, {timestamp} or {body} behind each {";
    }
    body = body || name == "body";
  }
  return body ? "" : "wanted {body} in it: a signature that does not cover the body proves nothing";
}

}  // namespace tenon
