// The routes about tokens of this API. A value is in the answer that makes it, and nowhere else.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

constexpr std::uint64_t kMaxSeconds = static_cast<std::uint64_t>(kMaxTokenLife.count());
constexpr std::uint64_t kMaxOverlap = static_cast<std::uint64_t>(kMaxTokenOverlap.count());

// "expired" is for the reader to see from `expires`: the answer has no now.
nlohmann::json to_json(const ApiToken& token) {
  nlohmann::json out = {{"id", token.id},
                        {"name", token.name},
                        {"scopes", token.scopes},
                        {"per_minute", token.per_minute},
                        {"actor", token.actor}};
  put_time(out, "made", token.made);
  put_time(out, "issued", token.issued);
  put_time(out, "expires", token.expires());
  put_time(out, "earlier_valid_until", token.earlier_until);
  put_time(out, "revoked", token.revoked);
  put_time(out, "used", token.used);
  return out;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_tokens(Ask) {
  nlohmann::json answer = {{"data", nlohmann::json::array()}};
  for (const auto& token : operations_.tokens()) answer["data"].push_back(to_json(token));
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::change_token(Ask ask, TokenAct act) {
  act.actor = ask.actor;
  act.within = ask.scopes;
  auto changing = operations_.change_tokens(std::move(act));
  const auto change = co_await std::move(changing);
  if (!change) co_return response_of(problem_of(change.error()), ask.head.path);
  auto answer = to_json(change->token);
  put_text(answer, "value", change->value);
  auto response = json_response(answer);
  response.headers.emplace_back("cache-control", "no-store");
  co_return response;
}

Task<HttpResponse> AdminHandler::create_token(Ask ask) {
  auto body = Body::parse(ask.body, "name scopes expires_s per_minute");
  TokenAct act;
  act.deed = TokenDeed::create;
  act.name = body.text("name");
  act.life = seconds{body.number("expires_s", 0, 1, kMaxSeconds)};
  act.per_minute = static_cast<std::uint32_t>(body.number("per_minute", 0, 1, kMaxPerMinute));
  const auto scopes = body.value().value("scopes", nlohmann::json::array());
  if (!scopes.is_array()) body.fault(body.bad("scopes", "a list of texts", scopes.type_name()));
  for (const auto& scope : scopes) {
    if (scope.is_string()) {
      act.scopes.push_back(scope.get<std::string>());
    } else {
      body.fault(body.bad("scopes", "a list of texts", scope.type_name()));
    }
  }
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto answering = change_token(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::rotate_token(Ask ask) {
  auto body = Body::parse(ask.body, "overlap_s");
  TokenAct act;
  act.deed = TokenDeed::rotate;
  act.id = ask.args.at(0);
  act.overlap = seconds{body.number("overlap_s", 0, 0, kMaxOverlap)};
  if (body.problem()) co_return response_of(*body.problem(), ask.head.path);
  auto answering = change_token(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

Task<HttpResponse> AdminHandler::revoke_token(Ask ask) {
  TokenAct act;
  act.deed = TokenDeed::revoke;
  act.id = ask.args.at(0);
  auto answering = change_token(std::move(ask), std::move(act));
  auto answer = co_await std::move(answering);
  co_return answer;
}

}  // namespace tenon
