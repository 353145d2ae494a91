// The routes by which a person connects a destination: by the CLI, or by a console.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

nlohmann::json to_json(const OAuthView& view) {
  nlohmann::json out = {{"destination", view.destination},
                        {"grant", view.grant},
                        {"state", view.state},
                        {"generation", view.generation}};
  put_text(out, "token_url", view.token_url);
  put_text(out, "reason", view.reason);
  put_time(out, "obtained", view.obtained);
  put_time(out, "expires", view.expires);
  put_time(out, "retry_at", view.retry_at);
  return out;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_connections(Ask) {
  nlohmann::json answer = {{"data", nlohmann::json::array()}};
  for (const auto& view : operations_.oauth_connections()) answer["data"].push_back(to_json(view));
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::begin_connect(Ask ask) {
  auto body = Body::parse(ask.body, "destination redirect_uri");
  const auto destination = body.text("destination"), redirect_uri = body.text("redirect_uri");
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  const auto offer = operations_.begin_connect(destination, redirect_uri);
  if (!offer) co_return response_of(problem_of(offer.error()), ask.head.path);
  nlohmann::json answer = {{"url", offer->url}, {"state", offer->state}};
  put_time(answer, "until", offer->until);
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::finish_connect(Ask ask) {
  auto body = Body::parse(ask.body, "state code");
  wipe(ask.body);
  ConnectReturn back;
  back.actor = ask.actor;
  back.state = body.text("state");
  back.code = Secret(body.text("code"));
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto finishing = operations_.finish_connect(std::move(back));
  const auto done = co_await std::move(finishing);
  if (!done) co_return response_of(problem_of(done.error()), ask.head.path);
  nlohmann::json answer = {{"destination", done->destination}, {"resumed", done->resumed}};
  co_return json_response(answer);
}

}  // namespace tenon
