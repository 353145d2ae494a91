// Telling what changed, and signing it.
#include "hubspot/fake/webhooks.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace hubspot::fake {

ModelRequest signed_webhook(const App& app, std::string body, std::int64_t now_ms) {
  ModelRequest request;
  request.method = "POST";
  request.path = app.url;
  request.body = std::move(body);
  const std::string time = std::to_string(now_ms);
  const std::string message = request.method + app.url + request.body + time;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), app.client_secret.data(), static_cast<int>(app.client_secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &length);
  std::string signature(4 * ((length + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(signature.data()), mac,
                  static_cast<int>(length));
  request.headers = {{"content-type", "application/json"},
                     {"user-agent", "HubSpot Connect 2.0"},
                     {"x-hubspot-request-timestamp", time},
                     {"x-hubspot-signature-v3", signature}};
  return request;
}

void AppWebhooks::tell(std::uint64_t subscription, const char* type, const Contact& contact,
                       const std::string& property, const std::string& value, std::int64_t now_ms) {
  Json event{{"eventId", next_event_++},     {"subscriptionId", subscription},
             {"portalId", app_.portal_id},   {"appId", app_.app_id},
             {"occurredAt", now_ms},         {"subscriptionType", type},
             {"attemptNumber", 0},           {"objectId", std::stoull(contact.id)},
             {"changeSource", "INTEGRATION"}};
  if (!property.empty()) {
    event["propertyName"] = property;
    event["propertyValue"] = value;
  }
  waiting_.push_back(std::move(event));
}

std::optional<ModelRequest> AppWebhooks::next(const HubSpotModel& account, std::int64_t now_ms) {
  for (const auto& [email, contact] : account.contacts()) {
    const auto known = seen_.find(email);
    if (known == seen_.end()) {
      tell(app_.creation_subscription, "contact.creation", contact, "", "", now_ms);
    }
    for (const auto& [name, value] : contact.properties) {
      const bool same = known != seen_.end() && known->second.properties.count(name) != 0 &&
                        known->second.properties.at(name) == value;
      if (!same && known != seen_.end()) {
        tell(app_.change_subscription, "contact.propertyChange", contact, name, value, now_ms);
      }
    }
    seen_[email] = contact;
  }
  if (waiting_.empty()) return std::nullopt;
  last_ = Json::array();
  while (!waiting_.empty() && last_.size() < app_.max_events) {
    last_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return request_of(last_, now_ms);
}

ModelRequest AppWebhooks::repeat(std::int64_t now_ms) {
  for (Json& event : last_) event["attemptNumber"] = event["attemptNumber"].get<int>() + 1;
  return request_of(last_, now_ms);
}

ModelRequest AppWebhooks::request_of(const Json& events, std::int64_t now_ms) const {
  return signed_webhook(app_, events.dump(), now_ms);
}

}  // namespace hubspot::fake
