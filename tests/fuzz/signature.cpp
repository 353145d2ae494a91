// Headers of a webhook's signature: whatever they say, nothing is let in that was not signed, and a
// refusal repeats no value.
#include <algorithm>
#include <vector>

#include "base/base64.hpp"
#include "fuzz/input.hpp"
#include "inbound/signature.hpp"
#include "inbound/signature_text.hpp"

namespace inbound = tenon::inbound;

namespace {

const tenon::Time kNow = tenon::time_from_us(1'767'225'600'000'000);

std::vector<tenon::Secret> secrets_for(const tenon::WebhookScheme& scheme) {
  std::vector<tenon::Secret> out;
  out.emplace_back(scheme.key == tenon::KeyForm::whsec_base64
                       ? "whsec_bmV3LXNpZ25pbmcta2V5LW9mLTMyLWJ5dGVzLSEhISE="
                       : "a secret that signs nothing here");
  return out;
}

void check_scheme(const tenon::WebhookScheme& scheme, fuzz::Input input) {
  tenon::HttpHeaders headers;
  for (const auto& name : scheme.own_headers()) headers.emplace_back(name, input.line());
  const std::string body(input.rest());
  const inbound::SignedRequest request{"POST", "https://example.com/webhooks/x?y=%3A", headers,
                                       body, ""};
  const auto verdict = inbound::verify_signature(scheme, request, secrets_for(scheme),
                                                 std::chrono::seconds(300), kNow);
  // The secret is not in the input: a true signature would be a broken HMAC.
  fuzz::must(!verdict);
  fuzz::must(verdict.error().message.find("signs nothing here") == std::string::npos);
}

void check_texts(const tenon::WebhookScheme& scheme, std::string_view text) {
  const auto read = inbound::read_signatures(scheme, text);
  if (read) fuzz::must(!read->values.empty() && read->values.size() <= inbound::kMaxSignatures);
  if (read) fuzz::must(read->stamp.size() <= text.size());
  for (const auto form :
       {tenon::StampForm::seconds, tenon::StampForm::milliseconds, tenon::StampForm::any}) {
    static_cast<void>(inbound::parse_stamp(text, form));
  }
  const auto bytes = tenon::from_base64(text);
  if (bytes) fuzz::must(text.size() == (bytes->size() + 2) / 3 * 4);
  const auto hex = inbound::decode_hex(text);
  if (hex) fuzz::must(hex->size() * 2 == text.size());
  fuzz::must(inbound::decoded_url(text).size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  static const auto kNames = tenon::webhook_scheme_names();
  const auto& scheme = *tenon::webhook_scheme(kNames[input.number(1) % kNames.size()]);
  check_texts(scheme, input.rest());
  check_scheme(scheme, input);
  return 0;
}
