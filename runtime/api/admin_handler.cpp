// The table of routes, who may ask, and the dispatch.
#include "api/admin_handler.hpp"

#include <algorithm>
#include <charconv>

#include "api/reply.hpp"

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
      {"GET", "/api/v1/events", "message_id", 0, &A::find_events},
      {"GET", "/api/v1/events/tail", "after limit wait_ms", 0, &A::tail},
      {"GET", "/api/v1/events/rejected", "source code since limit after", 0, &A::list_rejected},
      {"GET", "/api/v1/events/rejected/*", "", 0, &A::get_rejected},
      {"POST", "/api/v1/events/rejected/*/reenter", "", kMaxAdminBody, &A::reenter},
      {"GET", "/api/v1/events/*", "", 0, &A::get_event},
      {"GET", "/api/v1/deliveries", "destination state limit after", 0, &A::list_deliveries},
      {"GET", "/api/v1/dead-letters",
       "destination class code status action state since until limit after", 0,
       &A::list_dead_letters},
      {"POST", "/api/v1/dead-letters/redrive", "", kMaxAdminBody, &A::redrive_all},
      {"GET", "/api/v1/dead-letters/*", "", 0, &A::get_dead_letter},
      {"POST", "/api/v1/dead-letters/*/redrive", "", kMaxAdminBody, &A::redrive},
      {"GET", "/api/v1/destinations", "", 0, &A::list_destinations},
      {"POST", "/api/v1/destinations/*/pause", "", kMaxAdminBody, &A::pause},
      {"POST", "/api/v1/destinations/*/resume", "", kMaxAdminBody, &A::resume},
      {"POST", "/api/v1/destinations/*/skip", "", kMaxAdminBody, &A::skip},
      {"GET", "/api/v1/destinations/*/skips", "", 0, &A::list_skips},
      {"POST", "/api/v1/destinations/*/check", "", kMaxAdminBody, &A::check},
      {"POST", "/api/v1/destinations/*/readback", "", kMaxAdminBody, &A::read_back},
      {"GET", "/api/v1/pulls", "", 0, &A::list_pulls},
      {"POST", "/api/v1/pulls/*/run", "wait_ms", kMaxAdminBody, &A::run_pull},
      {"GET", "/api/v1/connectors", "", 0, &A::list_connectors},
      {"POST", "/api/v1/connectors/*/clear", "", kMaxAdminBody, &A::clear},
      {"GET", "/api/v1/workers", "", 0, &A::list_workers},
      {"GET", "/api/v1/config", "", 0, &A::get_config},
      {"GET", "/api/v1/config/history", "limit after", 0, &A::config_history},
      {"POST", "/api/v1/config/check", "file", kMaxConfigBody, &A::config_check},
      {"POST", "/api/v1/config/diff", "file", kMaxConfigBody, &A::config_diff},
      {"POST", "/api/v1/config/apply", "file", kMaxConfigBody, &A::config_apply},
      {"GET", "/api/v1/completeness", "", 0, &A::completeness},
      {"GET", "/api/v1/doctor", "vendors", 0, &A::doctor},
      {"GET", "/healthz", "", 0, &A::health},
      {"GET", "/readyz", "", 0, &A::health},
      {"GET", "/metrics", "", 0, &A::health},
  };
  return kRoutes;
}

std::variant<Problem, AdminHandler::Found> AdminHandler::find(const HttpHead& head) const {
  const auto uid = uid_of(head.peer);
  if (!uid) return forbidden("the admin API is for users of its Unix socket only");
  if (std::find(options_.uids.begin(), options_.uids.end(), *uid) == options_.uids.end()) {
    return forbidden("wanted the user that runs the host, found uid " + std::to_string(*uid));
  }
  const auto segments = path_segments(head.path);
  if (!segments) return unknown_route(head.path);
  std::string allowed;
  for (const auto& route : routes()) {
    auto args = match(route.pattern, *segments);
    if (!args) continue;
    if (route.method == head.method) {
      Found found;
      found.route = &route;
      found.args = std::move(*args);
      return found;
    }
    if (allowed.empty()) allowed = route.method;
  }
  if (!allowed.empty()) return wrong_method(head.method, allowed);
  return unknown_route(head.path);
}

Admission AdminHandler::admit(const HttpHead& head) {
  Admission admission;
  const auto found = find(head);
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
  auto found = find(head);
  if (const auto* problem = std::get_if<Problem>(&found))
    co_return response_of(*problem, head.path);
  auto& [route, args] = std::get<Found>(found);
  if (body.size() > route->max_body) {
    co_return response_of(body_too_large(route->max_body), head.path);
  }
  Ask ask;
  ask.query = Query::parse(head.query, route->parameters);
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), head.path);
  ask.actor = "uid:" + head.peer.substr(kUnixPeer.size());
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
