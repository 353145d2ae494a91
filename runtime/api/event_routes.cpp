// The routes about events, rejected events, deliveries and dead letters.
#include <algorithm>

#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::string_view kEventId = "an event id like evt_ and 21 characters";
constexpr std::string_view kDeliveryId = "a delivery id like dlv_ and 26 characters";

// True if all ended well; else `response` tells the first fault.
bool fine(const std::optional<Problem>& problem, const HttpHead& head, HttpResponse& response) {
  if (!problem) return true;
  response = response_of(*problem, head.path);
  return false;
}

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

HttpResponse refused(const Error& error, const HttpHead& head) {
  return response_of(problem_of(error), head.path);
}

}  // namespace

Task<HttpResponse> AdminHandler::get_event(Ask ask) {
  const auto id = parse_event_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kEventId, ask.args[0]), ask.head.path);
  std::optional<Trace> so_far;
  const auto kept = std::find_if(unfinished_.begin(), unfinished_.end(),
                                 [&](const Trace& trace) { return trace.id == *id; });
  if (kept != unfinished_.end()) {
    so_far = std::move(*kept);
    unfinished_.erase(kept);
  }
  auto trace = co_await operations_.explain(*id, std::move(so_far));
  if (!trace) co_return refused(trace.error(), ask.head);
  auto response = json_response(to_json(*trace));
  if (!trace->complete) {
    unfinished_.push_front(std::move(*trace));
    if (unfinished_.size() > kMaxUnfinishedTraces) unfinished_.pop_back();
  }
  co_return response;
}

Task<HttpResponse> AdminHandler::find_events(Ask ask) {
  const auto wanted = ask.query.text("message_id");
  const auto colon = wanted.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == wanted.size()) {
    co_return response_of(bad_parameter("message_id", "SOURCE:MESSAGE_ID", wanted), ask.head.path);
  }
  std::string source = wanted.substr(0, colon), message_id = wanted.substr(colon + 1);
  auto events = co_await operations_.find_events(std::move(source), std::move(message_id));
  if (!events) co_return refused(events.error(), ask.head);
  Page<EventSummary> page;
  page.data = std::move(*events);
  co_return json_response(page_json(page));
}

Task<HttpResponse> AdminHandler::tail(Ask ask) {
  TailQuery query;
  query.page = ask.query.page();
  query.wait = milliseconds(ask.query.number("wait_ms", 0, 0, kMaxTailWaitMs));
  HttpResponse response;
  if (!fine(ask.query.problem(), ask.head, response)) co_return response;
  auto page = co_await operations_.tail(std::move(query));
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

Task<HttpResponse> AdminHandler::list_rejected(Ask ask) {
  RejectedQuery query;
  query.page = ask.query.page();
  query.source = ask.query.text("source");
  query.code = ask.query.text("code");
  query.since = ask.query.time("since");
  HttpResponse response;
  if (!fine(ask.query.problem(), ask.head, response)) co_return response;
  auto page = co_await operations_.rejected(std::move(query));
  if (!page) co_return refused(page.error(), ask.head);
  co_return json_response(page_json(*page));
}

Task<HttpResponse> AdminHandler::get_rejected(Ask ask) {
  const auto id = parse_event_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kEventId, ask.args[0]), ask.head.path);
  auto event = co_await operations_.rejected_event(*id);
  if (!event) co_return refused(event.error(), ask.head);
  co_return json_response(to_json(*event));
}

Task<HttpResponse> AdminHandler::reenter(Ask ask) {
  const auto id = parse_event_id(ask.args[0]);
  if (!id) co_return response_of(bad_parameter("id", kEventId, ask.args[0]), ask.head.path);
  auto body = Body::parse(ask.body, "event dry_run");
  ReenterQuery query;
  query.id = *id;
  query.dry_run = body.flag("dry_run");
  query.actor = ask.actor;
  if (body.has("event")) {
    const auto& event = body.value()["event"];
    if (!event.is_object()) body.fault(bad_body("/event", "a JSON object", event.type_name()));
    query.event = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  auto done = co_await operations_.reenter(std::move(query));
  if (!done) co_return refused(done.error(), ask.head);
  co_return json_response(to_json(*done));
}

Task<HttpResponse> AdminHandler::list_deliveries(Ask ask) {
  DeliveryQuery query;
  query.page = ask.query.page();
  query.destination = ask.query.text("destination");
  query.state = ask.query.state("state");
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
  auto body = Body::parse(ask.body, "filter dry_run");
  // No filter at all is more likely a slip than a wish; an empty one says "all" on purpose.
  if (!body.has("filter")) {
    body.fault(bad_body("/filter", "an object; {} redrives every dead letter", ""));
  }
  auto filter = body.object("filter", kLetterFilter);
  RedriveQuery query;
  query.filter = letter_filter(filter);
  query.dry_run = body.flag("dry_run");
  query.actor = ask.actor;
  HttpResponse response;
  if (!fine(body.problem(), ask.head, response)) co_return response;
  if (!fine(filter.problem(), ask.head, response)) co_return response;
  auto answer = co_await operations_.redrive_all(std::move(query));
  if (!answer) co_return refused(answer.error(), ask.head);
  co_return json_response(to_json(*answer));
}

}  // namespace tenon
