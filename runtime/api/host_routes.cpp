// The routes about destinations, connectors, workers, the configuration and the host's health.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::size_t kMaxReasonBytes = 500;

template <typename T>
HttpResponse list_response(std::vector<T> values) {
  Page<T> page;
  page.data = std::move(values);
  return json_response(page_json(page));
}

// The name in the path and the reason in the body; or the fault.
template <typename Act>
std::optional<Problem> read_act(const std::string& body_text, bool reason_wanted, Act& act) {
  auto body = Body::parse(body_text, reason_wanted ? "reason" : "");
  if (reason_wanted) {
    act.reason = body.text("reason");
    if (act.reason.empty() || act.reason.size() > kMaxReasonBytes) {
      body.fault(bad_body("/reason", "a text of 1 to 500 bytes that says why", act.reason));
    }
  }
  return body.problem();
}

// A dry run needs no reason.
std::optional<Problem> read_skip(const std::string& body_text, DestinationAct& act) {
  auto body = Body::parse(body_text, "reason dry_run");
  act.dry_run = body.flag("dry_run");
  act.reason = body.text("reason");
  if (act.reason.size() > kMaxReasonBytes || (act.reason.empty() && !act.dry_run)) {
    body.fault(bad_body("/reason", "a text of 1 to 500 bytes that says why", act.reason));
  }
  return body.problem();
}

// What the errors of a configuration call the text that came without a name.
std::string place_of(const Query& query) {
  const auto file = query.text("file");
  return file.empty() ? "config" : file;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_destinations(Ask) {
  co_return list_response(operations_.destinations());
}
Task<HttpResponse> AdminHandler::list_connectors(Ask) {
  co_return list_response(operations_.connectors());
}
Task<HttpResponse> AdminHandler::get_connector(Ask ask) {
  const auto found = operations_.connector(ask.args[0]);
  if (!found) co_return refused(found.error(), ask.head);
  co_return json_response(to_json(*found));
}
Task<HttpResponse> AdminHandler::install(Ask ask) {
  const auto flag = ask.query.text("allow_downgrade");
  if (!flag.empty() && flag != "true" && flag != "false") {
    co_return response_of(bad_parameter("allow_downgrade", "true or false", flag), ask.head.path);
  }
  InstallAsk asked;
  asked.bytes = std::move(ask.body);
  asked.allow_downgrade = flag == "true";
  asked.actor = ask.actor;
  const auto answer = operations_.install(std::move(asked));
  if (!answer) co_return refused(answer.error(), ask.head);
  co_return json_response(to_json(*answer));
}
Task<HttpResponse> AdminHandler::remove_release(Ask ask) {
  ReleaseAct act;
  act.release = ask.args[0];
  act.actor = ask.actor;
  const auto problem = read_act(ask.body, true, act);
  if (problem) co_return response_of(*problem, ask.head.path);
  const auto done = operations_.remove_release(act);
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"release", ask.args[0]}, {"removed", true}};
  co_return json_response(answer);
}
Task<HttpResponse> AdminHandler::clear(Ask ask) {
  ReleaseAct act;
  act.release = ask.args[0];
  act.actor = ask.actor;
  const auto problem = read_act(ask.body, true, act);
  if (problem) co_return response_of(*problem, ask.head.path);
  const auto done = operations_.clear(act);
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"release", ask.args[0]}, {"state", "ready"}};
  co_return json_response(answer);
}
Task<HttpResponse> AdminHandler::list_workers(Ask) {
  co_return list_response(operations_.workers());
}
Task<HttpResponse> AdminHandler::list_notices(Ask ask) {
  const auto limit = ask.query.number("limit", kDefaultPage, 1, kMaxPage);
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  co_return list_response(operations_.notices(limit));
}
Task<HttpResponse> AdminHandler::completeness(Ask ask) {
  CompletenessQuery query;
  query.from = ask.query.time("from");
  query.to = ask.query.time("to");
  query.source = ask.query.text("source");
  query.destination = ask.query.text("destination");
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  const auto answer = operations_.completeness(query);
  if (!answer) co_return refused(answer.error(), ask.head);
  co_return json_response(to_json(*answer));
}
Task<HttpResponse> AdminHandler::backup_cut(Ask ask) {
  const auto cut = co_await operations_.backup_cut();
  if (!cut) co_return refused(cut.error(), ask.head);
  co_return json_response(to_json(*cut));
}
Task<HttpResponse> AdminHandler::recount(Ask ask) {
  auto answer = co_await operations_.recount();
  if (!answer) co_return refused(answer.error(), ask.head);
  co_return json_response(to_json(*answer));
}

Task<HttpResponse> AdminHandler::pause(Ask ask) {
  DestinationAct act;
  act.name = ask.args[0];
  act.actor = ask.actor;
  const auto problem = read_act(ask.body, true, act);
  if (problem) co_return response_of(*problem, ask.head.path);
  auto done = co_await operations_.pause(std::move(act));
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"name", ask.args[0]}, {"state", "paused"}};
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::resume(Ask ask) {
  DestinationAct act;
  act.name = ask.args[0];
  act.actor = ask.actor;
  const auto problem = read_act(ask.body, false, act);
  if (problem) co_return response_of(*problem, ask.head.path);
  auto done = co_await operations_.resume(std::move(act));
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"name", ask.args[0]}, {"state", "running"}};
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::skip(Ask ask) {
  DestinationAct act;
  act.name = ask.args[0];
  act.actor = ask.actor;
  const auto problem = read_skip(ask.body, act);
  if (problem) co_return response_of(*problem, ask.head.path);
  const bool dry_run = act.dry_run;
  auto done = co_await operations_.skip(std::move(act));
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"name", ask.args[0]}, {"given_up", done->given_up}};
  if (dry_run) {
    answer["dry_run"] = true;
    answer["hours"] = to_json(done->hours);
  }
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::list_skips(Ask ask) {
  const auto all = operations_.skips(ask.args[0]);
  if (!all) co_return refused(all.error(), ask.head);
  co_return list_response(*all);
}

Task<HttpResponse> AdminHandler::get_config(Ask ask) {
  const auto config = operations_.config();
  if (!config) co_return refused(config.error(), ask.head);
  co_return json_response(to_json(*config));
}

Task<HttpResponse> AdminHandler::config_history(Ask ask) {
  auto query = ask.query.page();
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  auto page = co_await operations_.config_history(std::move(query));
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

Task<HttpResponse> AdminHandler::config_check(Ask ask) {
  // Errors are the answer here, not a failure of the call.
  co_return json_response(to_json(operations_.config_check(ask.body, place_of(ask.query))));
}

Task<HttpResponse> AdminHandler::config_diff(Ask ask) {
  auto diff = operations_.config_diff(ask.body, place_of(ask.query));
  if (!diff.check.errors.empty()) {
    co_return response_of(config_invalid(std::move(diff.check.errors)), ask.head.path);
  }
  co_return json_response(to_json(diff));
}

Task<HttpResponse> AdminHandler::config_apply(Ask ask) {
  auto place = place_of(ask.query);
  auto done = co_await operations_.config_apply(std::move(ask.body), std::move(place), ask.actor);
  if (!done) co_return refused(done.error(), ask.head);
  if (!done->check.errors.empty()) {
    co_return response_of(config_invalid(std::move(done->check.errors)), ask.head.path);
  }
  auto answer = to_json(done->check);
  answer["applied"] = done->applied;
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::doctor(Ask ask) {
  const auto vendors = ask.query.text("vendors");
  if (!vendors.empty() && vendors != "true" && vendors != "false") {
    co_return response_of(bad_parameter("vendors", "true or false", vendors), ask.head.path);
  }
  auto findings =
      co_await operations_.doctor(vendors == "true" ? DoctorReach::vendors : DoctorReach::host);
  if (!findings) co_return refused(findings.error(), ask.head);
  co_return list_response(std::move(*findings));
}

}  // namespace tenon
