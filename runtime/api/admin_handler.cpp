// The table of routes, who may ask, and the dispatch.
#include "api/admin_handler.hpp"

#include <algorithm>
#include <charconv>

#include "access/scopes.hpp"
#include "api/reply.hpp"
#include "base/ascii.hpp"

namespace tenon {
namespace {

constexpr std::string_view kUnixPeer = "unix:";

std::optional<std::uint32_t> uid_of(std::string_view peer) {
  if (!peer.starts_with(kUnixPeer)) return std::nullopt;
  peer.remove_prefix(kUnixPeer.size());
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(peer.data(), peer.data() + peer.size(), uid);
  if (error != std::errc() || end != peer.data() + peer.size()) return std::nullopt;
  return uid;
}

// The value behind "Bearer ", in any case; empty: there is none.
std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (lower(authorization.substr(0, kScheme.size())) != kScheme) return {};
  return authorization.substr(kScheme.size());
}

// "/a/*/b" against the segments of a path: what the stars stand for, or nothing.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
  std::vector<std::string> args;
  std::size_t at = 1, i = 0;
  while (at <= pattern.size()) {
    const auto end = std::min(pattern.find('/', at), pattern.size());
    const auto want = pattern.substr(at, end - at);
    if (i == segments.size()) return std::nullopt;
    if (want == "*") {
      if (segments[i].empty()) return std::nullopt;
      args.push_back(segments[i]);
    } else if (want != segments[i]) {
      return std::nullopt;
    }
    ++i;
    at = end + 1;
  }
  if (i != segments.size()) return std::nullopt;
  return args;
}

}  // namespace

AdminHandler::AdminHandler(Operations& operations, AdminOptions options)
    : operations_(operations), options_(std::move(options)) {}

const std::vector<AdminHandler::Route>& AdminHandler::routes() {
  using A = AdminHandler;
  // The first that fits wins: literal segments stand before stars.
  static const std::vector<Route> kRoutes = {
      {"GET", "/api/v1/events", "read:events", "message_id", 0, &A::find_events},
      {"GET", "/api/v1/events/tail", "read:events", "after limit wait_ms", 0, &A::tail},
      {"GET", "/api/v1/events/rejected", "read:events", "source code since limit after", 0,
       &A::list_rejected},
      {"GET", "/api/v1/events/rejected/*", "read:events", "", 0, &A::get_rejected},
      {"POST", "/api/v1/events/rejected/*/reenter", "write:events", "", kMaxAdminBody, &A::reenter},
      {"GET", "/api/v1/events/*", "read:events", "", 0, &A::get_event},
      {"GET", "/api/v1/deliveries", "read:deliveries", "destination state lane limit after", 0,
       &A::list_deliveries},
      {"GET", "/api/v1/dead-letters", "read:deliveries",
       "destination class code status action state since until limit after", 0,
       &A::list_dead_letters},
      {"POST", "/api/v1/dead-letters/redrive", "write:deliveries", "", kMaxAdminBody,
       &A::redrive_all},
      {"GET", "/api/v1/dead-letters/*", "read:deliveries", "", 0, &A::get_dead_letter},
      {"POST", "/api/v1/dead-letters/*/redrive", "write:deliveries", "", kMaxAdminBody,
       &A::redrive},
      {"POST", "/api/v1/dead-letters/*/edit", "write:deliveries", "", kMaxAdminBody, &A::edit},
      {"GET", "/api/v1/replays", "read:deliveries", "", 0, &A::list_reruns},
      {"POST", "/api/v1/replays", "write:deliveries", "", kMaxAdminBody, &A::replay},
      {"GET", "/api/v1/replays/*", "read:deliveries", "", 0, &A::get_rerun},
      {"POST", "/api/v1/replays/*/cancel", "write:deliveries", "", kMaxAdminBody, &A::cancel_rerun},
      {"GET", "/api/v1/replays/*/rest", "read:deliveries", "limit after", 0, &A::rerun_rest},
      {"GET", "/api/v1/destinations", "read:destinations", "", 0, &A::list_destinations},
      {"POST", "/api/v1/destinations/*/pause", "write:destinations", "", kMaxAdminBody, &A::pause},
      {"POST", "/api/v1/destinations/*/resume", "write:destinations", "", kMaxAdminBody,
       &A::resume},
      {"POST", "/api/v1/destinations/*/skip", "write:destinations", "", kMaxAdminBody, &A::skip},
      {"GET", "/api/v1/destinations/*/skips", "read:destinations", "", 0, &A::list_skips},
      {"POST", "/api/v1/destinations/*/check", "write:destinations", "", kMaxAdminBody, &A::check},
      {"POST", "/api/v1/destinations/*/readback", "write:destinations", "", kMaxAdminBody,
       &A::read_back},
      {"GET", "/api/v1/pulls", "read:destinations", "", 0, &A::list_pulls},
      {"POST", "/api/v1/pulls/*/run", "write:destinations", "wait_ms", kMaxAdminBody, &A::run_pull},
      {"GET", "/api/v1/connectors", "read:connectors", "", 0, &A::list_connectors},
      {"POST", "/api/v1/connectors/*/clear", "write:connectors", "", kMaxAdminBody, &A::clear},
      {"GET", "/api/v1/workers", "read:connectors", "", 0, &A::list_workers},
      {"GET", "/api/v1/config", "read:config", "", 0, &A::get_config},
      {"GET", "/api/v1/config/history", "read:config", "limit after", 0, &A::config_history},
      {"POST", "/api/v1/config/check", "read:config", "file", kMaxConfigBody, &A::config_check},
      {"POST", "/api/v1/config/diff", "read:config", "file", kMaxConfigBody, &A::config_diff},
      {"POST", "/api/v1/config/apply", "write:config", "file", kMaxConfigBody, &A::config_apply},
      {"GET", "/api/v1/vault", "read:vault", "", 0, &A::get_vault},
      {"POST", "/api/v1/vault/put", "write:vault", "name overlap_s", kMaxAdminBody, &A::put_secret},
      {"POST", "/api/v1/vault/remove", "write:vault", "", kMaxAdminBody, &A::remove_secret},
      {"POST", "/api/v1/vault/rotate", "write:vault", "", 0, &A::rotate_vault},
      {"POST", "/api/v1/vault/rekey", "write:vault", "", kMaxAdminBody, &A::rekey_vault},
      {"POST", "/api/v1/vault/shred", "write:vault", "", kMaxAdminBody, &A::shred_vault},
      {"POST", "/api/v1/vault/accept-rollback", "write:vault", "", 0, &A::accept_vault},
      {"POST", "/api/v1/vault/verify", "read:vault", "", 0, &A::verify_vault},
      {"GET", "/api/v1/tokens", "read:tokens", "", 0, &A::list_tokens},
      {"POST", "/api/v1/tokens", "write:tokens", "", kMaxAdminBody, &A::create_token},
      {"POST", "/api/v1/tokens/*/rotate", "write:tokens", "", kMaxAdminBody, &A::rotate_token},
      {"POST", "/api/v1/tokens/*/revoke", "write:tokens", "", 0, &A::revoke_token},
      {"GET", "/api/v1/oauth", "read:vault", "", 0, &A::list_connections},
      {"POST", "/api/v1/oauth/connect", "write:vault", "", kMaxAdminBody, &A::begin_connect},
      {"POST", "/api/v1/oauth/connected", "write:vault", "", kMaxAdminBody, &A::finish_connect},
      {"GET", "/api/v1/notices", "read:operations", "limit", 0, &A::list_notices},
      {"GET", "/api/v1/completeness", "read:operations", "from to source destination", 0,
       &A::completeness},
      {"GET", "/api/v1/completeness/recount", "read:operations", "", 0, &A::recount},
      {"POST", "/api/v1/backup/cut", "write:backup", "", 0, &A::backup_cut},
      {"GET", "/api/v1/doctor", "read:operations", "vendors", 0, &A::doctor},
      {"GET", "/healthz", "read:operations", "", 0, &A::health},
      {"GET", "/readyz", "read:operations", "", 0, &A::health},
      {"GET", "/metrics", "read:operations", "", 0, &A::health},
  };
  return kRoutes;
}

// On a socket the kernel tells the user. On TCP a value that is no token, one that is unknown, and
// one that is revoked are told alike.
std::variant<Problem, AdminHandler::Caller> AdminHandler::caller_of(const HttpHead& head,
                                                                    bool spend) {
  Caller caller;
  if (head.peer.starts_with(kUnixPeer)) {
    const auto uid = uid_of(head.peer);
    if (!uid ||
        std::find(options_.uids.begin(), options_.uids.end(), *uid) == options_.uids.end()) {
      return forbidden("wanted the user that runs the host, found uid " +
                       head.peer.substr(kUnixPeer.size()));
    }
    caller.actor = "uid:" + std::to_string(*uid);
    caller.scopes = {"read:*", "write:*"};
    return caller;
  }
  const auto value = bearer_of(head.header("authorization"));
  auto verdict = operations_.judge_token(value, spend);
  switch (verdict.fate) {
    case TokenFate::refused:
      return no_token(value.empty() ? "wanted Authorization: Bearer and a token of this host "
                                      "(tenon token create), found none"
                                    : "the token is not one of this host, or is revoked");
    case TokenFate::expired:
      return no_token("the token " + verdict.id +
                      " or this value of it has expired: "
                      "tenon token rotate makes a new value");
    case TokenFate::limited:
      return too_many_requests(static_cast<std::uint32_t>(verdict.retry_after.count()));
    case TokenFate::let_in: break;
  }
  caller.actor = "token:" + verdict.id;
  caller.scopes = std::move(verdict.scopes);
  return caller;
}

std::variant<Problem, AdminHandler::Found> AdminHandler::find(const HttpHead& head, bool spend) {
  auto caller = caller_of(head, spend);
  if (const auto* problem = std::get_if<Problem>(&caller)) return *problem;
  const auto segments = path_segments(head.path);
  if (!segments) return unknown_route(head.path);
  std::string allowed;
  for (const auto& route : routes()) {
    auto args = match(route.pattern, *segments);
    if (!args) continue;
    if (route.method == head.method) {
      Found found;
      found.route = &route;
      found.caller = std::get<Caller>(std::move(caller));
      found.args = std::move(*args);
      if (!covers(found.caller.scopes, route.scope)) return scope_missing(route.scope);
      return found;
    }
    if (allowed.empty()) allowed = route.method;
  }
  if (!allowed.empty()) return wrong_method(head.method, allowed);
  return unknown_route(head.path);
}

Admission AdminHandler::admit(const HttpHead& head) {
  Admission admission;
  const auto found = find(head, true);
  if (const auto* problem = std::get_if<Problem>(&found)) {
    admission.refuse = response_of(*problem, head.path);
    return admission;
  }
  admission.max_body = std::get<Found>(found).route->max_body;
  if (head.content_length > admission.max_body) {
    admission.refuse = response_of(body_too_large(admission.max_body), head.path);
  }
  return admission;
}

Task<HttpResponse> AdminHandler::handle(HttpHead head, std::string body) {
  auto found = find(head, false);
  if (const auto* problem = std::get_if<Problem>(&found))
    co_return response_of(*problem, head.path);
  auto& [route, caller, args] = std::get<Found>(found);
  if (body.size() > route->max_body) {
    co_return response_of(body_too_large(route->max_body), head.path);
  }
  Ask ask;
  ask.query = Query::parse(head.query, route->parameters);
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), head.path);
  ask.actor = std::move(caller.actor);
  ask.scopes = std::move(caller.scopes);
  ask.args = std::move(args);
  ask.head = std::move(head);
  ask.body = std::move(body);
  auto answer = (this->*(route->run))(std::move(ask));
  auto response = co_await std::move(answer);
  co_return response;
}

Task<HttpResponse> AdminHandler::health(Ask ask) {
  co_return health_response(operations_, ask.head);
}

HttpResponse health_response(Operations& operations, const HttpHead& head) {
  const bool known = head.path == "/metrics" || head.path == "/healthz" || head.path == "/readyz";
  if (!known) return response_of(unknown_route(head.path), head.path);
  if (head.method != "GET") return response_of(wrong_method(head.method, "GET"), head.path);
  HttpResponse response;
  if (head.path == "/metrics") {
    response.headers.emplace_back("content-type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = operations.metrics();
    return response;
  }
  response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  response.body = "ok\n";
  if (head.path == "/healthz") return response;
  const auto readiness = operations.readiness();
  if (!readiness.ready) {
    response.status = 503;
    response.headers.emplace_back("retry-after", "1");
    response.body = "not ready: " + readiness.reason + "\n";
  }
  return response;
}

Admission MetricsHandler::admit(const HttpHead&) { return Admission{}; }

Task<HttpResponse> MetricsHandler::handle(HttpHead head, std::string) {
  co_return health_response(operations_, head);
}

}  // namespace tenon
