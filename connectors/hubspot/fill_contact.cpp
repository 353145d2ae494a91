// fill_contact: creates contacts that are not there, and fills what others have no value for; never
// writes over a value. Look-up first, then two writes; what was decided is kept between them.
#include <map>
#include <set>

#include "search.hpp"
#include "tenon/state.hpp"

namespace hubspot {
namespace {

// unknown: not on the page, which is not the whole of the answer.
enum class Fate : std::uint8_t { create = 0, update = 1, nothing = 2, unknown = 3 };

// One entry per contact of the plan, in its order.
struct Looked {
  Fate fate = Fate::create;
  std::string id;                    // HubSpot's, of a contact that is there
  std::vector<std::string> missing;  // properties that it has no value for
  auto fields() { return std::tie(fate, id, missing); }
};
struct Progress {
  static constexpr std::uint16_t kVersion = 1;
  std::vector<Looked> contacts;
  auto fields() { return std::tie(contacts); }
};

constexpr std::uint32_t kCreate = 1, kUpdate = 2;  // tags

OrderedJson properties_of(const Contact& contact) {
  auto properties = read_json<OrderedJson>(contact.properties);
  return properties && properties->is_object() ? std::move(*properties) : OrderedJson::object();
}

Next look_up(const Plan& plan, DeliverStep& step) {
  Filter filter{"email", "IN", {}, {}};
  std::set<std::string> names{"email"};
  for (const Contact& contact : plan.contacts) {
    filter.values.push_back(contact.key);
    const OrderedJson properties = properties_of(contact);
    for (const auto& [name, value] : properties.items()) names.insert(name);
  }
  step.send(search_request({filter}, "", {names.begin(), names.end()}));
  return step.suspend();
}

Progress decide(const Plan& plan, const SearchPage& page) {
  std::map<std::string, const FoundContact*> there;
  for (const FoundContact& found : page.contacts) {
    there[email_key(text_of(found.properties, "email"))] = &found;
  }
  Progress progress;
  for (const Contact& contact : plan.contacts) {
    Looked& looked = progress.contacts.emplace_back();
    const auto found = there.find(contact.key);
    if (found == there.end()) {
      if (!page.whole) looked.fate = Fate::unknown;
      continue;
    }
    looked.id = found->second->id;
    const OrderedJson wanted = properties_of(contact);
    for (const auto& [name, value] : wanted.items()) {
      if (text_of(found->second->properties, name).empty()) looked.missing.push_back(name);
    }
    looked.fate = looked.missing.empty() ? Fate::nothing : Fate::update;
  }
  return progress;
}

// The contacts of the plan that have this fate, as a plan of their own.
Plan part_of(const Plan& plan, const Progress& progress, Fate fate) {
  Plan part;
  for (std::size_t i = 0; i < plan.contacts.size(); ++i) {
    if (progress.contacts[i].fate != fate) continue;
    part.contacts.push_back(plan.contacts[i]);
    part.contacts.back().vendor_id = progress.contacts[i].id;
    if (fate != Fate::update) continue;
    const OrderedJson wanted = properties_of(plan.contacts[i]);
    OrderedJson missing = OrderedJson::object();
    for (const std::string& name : progress.contacts[i].missing) {
      const auto value = wanted.find(name);
      if (value != wanted.end()) missing[name] = *value;
    }
    part.contacts.back().properties = write_json(missing);
  }
  return part;
}

void ask(const Call& call, const Plan& part, std::uint32_t tag, DeliverStep& step) {
  if (part.contacts.empty()) return;
  OrderedJson inputs = OrderedJson::array();
  std::vector<std::uint32_t> covers;
  for (const Contact& contact : part.contacts) {
    OrderedJson input;
    if (tag == kUpdate) input["id"] = contact.vendor_id;
    input["properties"] = properties_of(contact);
    inputs.push_back(std::move(input));
    covers.push_back(contact.index);
  }
  OrderedJson body;
  body["inputs"] = std::move(inputs);
  Request request = Request::post("api", std::string("/crm/v3/objects/contacts/batch/") +
                                             (tag == kCreate ? "create" : "update"));
  request.header("accept", "application/json").json(write_json(body)).tag(tag);
  // A second creation changes nothing: HubSpot knows the address by then. Its refusal does not say
  // who created the contact, though; see read_part.
  request.idempotent();
  request.carries(call, std::move(covers));
  // Two requests of one step must not look like one to whoever goes by the key.
  step.send(request.idempotency_key(std::string(call.idempotency()) +
                                    (tag == kCreate ? "-create" : "-update")));
}

// Of a contact that the page does not show. Alone it can hardly be crowded out.
Outcome not_shown(bool several) {
  const std::string why = "HubSpot's answer to the look-up has a further page";
  return several ? Outcome::isolate(TENON_REASON_NOT_IN_REPLY, why)
                 : Outcome::retry(TENON_APPLIED_NO, TENON_REASON_NOT_IN_REPLY, why);
}

void read_part(const Call& call, const Plan& part, std::uint32_t tag, Outcomes& outcomes,
               DeliverStep& step) {
  if (part.contacts.empty()) return;
  const auto response = call.response(tag);
  if (!response) throw bad_input("responses: wanted one to each of our requests");
  give_hints(*response, call.now_ms(), step);
  const bool taken_meanwhile = tag == kCreate && response->status() == 409;
  const auto said = outcomes_of(*response, part, call.now_ms());
  for (std::size_t i = 0; i < part.contacts.size(); ++i) {
    outcomes[part.contacts[i].index] =
        taken_meanwhile ? Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_CONFLICT,
                                         "a contact of the batch was created meanwhile; looked up"
                                         " again in the next try")
                        : said[i];
  }
}

}  // namespace

Next fill_contact(const Call& call, DeliverStep& step) {
  const Plan plan = plan_of(call);
  if (call.step() == 0 && !plan.contacts.empty()) return look_up(plan, step);
  Outcomes outcomes(call);
  for (const auto& [index, outcome] : plan.refused) outcomes[index] = outcome;
  if (plan.contacts.empty()) return step.end_all(outcomes);
  Progress progress;
  if (call.step() == 1) {
    progress = decide(plan, read_search(call.only_response(), call.now_ms(), step));
  } else {
    progress = load<Progress>(call.state());
    if (progress.contacts.size() != plan.contacts.size()) {
      throw bad_input("state: it is of another batch");
    }
  }
  const Plan creates = part_of(plan, progress, Fate::create);
  const Plan updates = part_of(plan, progress, Fate::update);
  if (call.step() == 1 && !(creates.contacts.empty() && updates.contacts.empty())) {
    ask(call, creates, kCreate, step);
    ask(call, updates, kUpdate, step);
    return step.suspend(save(progress));
  }
  for (std::size_t i = 0; i < plan.contacts.size(); ++i) {
    Outcome& outcome = outcomes[plan.contacts[i].index];
    if (progress.contacts[i].fate == Fate::nothing) {
      outcome = Outcome::skipped(TENON_REASON_NONE, "the contact has a value for all of it");
    } else if (progress.contacts[i].fate == Fate::unknown) {
      outcome = not_shown(plan.contacts.size() > 1);
    }
  }
  if (call.step() > 1) {
    read_part(call, creates, kCreate, outcomes, step);
    read_part(call, updates, kUpdate, outcomes, step);
  }
  return step.end_all(outcomes);
}

}  // namespace hubspot
