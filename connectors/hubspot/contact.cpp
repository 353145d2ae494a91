// contact: turns mapped records into the inputs of HubSpot's batch upsert.
#include <algorithm>
#include <optional>
#include <set>

#include "hubspot.hpp"
#include "tenon/json_writer.hpp"

namespace hubspot {
namespace {

std::string_view trimmed(std::string_view value) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = value.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kSpace) - first + 1);
}

// Writes a value as HubSpot takes it: as text; a list is what its checkboxes call "a;b". False:
// there is no text for it.
bool write_as_text(const JsonView& value, JsonWriter& json) {
  if (value.is_text()) {
    json.value(value);
    return true;
  }
  if (value.is_number() || value.boolean()) {
    json.text(value.raw());
    return true;
  }
  if (!value.is_array()) return false;
  std::string list;
  for (const JsonView item : value.items()) {
    if (item.is_object() || item.is_array() || item.is_null()) return false;
    if (!list.empty()) list += ';';
    if (!item.append_text(list)) list += item.raw();
  }
  json.text(list);
  return true;
}

// Fills `contact` from the record; returns why it cannot be sent, if so.
std::optional<Outcome> read_contact(const Record& record, Contact& contact) {
  const JsonView body = JsonView::checked(record.body());
  if (!body.is_object()) {
    return Outcome::rejected(TENON_REASON_INVALID_RECORD,
                             "the mapped record: wanted a JSON object, found something else");
  }
  contact.index = record.index();
  contact.email = trimmed(body["email"].text());
  contact.key = email_key(contact.email);
  if (contact.email.empty()) {
    return Outcome::rejected(TENON_REASON_MISSING_FIELD,
                             "/email: wanted an e-mail address, found none");
  }
  JsonWriter json(contact.properties);
  json.object();
  for (const auto& [name, value] : body.members()) {
    if (value.is_null()) continue;  // not known is not the same as to be cleared
    json.key(name);
    if (name.is("email")) {
      json.text(contact.email);
    } else if (!write_as_text(value, json)) {
      return Outcome::rejected(TENON_REASON_INVALID_RECORD,
                               "/" + name.text() +
                                   ": wanted a plain value or a list of them, found " +
                                   name_of(value.kind()));
    }
  }
  json.end_object();
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
  std::string body;
  JsonWriter json(body);
  json.object().key("inputs").array();
  for (const Contact& contact : plan.contacts) {
    json.object().key("idProperty").text("email").key("id").text(contact.email);
    json.key("properties").raw(contact.properties).end_object();
  }
  json.end_array().end_object();
  return body;
}

}  // namespace hubspot
