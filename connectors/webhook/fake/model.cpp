// WebhookReceiver: verifies the three headers, remembers what it took, answers as its mode says.
#include "webhook/fake/model.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <optional>

namespace webhook::fake {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kDigest = 32;

// Standard base64 with padding; nothing if it is not.
std::optional<std::string> decoded(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string signature_of(const std::string& key, const std::string& message) {
  std::string digest(kDigest, '\0');
  unsigned size = kDigest;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(digest.data()), &size);
  return digest;
}

bool holds(std::string_view signatures, const std::string& wanted) {
  while (!signatures.empty()) {
    const auto space = signatures.find(' ');
    const std::string_view one = signatures.substr(0, space);
    signatures = space == std::string_view::npos ? "" : signatures.substr(space + 1);
    if (!one.starts_with("v1,")) continue;
    const auto found = decoded(one.substr(3));
    if (found && found->size() == kDigest &&
        CRYPTO_memcmp(found->data(), wanted.data(), kDigest) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool verified(std::string_view secret, std::string_view id, std::string_view timestamp,
              std::string_view body, std::string_view signatures, std::int64_t now_s,
              std::int64_t tolerance_s, std::string& why) {
  std::int64_t at = 0;
  const auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), at);
  if (error != std::errc() || end != timestamp.data() + timestamp.size()) {
    why = "webhook-timestamp: wanted whole seconds";
    return false;
  }
  if (at < now_s - tolerance_s || at > now_s + tolerance_s) {
    why = "webhook-timestamp: too far from now";
    return false;
  }
  if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
  const auto key = decoded(secret);
  if (!key) {
    why = "secret: wanted base64";
    return false;
  }
  const std::string message =
      std::string(id) + "." + std::string(timestamp) + "." + std::string(body);
  if (!holds(signatures, signature_of(*key, message))) {
    why = "webhook-signature: none of them fits";
    return false;
  }
  return true;
}

ModelReply WebhookReceiver::answer(std::uint32_t status, std::string text) const {
  ModelReply reply = tenon::testkit::text_reply(status, std::move(text));
  reply.delay_ms = options_.delay_ms;
  return reply;
}

void WebhookReceiver::remember(std::string_view id, const ModelRequest& request,
                               std::int64_t now_ms) {
  ++counters_.accepted;
  Delivery& delivery = deliveries_[std::string(id)];
  if (delivery.times++ > 0) return;
  delivery.id = id;
  delivery.body = request.body;
  delivery.at_ms = now_ms;
  order_.emplace_back(id);
}

ModelReply WebhookReceiver::handle(const ModelRequest& request, std::int64_t now_ms,
                                   std::uint64_t) {
  ++counters_.requests;
  if (request.method != "POST") return answer(405, "wanted POST");
  const auto id = request.header("webhook-id");
  const auto timestamp = request.header("webhook-timestamp");
  const auto signatures = request.header("webhook-signature");
  if (!id || !timestamp || !signatures || id->empty() || signatures->empty()) {
    ++counters_.unsigned_;
    return answer(400, "wanted webhook-id, webhook-timestamp and webhook-signature");
  }
  std::string why;
  if (!options_.secret.empty() &&
      !verified(options_.secret, *id, *timestamp, request.body, *signatures, now_ms / 1000,
                options_.tolerance_s, why)) {
    ++counters_.wrong_signature;
    return answer(401, why);
  }
  if (options_.throttle_next > 0) {
    --options_.throttle_next;
    ++counters_.throttled;
    ModelReply reply = answer(429, "slow down");
    reply.headers.emplace_back("retry-after", std::to_string(options_.retry_after_s));
    return reply;
  }
  if (options_.fail_next > 0 || options_.mode == Mode::server_error) {
    if (options_.fail_next > 0) --options_.fail_next;
    ++counters_.failed;
    return answer(500, "<html><body>Internal Server Error</body></html>");
  }
  if (options_.mode == Mode::gone) return answer(410, "gone");
  if (options_.mode == Mode::refuse) return answer(400, "no");
  if (options_.mode == Mode::redirect) {
    ModelReply reply = answer(302, "");
    reply.headers.emplace_back("location", "https://elsewhere.example.com/");
    return reply;
  }
  remember(*id, request, now_ms);
  ModelReply reply = answer(200, "{\"ok\":true}");
  if (options_.mode == Mode::html) reply.body = "<html><body>Thank you</body></html>";
  if (options_.mode == Mode::no_content) {
    reply.status = 204;
    reply.body.clear();
  }
  reply.hang = options_.mode == Mode::hang;
  return reply;
}

}  // namespace webhook::fake
