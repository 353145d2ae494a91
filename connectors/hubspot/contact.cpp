// contact: turns mapped records into the inputs of HubSpot's batch upsert.
#include <algorithm>
#include <optional>
#include <set>

#include "hubspot.hpp"

namespace hubspot {
namespace {

std::string_view trimmed(std::string_view value) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = value.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kSpace) - first + 1);
}

// HubSpot takes text only; a list is what its checkboxes call "a;b".
std::optional<std::string> as_text(const OrderedJson& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return write_json(value);
  if (!value.is_array()) return std::nullopt;
  std::string list;
  for (const OrderedJson& item : value) {
    if (item.is_structured() || item.is_null()) return std::nullopt;
    if (!list.empty()) list += ';';
    list += *as_text(item);
  }
  return list;
}

// Fills `contact` from the record; returns why it cannot be sent, if so.
std::optional<Outcome> read_contact(const Record& record, Contact& contact) {
  const auto body = read_json<OrderedJson>(record.body());
  if (!body || !body->is_object()) {
    return Outcome::rejected(TENON_REASON_INVALID_RECORD,
                             "the mapped record: wanted a JSON object, found something else");
  }
  contact.index = record.index();
  contact.email = trimmed(text_of(*body, "email"));
  contact.key = email_key(contact.email);
  if (contact.email.empty()) {
    return Outcome::rejected(TENON_REASON_MISSING_FIELD,
                             "/email: wanted an e-mail address, found none");
  }
  contact.properties = OrderedJson::object();
  for (const auto& [name, value] : body->items()) {
    if (value.is_null()) continue;  // not known is not the same as to be cleared
    auto text = name == "email" ? std::optional(contact.email) : as_text(value);
    if (!text) {
      return Outcome::rejected(TENON_REASON_INVALID_RECORD,
                               "/" + name + ": wanted a plain value or a list of them, found " +
                                   std::string(value.type_name()));
    }
    contact.properties[name] = std::move(*text);
  }
  return std::nullopt;
}

}  // namespace

std::string email_key(std::string_view email) {
  std::string key(trimmed(email));
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return key;
}

Plan plan_of(const Call& call) {
  Plan plan;
  std::set<std::string, std::less<>> seen;
  for (const Record record : call.records()) {
    Contact contact;
    if (auto why = read_contact(record, contact)) {
      plan.refused.emplace_back(record.index(), std::move(*why));
    } else if (plan.contacts.size() == kMaxInputs) {
      plan.refused.emplace_back(record.index(),
                                Outcome::retry(TENON_APPLIED_NO, TENON_REASON_NONE,
                                               "over HubSpot's 100 in one batch; not sent"));
    } else if (!seen.insert(contact.key).second) {
      plan.refused.emplace_back(record.index(),
                                Outcome::retry(TENON_APPLIED_NO, TENON_REASON_CONFLICT,
                                               "/email: a second time in one batch; not sent"));
    } else {
      plan.contacts.push_back(std::move(contact));
    }
  }
  return plan;
}

std::string body_of(const Plan& plan) {
  OrderedJson inputs = OrderedJson::array();
  for (const Contact& contact : plan.contacts) {
    OrderedJson input;
    input["idProperty"] = "email";
    input["id"] = contact.email;
    input["properties"] = contact.properties;
    inputs.push_back(std::move(input));
  }
  OrderedJson body;
  body["inputs"] = std::move(inputs);
  return write_json(body);
}

}  // namespace hubspot
