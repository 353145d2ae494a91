// upsert_contact: one batch of contacts, one request, one outcome each.
#include "hubspot.hpp"

namespace hubspot {
namespace {

void ask(const Call& call, const Plan& plan, Step& step) {
  std::vector<std::uint32_t> covers;
  for (const Contact& contact : plan.contacts) covers.push_back(contact.index);
  Request request("api", "POST", "/crm/v3/objects/contacts/batch/upsert");
  request.header("accept", "application/json").json(body_of(plan));
  request.idempotent().covers(std::move(covers)).idempotency_key(call.idempotency());
  step.send(request);
  step.suspend();
}

}  // namespace

void upsert_contact(const Call& call, Step& step) {
  const Plan plan = plan_of(call);
  if (call.step() == 0 && !plan.contacts.empty()) return ask(call, plan, step);
  for (const auto& [index, outcome] : plan.refused) step.end(index, outcome);
  if (plan.contacts.empty()) return;
  if (call.responses().size() != 1) throw bad_input("responses: wanted one to our one request");
  const Response response = call.responses()[0];
  give_hints(response, call.now_ms(), step);
  const std::vector<Outcome> outcomes = outcomes_of(response, plan, call.now_ms());
  for (std::size_t i = 0; i < outcomes.size(); ++i) step.end(plan.contacts[i].index, outcomes[i]);
}

}  // namespace hubspot
