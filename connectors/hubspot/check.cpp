// check: reads one contact; only a token that works gets a list back.
#include "hubspot.hpp"

namespace hubspot {
namespace {

Next ask(CheckStep& step) {
  Request request = Request::get("api", "/crm/v3/objects/contacts");
  step.send(request.query("limit", "1").header("accept", "application/json"));
  return step.suspend();
}

}  // namespace

Next check_token(const Call& call, CheckStep& step) {
  if (call.step() == 0) return ask(step);
  const Response response = call.only_response();
  if (!response.answered()) throw Refusal(TENON_E_RESPONSE, unanswered(response).detail);
  give_hints(response, call.now_ms(), step);
  const std::string status = std::to_string(response.status());
  if (response.status() == 401 || response.status() == 403) {
    throw bad_config(
        "slot token: HubSpot refused it (HTTP " + status +
        "); wanted the access token of a private app that may read and write contacts");
  }
  const auto body = read_json(response.body());
  const Json* results = body ? member(*body, "results") : nullptr;
  if (!response.ok() || results == nullptr || !results->is_array()) {
    throw Refusal(TENON_E_RESPONSE, "HubSpot: wanted a list of contacts, found HTTP " + status +
                                        (body ? " with another body" : " with an unreadable body"));
  }
  return step.done();
}

}  // namespace hubspot
