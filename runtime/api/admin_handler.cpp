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
constexpr std::size_t kMaxAuditMethod = 20;

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
      {"POST", "/api/v1/connectors", "write:connectors", "allow_downgrade", kMaxPackageBody,
       &A::install},
      {"GET", "/api/v1/connectors/*", "read:connectors", "", 0, &A::get_connector},
      {"POST", "/api/v1/connectors/*/remove", "write:connectors", "", kMaxAdminBody,
       &A::remove_release},
      {"POST", "/api/v1/connectors/*/clear", "write:connectors", "", kMaxAdminBody, &A::clear},
      {"GET", "/api/v1/rollouts", "read:connectors", "", 0, &A::list_rollouts},
      {"GET", "/api/v1/rollouts/*", "read:connectors", "", 0, &A::get_rollout},
      {"POST", "/api/v1/rollouts/*/start", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/canary", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/promote", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/rollback", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/freeze", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/unfreeze", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/pin", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/unpin", "write:connectors", "", kMaxAdminBody, &A::roll_out},
      {"POST", "/api/v1/rollouts/*/hold", "write:connectors", "", kMaxAdminBody, &A::roll_out},
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
      {"GET", "/api/v1/audit", "read:audit", "since actor refused limit after", 0, &A::list_audit},
      {"GET", "/api/v1/audit/head", "read:audit", "", 0, &A::audit_head},
      {"GET", "/api/v1/audit/verify", "read:audit", "anchor", 0, &A::verify_audit},
      {"GET", "/api/v1/captures", "read:captures",
       "destination connector release delivery since failed calls limit after", 0,
       &A::list_captures},
      {"GET", "/api/v1/captures/*", "read:captures", "", 0, &A::get_capture},
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
std::variant<AdminHandler::Refusal, AdminHandler::Caller> AdminHandler::caller_of(
    const HttpHead& head, bool spend) {
  Caller caller;
  if (head.peer.starts_with(kUnixPeer)) {
    const auto uid = uid_of(head.peer);
    caller.actor = "uid:" + head.peer.substr(kUnixPeer.size());
    if (!uid ||
        std::find(options_.uids.begin(), options_.uids.end(), *uid) == options_.uids.end()) {
      return Refusal{forbidden("wanted the user that runs the host, found uid " +
                               head.peer.substr(kUnixPeer.size())),
                     caller.actor};
    }
    caller.scopes = {"read:*", "write:*"};
    return caller;
  }
  const auto value = bearer_of(head.header("authorization"));
  auto verdict = operations_.judge_token(value, spend);
  const std::string actor = verdict.id.empty() ? std::string() : "token:" + verdict.id;
  switch (verdict.fate) {
    case TokenFate::refused:
      return Refusal{
          no_token(value.empty() ? "wanted Authorization: Bearer and a token of this host "
                                   "(tenon token create), found none"
                                 : "the token is not one of this host, or is revoked"),
          actor};
    case TokenFate::expired:
      return Refusal{no_token("the token " + verdict.id +
                              " or this value of it has expired: "
                              "tenon token rotate makes a new value"),
                     actor};
    case TokenFate::limited:
      return Refusal{too_many_requests(static_cast<std::uint32_t>(verdict.retry_after.count())),
                     actor};
    case TokenFate::let_in: break;
  }
  caller.actor = actor;
  caller.scopes = std::move(verdict.scopes);
  return caller;
}

std::variant<AdminHandler::Refusal, AdminHandler::Found> AdminHandler::find(const HttpHead& head,
                                                                            bool spend) {
  auto caller = caller_of(head, spend);
  if (const auto* refusal = std::get_if<Refusal>(&caller)) return *refusal;
  Found found;
  found.caller = std::get<Caller>(std::move(caller));
  const auto segments = path_segments(head.path);
  if (!segments) return Refusal{unknown_route(head.path), found.caller.actor};
  std::string allowed;
  for (const auto& route : routes()) {
    auto args = match(route.pattern, *segments);
    if (!args) continue;
    if (route.method == head.method) {
      if (!covers(found.caller.scopes, route.scope)) {
        Refusal refusal(scope_missing(route.scope), found.caller.actor);
        refusal.route = &route;
        refusal.args = std::move(*args);
        return refusal;
      }
      found.route = &route;
      found.args = std::move(*args);
      return found;
    }
    if (allowed.empty()) allowed = route.method;
  }
  if (!allowed.empty()) return Refusal{wrong_method(head.method, allowed), found.caller.actor};
  return Refusal{unknown_route(head.path), found.caller.actor};
}

// Of a path that is no route only the method is kept: it may hold anything. Queries hold names and
// filters, never secrets, once they are known to be those of the route.
AuditEntry AdminHandler::entry_of(const HttpHead& head, const Route* route,
                                  const std::vector<std::string>& args, const std::string& actor) {
  AuditEntry entry;
  entry.actor = actor;
  entry.act = head.method.substr(0, kMaxAuditMethod);
  if (!head.peer.starts_with(kUnixPeer)) entry.peer = head.peer;
  if (route == nullptr) return entry;
  entry.act += " " + std::string(route->pattern);
  for (const auto& arg : args) entry.target += (entry.target.empty() ? "" : " ") + arg;
  entry.target.resize(std::min(entry.target.size(), kMaxAuditText / 2));
  return entry;
}

HttpResponse AdminHandler::refuse(const HttpHead& head, const Refusal& refusal) {
  AuditEntry entry = entry_of(head, refusal.route, refusal.args, refusal.actor);
  entry.status = refusal.problem.status;
  entry.why = refusal.problem.type;
  operations_.tell(std::move(entry));
  return response_of(refusal.problem, head.path);
}

HttpResponse AdminHandler::refuse(const HttpHead& head, const Found& found,
                                  const Problem& problem) {
  Refusal refusal(problem, found.caller.actor);
  refusal.route = found.route;
  refusal.args = found.args;
  return refuse(head, refusal);
}

Admission AdminHandler::admit(const HttpHead& head) {
  Admission admission;
  const auto found = find(head, true);
  if (const auto* refusal = std::get_if<Refusal>(&found)) {
    admission.refuse = refuse(head, *refusal);
    return admission;
  }
  admission.max_body = std::get<Found>(found).route->max_body;
  if (head.content_length > admission.max_body) {
    admission.refuse = refuse(head, std::get<Found>(found), body_too_large(admission.max_body));
  }
  return admission;
}

// An act that cannot be noted is not done. One that is done and whose end cannot be noted has been
// done all the same: its begin is in the chain, and the trouble in the log file.
Task<HttpResponse> AdminHandler::run_noted(const Route& route, Ask ask, AuditEntry entry) {
  auto beginning = operations_.note(entry, ask.body);
  const auto begun = co_await std::move(beginning);
  if (!begun) co_return response_of(problem_of(begun.error()), ask.head.path);
  auto answer = (this->*(route.run))(std::move(ask));
  auto response = co_await std::move(answer);
  entry.begun = *begun;
  entry.status = response.status;
  auto ending = operations_.note(std::move(entry), {});
  const auto ended = co_await std::move(ending);
  static_cast<void>(ended.has_value());
  co_return response;
}

Task<HttpResponse> AdminHandler::handle(HttpHead head, std::string body) {
  auto sought = find(head, false);
  if (const auto* refusal = std::get_if<Refusal>(&sought)) co_return refuse(head, *refusal);
  auto& found = std::get<Found>(sought);
  const Route& route = *found.route;
  if (body.size() > route.max_body) {
    co_return refuse(head, found, body_too_large(route.max_body));
  }
  Ask ask;
  ask.query = Query::parse(head.query, route.parameters);
  if (ask.query.problem()) co_return refuse(head, found, *ask.query.problem());
  AuditEntry entry = entry_of(head, &route, found.args, found.caller.actor);
  entry.target += ask.query.asked_for();
  ask.actor = std::move(found.caller.actor);
  ask.scopes = std::move(found.caller.scopes);
  ask.args = std::move(found.args);
  ask.head = std::move(head);
  ask.body = std::move(body);
  if (route.scope.starts_with("write:")) {
    auto running = run_noted(route, std::move(ask), std::move(entry));
    auto response = co_await std::move(running);
    co_return response;
  }
  auto answer = (this->*(route.run))(std::move(ask));
  auto response = co_await std::move(answer);
  // Health and metrics are asked for all the time, and tell of nobody.
  if (route.pattern.starts_with("/api/")) {
    entry.status = response.status;
    operations_.tell(std::move(entry));
  }
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
