// HubSpot: contacts by e-mail address, in batches, each record's outcome read from the reply's
// body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/json.hpp"
#include "tenon/reply.hpp"
#include "tenon/step.hpp"

namespace hubspot {

using namespace tenon::sdk;

class HubSpot {
 public:
  // One setting, settle_s: a whole number of seconds.
  explicit HubSpot(std::string_view json);
  Next deliver(const Call& call, DeliverStep& step) const;
  Next pull(const Call& call, PullStep& step) const;
  Next readback(const Call& call, ReadbackStep& step) const;
  Next check(const Call& call, CheckStep& step) const;
  Next webhook(const Call& call, WebhookStep& step) const;

 private:
  std::int64_t settle_ms_ = 10'000;  // as the manifest says
};

// Events of the app's subscriptions, one emit each (webhook.cpp).
Next take_webhook(const Call& call, WebhookStep& step);
// Proves the token with one cheap read (check.cpp).
Next check_token(const Call& call, CheckStep& step);
// POST /crm/v3/objects/contacts/batch/upsert (upsert_contact.cpp).
Next upsert_contact(const Call& call, DeliverStep& step);

// Looks contacts up, then creates those that are not there and fills gaps (fill_contact.cpp).
Next fill_contact(const Call& call, DeliverStep& step);
// Contacts that changed after the cursor, up to `settle_ms` ago (pull_contacts.cpp).
Next pull_contacts(const Call& call, std::int64_t settle_ms, PullStep& step);
// What HubSpot has under the keys' addresses (read_contacts.cpp).
Next read_contacts(const Call& call, ReadbackStep& step);

// The properties that a contact is read with, and its traits made of them (canonical.cpp).
std::vector<std::string> canonical_properties();
OrderedJson canonical_traits(const Json& properties);

// HubSpot takes no more in one batch.
inline constexpr std::size_t kMaxInputs = 100;

// One record as HubSpot wants it (contact.cpp).
struct Contact {
  std::uint32_t index = 0;  // of the record
  std::string email;        // as mapped, trimmed
  std::string key;          // lower-case: HubSpot knows no difference
  std::string properties;   // a JSON object, all values text
  std::string vendor_id;    // HubSpot's, where it was looked up
};
// The batch of one call: what is sent, and what cannot be.
struct Plan {
  std::vector<Contact> contacts;                           // addresses differ
  std::vector<std::pair<std::uint32_t, Outcome>> refused;  // by record index
};
Plan plan_of(const Call& call);
std::string body_of(const Plan& plan);
// Trimmed and lower-case, ASCII only.
std::string email_key(std::string_view email);

// What a reply says about each contact of the plan, in the plan's order (answer.cpp).
std::vector<Outcome> outcomes_of(const Response& response, const Plan& plan, std::int64_t now_ms);
// Tells the host what the reply says about HubSpot as a whole.
void give_hints(const Response& response, std::int64_t now_ms, AnyStep& step,
                std::string_view bucket = "default");

// The vendor's own words about an error, cut and without values of the contact (vendor_error.cpp).
struct VendorError {
  std::string category, message;
  bool readable() const { return !category.empty() || !message.empty(); }
};
VendorError vendor_error(const Json& error, const Contact* contact);

}  // namespace hubspot
