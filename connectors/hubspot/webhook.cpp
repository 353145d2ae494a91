// webhook: subscription events of a HubSpot app, each as one track event.
#include "hubspot.hpp"

namespace hubspot {
namespace {

// HubSpot sends at most 100 in one request; a wholly different number is not HubSpot.
constexpr std::size_t kMaxEvents = 1'000;

// "contact.propertyChange" -> "Contact Property Change": how events are named among ours.
std::string title_of(std::string_view type) {
  std::string out;
  bool first = true;
  for (const char c : type) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (c == '.' || c == '_') {
      first = true;
      continue;
    }
    if ((first || upper) && !out.empty()) out += ' ';
    out += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    first = false;
  }
  return out;
}

// Numbers of HubSpot as the digits that they were sent as.
std::string digits_of(const OrderedJson& event, const char* name) {
  const auto* value = member(event, name);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->is_number_integer() ? value->dump() : std::string();
}

// eventId alone is not unique over portals and subscriptions, and HubSpot numbers its repeats of
// one event by attemptNumber, which must not count.
std::string id_of(const OrderedJson& event) {
  std::string id = "hubspot";
  for (const char* name : {"portalId", "subscriptionId", "eventId"}) {
    const auto digits = digits_of(event, name);
    if (digits.empty()) return {};
    id += ":" + digits;
  }
  return id;
}

// An event that lacks one of the three is known again by what it says (64-bit FNV-1a).
std::string id_by_text(OrderedJson event) {
  if (event.is_object()) event.erase("attemptNumber");
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : write_json(event)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  }
  return "hubspot:text:" + std::to_string(hash);
}

std::int64_t ms_of(const OrderedJson& event) {
  const auto* at = member(event, "occurredAt");
  return at != nullptr && at->is_number_integer() ? at->get<std::int64_t>() : 0;
}

OrderedJson message_of(const OrderedJson& event, std::string_view type) {
  OrderedJson message;
  message["event"] = title_of(type);
  // Order is kept per object. Contacts share no id with our users, so this is not a userId.
  const auto object = digits_of(event, "objectId");
  if (!object.empty()) {
    message["anonymousId"] = "hubspot:" + digits_of(event, "portalId") + ":" +
                             std::string(type.substr(0, type.find('.'))) + ":" + object;
  }
  OrderedJson properties = event;
  properties.erase("attemptNumber");
  message["properties"] = std::move(properties);
  return message;
}

}  // namespace

Next take_webhook(const Call& call, WebhookStep& step) {
  const auto body = read_json<OrderedJson>(call.inbound().body());
  if (!body || !body->is_array()) {
    throw bad_input("body: wanted an array of subscription events, found " +
                    std::string(body ? body->type_name() : "unreadable text"));
  }
  if (body->size() > kMaxEvents) {
    throw bad_input("body: wanted at most 1000 events, found " + std::to_string(body->size()));
  }
  for (const auto& event : *body) {
    const auto type = text_of(event, "subscriptionType");
    // What has no type is no event that we know; it goes on as it is, for a person to see.
    const auto message =
        type.empty() ? OrderedJson{{"event", "HubSpot Webhook"}, {"properties", {{"body", event}}}}
                     : message_of(event, type);
    const std::string known = id_of(event), out = write_json(message);
    const std::string id = known.empty() ? id_by_text(event) : known;
    step.emit({id, "track", out, ms_of(event)});
  }
  step.reply(200);
  return step.done();
}

}  // namespace hubspot
