// upsert_contact: one batch of contacts, one request, one outcome each.
#include "hubspot.hpp"

namespace hubspot {
namespace {

Next ask(const Call& call, const Plan& plan, DeliverStep& step) {
  std::vector<std::uint32_t> covers;
  for (const Contact& contact : plan.contacts) covers.push_back(contact.index);
  Request request = Request::post("api", "/crm/v3/objects/contacts/batch/upsert");
  request.header("accept", "application/json").json(body_of(plan)).idempotent();
  step.send(request.carries(call, std::move(covers)));
  return step.suspend();
}

}  // namespace

Next upsert_contact(const Call& call, DeliverStep& step) {
  const Plan plan = plan_of(call);
  if (call.step() == 0 && !plan.contacts.empty()) return ask(call, plan, step);
  Outcomes outcomes(call);
  for (const auto& [index, outcome] : plan.refused) outcomes[index] = outcome;
  if (plan.contacts.empty()) return step.end_all(outcomes);
  const Response response = call.only_response();
  give_hints(response, call.now_ms(), step);
  const std::vector<Outcome> said = outcomes_of(response, plan, call.now_ms());
  for (std::size_t i = 0; i < said.size(); ++i) outcomes[plan.contacts[i].index] = said[i];
  return step.end_all(outcomes);
}

}  // namespace hubspot
