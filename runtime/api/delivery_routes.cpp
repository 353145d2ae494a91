// The routes about deliveries, dead letters and reruns.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::string_view kDeliveryId = "a delivery id like dlv_ and 26 characters";
constexpr std::string_view kRerunId = "the id of a replay like rpl_ and 13 characters";

constexpr std::string_view kLetterFilter = "destination class code status action state since until";

// From parameters or from a member of a body: both read the same way.
template <typename From>
DeadLetterFilter letter_filter(From& from) {
  DeadLetterFilter filter;
  filter.destination = from.text("destination");
  filter.reason = from.text("class");
  filter.vendor_code = from.text("code");
  filter.http_status = static_cast<std::uint32_t>(from.number("status", 0, 100, 599));
  filter.action = from.text("action");
  filter.state = from.state("state");
  if (filter.state && !takes_redrive(*filter.state)) {
    from.fault(from.bad("state", "dead, parked or ambiguous", name_of(*filter.state)));
  }
  filter.since = from.time("since");
  filter.until = from.time("until");
  return filter;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_deliveries(Ask ask) {
  DeliveryQuery query;
  query.page = ask.query.page();
  query.destination = ask.query.text("destination");
  query.state = ask.query.state("state");
  const auto lane = ask.query.text("lane");
  if (ask.query.has("lane") && lane != "live" && lane != "replay") {
    ask.query.fault(bad_parameter("lane", "live or replay", lane));
  }
  if (ask.query.has("lane")) query.of_reruns = lane == "replay";
  HttpResponse response;
  if (!fine(ask.query.problem(), ask.head, response)) co_return response;
  const auto page = operations_.deliveries(query);
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

Task<HttpResponse> AdminHandler::list_dead_letters(Ask ask) {
  DeadLetterQuery query;
  query.page = ask.query.page();
  query.filter = letter_filter(ask.query);
  HttpResponse response;
  if (!fine(ask.query.problem(), ask.head, response)) co_return response;
  const auto page = operations_.dead_letters(query);
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

Task<HttpResponse> AdminHandler::get_dead_letter(Ask ask) {
  const auto id = parse_delivery_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kDeliveryId, ask.args[0]), ask.head.path);
  auto letter = co_await operations_.dead_letter(*id);
  if (!letter) co_return refused(letter.error(), ask.head);
  co_return json_response(to_json(*letter));
}

Task<HttpResponse> AdminHandler::redrive(Ask ask) {
  const auto id = parse_delivery_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kDeliveryId, ask.args[0]), ask.head.path);
  const auto body = Body::parse(ask.body, "");
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  auto done = co_await operations_.redrive(*id, ask.actor);
  if (!done) co_return refused(done.error(), ask.head);
  nlohmann::json answer = {{"redriven", 1}};
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::redrive_all(Ask ask) {
  auto body = Body::parse(ask.body, "filter rate dry_run");
  // No filter at all is more likely a slip than a wish; an empty one says "all" on purpose.
  if (!body.has("filter")) {
    body.fault(bad_body("/filter", "an object; {} redrives every dead letter", ""));
  }
  auto filter = body.object("filter", kLetterFilter);
  RedriveQuery query;
  query.filter = letter_filter(filter);
  query.rate = static_cast<std::uint32_t>(body.number("rate", 0, 1, kMaxRerunRate));
  query.dry_run = body.flag("dry_run");
  query.actor = ask.actor;
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  if (!fine(filter.problem(), ask.head, response)) co_return response;
  auto answer = co_await operations_.redrive_all(std::move(query));
  if (!answer) co_return refused(answer.error(), ask.head);
  co_return json_response(to_json(*answer));
}

Task<HttpResponse> AdminHandler::edit(Ask ask) {
  const auto id = parse_delivery_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kDeliveryId, ask.args[0]), ask.head.path);
  auto body = Body::parse(ask.body, "event dry_run");
  EditQuery query;
  query.id = *id;
  query.dry_run = body.flag("dry_run");
  query.actor = ask.actor;
  if (!body.has("event") || !body.value()["event"].is_object()) {
    body.fault(body.bad("event", "the edited event, a JSON object",
                        body.has("event") ? body.value()["event"].type_name() : "nothing"));
  } else {
    query.event =
        body.value()["event"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  auto done = co_await operations_.edit(std::move(query));
  if (!done) co_return refused(done.error(), ask.head);
  co_return json_response(to_json(*done));
}

// A dry run gives the plan, by parts if the log is long; else the replay is started.
Task<HttpResponse> AdminHandler::replay(Ask ask) {
  auto body = Body::parse(ask.body,
                          "destination from to source where rate accept_duplicates dry_run after");
  ReplayQuery query;
  query.destination = body.text("destination");
  query.source = body.text("source");
  query.where = body.text("where");
  query.rate = static_cast<std::uint32_t>(body.number("rate", 0, 1, kMaxRerunRate));
  query.accept_duplicates = body.flag("accept_duplicates");
  query.actor = ask.actor;
  for (const char* needed : {"destination", "from", "to"}) {
    if (!body.has(needed)) body.fault(body.bad(needed, "it to be given", "nothing"));
  }
  query.from = body.time("from");
  query.to = body.time("to");
  const bool dry_run = body.flag("dry_run");
  std::string after = body.text("after");
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  if (dry_run) {
    auto plan = co_await operations_.plan_replay(std::move(query), std::move(after));
    if (!plan) co_return refused(plan.error(), ask.head);
    co_return json_response(to_json(*plan));
  }
  auto started = co_await operations_.start_replay(std::move(query));
  if (!started) co_return refused(started.error(), ask.head);
  co_return json_response(to_json(*started));
}

Task<HttpResponse> AdminHandler::list_reruns(Ask) {
  Page<RerunInfo> page;
  page.data = operations_.reruns();
  co_return json_response(page_json(page));
}

Task<HttpResponse> AdminHandler::get_rerun(Ask ask) {
  const auto id = parse_rerun_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kRerunId, ask.args[0]), ask.head.path);
  const auto rerun = operations_.rerun(*id);
  if (!rerun) co_return refused(rerun.error(), ask.head);
  co_return json_response(to_json(*rerun));
}

Task<HttpResponse> AdminHandler::cancel_rerun(Ask ask) {
  const auto id = parse_rerun_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kRerunId, ask.args[0]), ask.head.path);
  const auto body = Body::parse(ask.body, "");
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  auto rerun = co_await operations_.cancel_rerun(*id, ask.actor);
  if (!rerun) co_return refused(rerun.error(), ask.head);
  co_return json_response(to_json(*rerun));
}

Task<HttpResponse> AdminHandler::rerun_rest(Ask ask) {
  const auto id = parse_rerun_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kRerunId, ask.args[0]), ask.head.path);
  auto wanted = ask.query.page();
  HttpResponse response;
  if (!fine(ask.query.problem(), ask.head, response)) co_return response;
  auto page = co_await operations_.rerun_rest(*id, std::move(wanted));
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

}  // namespace tenon
