// ModelHost: credentials into headers, query, path and body, then one call of the model.
#include "conformance/model_host.hpp"

#include <algorithm>
#include <cctype>

namespace tenon::conformance {
namespace {

std::string in_percent(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string("-._~").find(c) != std::string::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string in_base64(const std::string& bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kAlphabet[three >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string transformed(const testkit::SecretOut& secret, const std::string& credential) {
  if (secret.transform == TENON_SECRET_BASE64) return in_base64(credential);
  // No model needs to check a signature; that there is one is enough.
  if (secret.transform == TENON_SECRET_HMAC_SHA256_HEX) return std::string(64, '0');
  return credential;
}

}  // namespace

ModelHost::ModelHost(Subject& subject) : facts_(subject.facts()) {
  if (subject.beside().model.empty()) throw Skip{"no --model given"};
  std::string error;
  model_ = testkit::load_model(subject.beside().model, error);
  if (!model_) fail("--model: " + error);
}

testkit::ModelRequest ModelHost::spliced(const testkit::RequestOut& request) const {
  testkit::RequestOut full = request;
  // From the end, so that no offset is moved by an earlier one.
  auto secrets = request.secrets;
  std::stable_sort(secrets.begin(), secrets.end(),
                   [](const auto& a, const auto& b) { return a.offset > b.offset; });
  for (const auto& secret : secrets) {
    const std::string value = transformed(secret, model_->credential(secret.slot));
    switch (secret.place) {
      case TENON_PLACE_HEADER:
        full.headers.at(secret.index).second.insert(secret.offset, value);
        break;
      case TENON_PLACE_QUERY:
        full.query.at(secret.index).second.insert(secret.offset, value);
        break;
      case TENON_PLACE_PATH: full.path.insert(secret.offset, in_percent(value)); break;
      default: full.body.insert(secret.offset, value); break;
    }
  }
  for (const auto& slot : facts_.credentials) {
    const bool bound = slot.endpoints.empty() ||
                       std::find(slot.endpoints.begin(), slot.endpoints.end(), request.endpoint) !=
                           slot.endpoints.end();
    if (!bound) continue;
    const std::string credential = model_->credential(slot.name);
    if (slot.kind == "header") full.headers.emplace_back(slot.header, slot.prefix + credential);
    if (slot.kind == "basic") {
      full.headers.emplace_back("authorization", "Basic " + in_base64(credential));
    }
    if (slot.kind == "query") full.query.emplace_back(slot.query, credential);
  }
  testkit::ModelRequest out;
  out.method = full.method;
  out.path = full.path.empty() ? "/" : full.path;
  for (const auto& [name, value] : full.query) {
    out.query += (out.query.empty() ? "" : "&") + in_percent(name) + "=" + in_percent(value);
  }
  for (const auto& [name, value] : full.headers) out.headers.emplace_back(lower(name), value);
  // What the host's signing scheme would add.
  out.headers.emplace_back("webhook-id", full.idempotency_key);
  out.headers.emplace_back("webhook-timestamp", std::to_string(now_ms_ / 1000));
  out.headers.emplace_back("webhook-signature", "v1,none");
  out.body = full.body;
  return out;
}

testkit::ReplyIn ModelHost::send(const testkit::RequestOut& request) {
  const testkit::ModelReply from = model_->handle(spliced(request), now_ms_, random_++);
  testkit::ReplyIn reply;
  if (from.hang || from.cut) {
    reply.got = from.hang ? TENON_GOT_TIMEOUT : TENON_GOT_LOST;
    return reply;
  }
  reply.status = from.status;
  for (const auto& [name, value] : from.headers) reply.headers.emplace_back(lower(name), value);
  reply.body = from.body;
  return reply;
}

}  // namespace tenon::conformance
