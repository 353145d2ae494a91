// The routes that make a destination's connector ask its vendor: check and read-back.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

// {"record": {...}, "vendor_ref": "..."}; only the record must be there.
ReadBackQuery::Key read_key(const nlohmann::json& value, const std::string& place, Body& body) {
  ReadBackQuery::Key key;
  const bool fits = value.is_object() && value.contains("record") && value["record"].is_object();
  if (!fits) {
    body.fault(bad_body(place, "an object with a member record that is an object", value.dump()));
    return key;
  }
  key.record = value["record"].dump();
  for (const auto& [name, member] : value.items()) {
    if (name == "record") continue;
    if (name != "vendor_ref") {
      body.fault(bad_body(place + "/" + name, "only these members: record vendor_ref", name));
    } else if (!member.is_string()) {
      body.fault(bad_body(place + "/vendor_ref", "a string", member.type_name()));
    } else {
      key.vendor_ref = member.get<std::string>();
    }
  }
  return key;
}

}  // namespace

Task<HttpResponse> AdminHandler::check(Ask ask) {
  auto report = co_await operations_.check(ask.args[0]);
  if (!report) co_return refused(report.error(), ask.head);
  auto answer = to_json(*report);
  answer["name"] = ask.args[0];
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::read_back(Ask ask) {
  auto body = Body::parse(ask.body, "action keys");
  ReadBackQuery query;
  query.destination = ask.args[0];
  query.action = body.text("action");
  if (query.action.empty()) body.fault(bad_body("/action", "the name of an action", "none"));
  const auto& value = body.value();
  if (!value.contains("keys") || !value["keys"].is_array() || value["keys"].empty()) {
    body.fault(bad_body("/keys", "an array of at least one key", "none"));
  } else {
    for (std::size_t i = 0; i < value["keys"].size() && !body.problem(); ++i) {
      query.keys.push_back(read_key(value["keys"][i], "/keys/" + std::to_string(i), body));
    }
  }
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto found = co_await operations_.read_back(std::move(query));
  if (!found) co_return refused(found.error(), ask.head);
  nlohmann::json answer = {{"name", ask.args[0]}, {"data", to_json(*found)}};
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::list_pulls(Ask ask) {
  auto pulls = operations_.pulls();
  if (!pulls) co_return refused(pulls.error(), ask.head);
  Page<PullInfo> page;
  page.data = std::move(*pulls);
  co_return json_response(page_json(page));
}

Task<HttpResponse> AdminHandler::run_pull(Ask ask) {
  const milliseconds wait{ask.query.number("wait_ms", 0, 0, kMaxPullWaitMs)};
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  auto info = co_await operations_.run_pull(ask.args[0], wait);
  if (!info) co_return refused(info.error(), ask.head);
  co_return json_response(to_json(*info));
}

}  // namespace tenon
