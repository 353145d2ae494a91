// AdminHandler: the admin API, mapping HTTP and JSON to Operations. README.md lists its routes.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/operations.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "ports/http_handler.hpp"

namespace tenon {

constexpr std::uint64_t kMaxAdminBody = 256 * 1024;   // JSON bodies
constexpr std::uint64_t kMaxConfigBody = 1u << 20;    // TOML bodies
constexpr std::uint64_t kMaxPackageBody = 80u << 20;  // packages of connectors
constexpr std::uint64_t kMaxTailWaitMs = 30'000;
constexpr std::size_t kMaxUnfinishedTraces = 8;  // kept so that asking again goes on

struct AdminOptions {
  std::vector<std::uint32_t> uids;  // users of the Unix socket who may ask; others get 403
};

// One thread. `operations` must outlive it. On a Unix socket its users are let in, on TCP whoever
// brings a token.
class AdminHandler final : public HttpHandler {
 public:
  AdminHandler(Operations& operations, AdminOptions options);

  Admission admit(const HttpHead& head) override;
  Task<HttpResponse> handle(HttpHead head, std::string body) override;

 private:
  // Who asks: a user of the host's socket, or a token, which has its scopes only.
  struct Caller {
    std::string actor;
    std::vector<std::string> scopes;
  };
  struct Ask {
    HttpHead head;
    std::vector<std::string> scopes;
    std::string body, actor;
    std::vector<std::string> args;  // what stood in the place of each * of the pattern
    Query query;
  };
  struct Route {
    std::string_view method, pattern;  // pattern segments; "*" is any one segment
    std::string_view scope;
    std::string_view parameters;  // known ones, space-separated
    std::uint64_t max_body;
    Task<HttpResponse> (AdminHandler::*run)(Ask ask);
  };
  struct Found {
    const Route* route = nullptr;
    Caller caller;
    std::vector<std::string> args;
  };
  // Why not, and what is known of who asked for what.
  struct Refusal {
    Refusal(Problem why, std::string who) : problem(std::move(why)), actor(std::move(who)) {}
    Problem problem;
    std::string actor;
    const Route* route = nullptr;  // null: none was met
    std::vector<std::string> args;
  };
  static const std::vector<Route>& routes();
  // `spend`: the request counts against the rate of its token; once for each.
  std::variant<Refusal, Found> find(const HttpHead& head, bool spend);
  std::variant<Refusal, Caller> caller_of(const HttpHead& head, bool spend);
  static AuditEntry entry_of(const HttpHead& head, const Route* route,
                             const std::vector<std::string>& args, const std::string& actor);
  // The refusal as the answer, told to the audit chain.
  HttpResponse refuse(const HttpHead& head, const Refusal& refusal);
  HttpResponse refuse(const HttpHead& head, const Found& found, const Problem& problem);
  // Runs a route that changes something, between two entries of the chain.
  Task<HttpResponse> run_noted(const Route& route, Ask ask, AuditEntry entry);

  Task<HttpResponse> get_event(Ask ask);
  Task<HttpResponse> find_events(Ask ask);
  Task<HttpResponse> tail(Ask ask);
  Task<HttpResponse> list_rejected(Ask ask);
  Task<HttpResponse> get_rejected(Ask ask);
  Task<HttpResponse> reenter(Ask ask);
  Task<HttpResponse> list_deliveries(Ask ask);
  Task<HttpResponse> list_dead_letters(Ask ask);
  Task<HttpResponse> get_dead_letter(Ask ask);
  Task<HttpResponse> redrive(Ask ask);
  Task<HttpResponse> redrive_all(Ask ask);
  Task<HttpResponse> edit(Ask ask);
  Task<HttpResponse> replay(Ask ask);
  Task<HttpResponse> list_reruns(Ask ask);
  Task<HttpResponse> get_rerun(Ask ask);
  Task<HttpResponse> cancel_rerun(Ask ask);
  Task<HttpResponse> rerun_rest(Ask ask);
  Task<HttpResponse> list_destinations(Ask ask);
  Task<HttpResponse> pause(Ask ask);
  Task<HttpResponse> resume(Ask ask);
  Task<HttpResponse> skip(Ask ask);
  Task<HttpResponse> list_skips(Ask ask);
  Task<HttpResponse> check(Ask ask);
  Task<HttpResponse> read_back(Ask ask);
  Task<HttpResponse> list_pulls(Ask ask);
  Task<HttpResponse> run_pull(Ask ask);
  Task<HttpResponse> list_connectors(Ask ask);
  Task<HttpResponse> get_connector(Ask ask);
  Task<HttpResponse> install(Ask ask);
  Task<HttpResponse> remove_release(Ask ask);
  Task<HttpResponse> clear(Ask ask);
  Task<HttpResponse> list_workers(Ask ask);
  Task<HttpResponse> get_config(Ask ask);
  Task<HttpResponse> config_history(Ask ask);
  Task<HttpResponse> config_check(Ask ask);
  Task<HttpResponse> config_diff(Ask ask);
  Task<HttpResponse> config_apply(Ask ask);
  Task<HttpResponse> get_vault(Ask ask);
  Task<HttpResponse> put_secret(Ask ask);
  Task<HttpResponse> remove_secret(Ask ask);
  Task<HttpResponse> rotate_vault(Ask ask);
  Task<HttpResponse> rekey_vault(Ask ask);
  Task<HttpResponse> shred_vault(Ask ask);
  Task<HttpResponse> accept_vault(Ask ask);
  Task<HttpResponse> verify_vault(Ask ask);
  Task<HttpResponse> list_tokens(Ask ask);
  Task<HttpResponse> create_token(Ask ask);
  Task<HttpResponse> rotate_token(Ask ask);
  Task<HttpResponse> revoke_token(Ask ask);
  Task<HttpResponse> change_token(Ask ask, TokenAct act);
  Task<HttpResponse> list_rollouts(Ask ask);
  Task<HttpResponse> get_rollout(Ask ask);
  Task<HttpResponse> roll_out(Ask ask);
  Task<HttpResponse> list_audit(Ask ask);
  Task<HttpResponse> audit_head(Ask ask);
  Task<HttpResponse> verify_audit(Ask ask);
  Task<HttpResponse> list_captures(Ask ask);
  Task<HttpResponse> get_capture(Ask ask);
  Task<HttpResponse> begin_connect(Ask ask);
  Task<HttpResponse> finish_connect(Ask ask);
  Task<HttpResponse> list_connections(Ask ask);
  Task<HttpResponse> change_vault(Ask ask, VaultAct act);
  Task<HttpResponse> list_notices(Ask ask);
  Task<HttpResponse> completeness(Ask ask);
  Task<HttpResponse> recount(Ask ask);
  Task<HttpResponse> backup_cut(Ask ask);
  Task<HttpResponse> doctor(Ask ask);
  Task<HttpResponse> health(Ask ask);

  Operations& operations_;
  AdminOptions options_;
  std::list<Trace> unfinished_;  // newest first
};

// For a second loopback TCP listener: only /metrics, /healthz and /readyz; anyone may ask.
class MetricsHandler final : public HttpHandler {
 public:
  explicit MetricsHandler(Operations& operations) : operations_(operations) {}
  Admission admit(const HttpHead& head) override;
  Task<HttpResponse> handle(HttpHead head, std::string body) override;

 private:
  Operations& operations_;
};

// The answer to /metrics, /healthz or /readyz; 404 for any other path, 405 for any other method.
HttpResponse health_response(Operations& operations, const HttpHead& head);

}  // namespace tenon
