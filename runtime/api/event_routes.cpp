// The routes about events and rejected events.
#include <algorithm>

#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::string_view kEventId = "an event id like evt_ and 21 characters";

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

}  // namespace tenon
