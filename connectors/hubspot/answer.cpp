// answer: what HubSpot's reply to a batch says about each contact. Nothing counts that it does not
// say.
#include <algorithm>
#include <map>
#include <optional>

#include "hubspot.hpp"

namespace hubspot {
namespace {

using Results = std::vector<Outcome>;
using Index = std::map<std::string, std::size_t, std::less<>>;  // e-mail key -> place in the plan

// Codes by which HubSpot refuses a whole batch for what is in it.
bool refuses_content(std::uint32_t status) {
  return status == 400 || status == 409 || status == 413 || status == 422;
}

// Categories that another try will not change.
bool final_category(std::string_view category) {
  return category == "VALIDATION_ERROR" || category == "CONFLICT" ||
         category == "OBJECT_NOT_FOUND" || category == "OBJECT_ALREADY_EXISTS" ||
         category == "PROPERTY_DOESNT_EXIST" || category == "INVALID_EMAIL";
}

Outcome silent() {
  return Outcome::unresolved(TENON_REASON_NOT_IN_REPLY,
                             "HubSpot's reply says nothing about this contact");
}
Outcome unreadable(const std::string& what) {
  return Outcome::unresolved(TENON_REASON_UNREADABLE_REPLY, "HubSpot's reply is " + what);
}

Outcome refused(const VendorError& said) {
  const std::string detail = "HubSpot: " + said.category + ": " + said.message;
  if (final_category(said.category)) {
    return Outcome::rejected(TENON_REASON_VENDOR_REJECTED, detail).code(said.category);
  }
  return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR, detail).code(said.category);
}

std::optional<std::size_t> find(const Index& index, const std::string& email) {
  const auto found = index.find(email_key(email));
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

// The contact that a result is about: by its e-mail address, else by an id that is the address or
// was looked up.
std::optional<std::size_t> contact_of(const Json& result, const Index& index) {
  const Json* properties = member(result, "properties");
  const std::string email = properties != nullptr ? text_of(*properties, "email") : std::string();
  return find(index, email.empty() ? text_of(result, "id") : email);
}

// The texts of a member of an error's context: one, or a list of them.
std::vector<std::string> names_in(const Json& error, std::string_view name) {
  const Json* context = member(error, "context");
  const Json* value = context != nullptr ? member(*context, name) : nullptr;
  std::vector<std::string> names;
  if (value == nullptr) return names;
  if (value->is_string()) names.push_back(value->get<std::string>());
  if (!value->is_array()) return names;
  for (const Json& item : *value) {
    if (item.is_string()) names.push_back(item.get<std::string>());
  }
  return names;
}

void read_results(const Json& body, const Index& index, Results& outcomes) {
  const Json* results = member(body, "results");
  if (results == nullptr || !results->is_array()) return;
  for (const Json& result : *results) {
    const auto place = contact_of(result, index);
    if (place) outcomes[*place] = Outcome::accepted(text_of(result, "id"));
  }
}

// After the results: where both speak of a contact, the error holds.
void read_errors(const Json& body, const Index& index, const Plan& plan, Results& outcomes) {
  const Json* errors = member(body, "errors");
  if (errors == nullptr || !errors->is_array()) return;
  for (const Json& error : *errors) {
    std::vector<std::string> names = names_in(error, "ids");
    for (std::string& email : names_in(error, "email")) names.push_back(std::move(email));
    if (names.empty() && plan.contacts.size() == 1) names.push_back(plan.contacts[0].key);
    for (const std::string& name : names) {
      const auto place = find(index, name);
      if (!place) continue;
      outcomes[*place] = refused(vendor_error(error, &plan.contacts[*place]));
    }
  }
}

Results read_batch(const Response& response, const Plan& plan) {
  const std::size_t count = plan.contacts.size();
  if (response.cut()) return Results(count, unreadable("longer than the host keeps"));
  const auto body = read_json(response.body());
  if (!body || !body->is_object()) {
    return Results(count, unreadable(response.body().empty() ? "empty" : "not a JSON object"));
  }
  if (text_of(*body, "status") != "COMPLETE") {
    return Results(count, unreadable("not that of a completed batch"));
  }
  Index index;
  for (std::size_t i = 0; i < count; ++i) {
    index.emplace(plan.contacts[i].key, i);
    if (!plan.contacts[i].vendor_id.empty()) index.emplace(plan.contacts[i].vendor_id, i);
  }
  Results outcomes(count, silent());
  read_results(*body, index, outcomes);
  read_errors(*body, index, plan, outcomes);
  return outcomes;
}

// The batch was refused as one. With one contact in it, that is the one at fault.
Results read_refusal(const Response& response, const Plan& plan) {
  const auto body = response.cut() ? std::nullopt : read_json(response.body());
  const Contact* only = plan.contacts.size() == 1 ? &plan.contacts[0] : nullptr;
  const VendorError said = body ? vendor_error(*body, only) : VendorError();
  if (!said.readable()) {
    return Results(plan.contacts.size(),
                   Outcome::retry(TENON_APPLIED_NO, TENON_REASON_UNREADABLE_REPLY,
                                  "HTTP " + std::to_string(response.status()) +
                                      " without a reason that HubSpot would give"));
  }
  if (only == nullptr) {
    // Its message may hold values of any record, so only the category is passed on.
    return Results(plan.contacts.size(),
                   Outcome::isolate(TENON_REASON_BATCH_REJECTED, "HubSpot refused the whole batch")
                       .code(said.category));
  }
  return {Outcome::rejected(TENON_REASON_VENDOR_REJECTED,
                            "HubSpot: " + said.category + ": " + said.message)
              .code(said.category)};
}

Outcome throttled(const Response& response, std::int64_t now_ms) {
  const auto body = read_json(response.body());
  const std::string policy = body ? text_of(*body, "policyName") : std::string();
  return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_THROTTLED,
                        "over HubSpot's limit" + (policy.empty() ? "" : " " + policy.substr(0, 60)))
      .code(policy.empty() ? "429" : policy.substr(0, 60))
      .after_ms(retry_after_ms(response, now_ms).value_or(0));
}

}  // namespace

std::vector<Outcome> outcomes_of(const Response& response, const Plan& plan, std::int64_t now_ms) {
  const std::size_t count = plan.contacts.size();
  const std::uint32_t status = response.status();
  const std::string code = std::to_string(status);
  if (!response.answered()) return Results(count, unanswered(response));
  if (status >= 200 && status < 300) return read_batch(response, plan);
  if (refuses_content(status)) return read_refusal(response, plan);
  if (status == 401 || status == 403) {
    return Results(count, Outcome::retry(TENON_APPLIED_NO, TENON_REASON_AUTH_REJECTED,
                                         "HubSpot refused the token (HTTP " + code + ")")
                              .code(code));
  }
  if (status == 429) return Results(count, throttled(response, now_ms));
  if (status >= 400 && status < 500) {
    return Results(count, Outcome::retry(TENON_APPLIED_NO, TENON_REASON_VENDOR_ERROR,
                                         "HubSpot did not take the request (HTTP " + code + ")")
                              .code(code)
                              .after_ms(retry_after_ms(response, now_ms).value_or(0)));
  }
  return Results(count, Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                                       "HubSpot failed (HTTP " + code + ")")
                            .code(code)
                            .after_ms(retry_after_ms(response, now_ms).value_or(0)));
}

void give_hints(const Response& response, std::int64_t now_ms, AnyStep& step,
                std::string_view bucket) {
  if (!response.answered()) return;
  if (response.status() == 401 || response.status() == 403) {
    step.auth_rejected("token");
  } else if (response.status() == 429) {
    const std::uint32_t wait = retry_after_ms(response, now_ms).value_or(0);
    step.throttled(bucket, wait == 0 ? 0 : now_ms + wait);
  } else if (response.status() >= 502 && response.status() <= 504) {
    step.vendor_down("api");
  }
}

}  // namespace hubspot
