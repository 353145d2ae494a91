// Running the parts, and who may reach them.
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "app/host_state.hpp"
#include "base/fail_point.hpp"

namespace tenon::app {
namespace {

constexpr milliseconds kTrimEvery{10'000};

}  // namespace

Host::Host(Options options) : options_(std::move(options)) {}
Host::~Host() = default;

int Host::run() {
  state_ = std::make_unique<State>(context_);
  const auto built = build();
  if (!built) {
    std::fprintf(stderr, "tenond: %s\n", built.error().text().c_str());
    return kExitUnusable;
  }
  Scope main_scope(context_.get_executor());
  main_scope.spawn(serve(), "serve");
  context_.run();
  return state_->exit;
}

Task<void> Host::serve() {
  State& s = *state_;
  boost::asio::signal_set signals(context_, SIGTERM, SIGINT);
  const auto started = co_await start();
  if (!started) {
    std::fprintf(stderr, "tenond: %s\n", started.error().text().c_str());
    s.exit = started.error().kind == ErrorKind::corrupt ? kExitFailed : kExitUnusable;
  } else {
    const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
    s.telemetry->log(LogLevel::info, "host.stopping", {{"signal", std::to_string(signal)}});
  }
  co_await stop();
}

Task<Result<void>> Host::start() {
  State& s = *state_;
  TENON_CO_TRY(restore_config());
  TENON_CO_TRY(s.rollouts->adopt());
  s.config->resolve_again();
  VaultScope whose{s.config->workspace()->tenant.value, s.config->workspace()->name.value};
  TENON_CO_TRY(s.vault_keeper->restore(std::move(whose)));
  s.scope.spawn(s.vault_keeper->run(), "vault");
  const NameHash tenant = hash_of_name(s.config->workspace()->tenant.value);
  const NameHash workspace = hash_of_name(s.config->workspace()->name.value);
  TENON_CO_TRY(s.token_keeper->restore(tenant, workspace));
  s.scope.spawn(s.token_keeper->run(), "tokens");
  TENON_CO_TRY(s.chain->restore(tenant, workspace));
  co_await s.captures->refresh();  // may put the first secret into the vault, of which the next
  co_await find_chain_key();       // one depends
  s.scope.spawn(s.chain->run(), "audit");
  s.scope.spawn(s.chain->look(), "audit.look");
  s.scope.spawn(s.captures->run(), "captures.age");
  co_await test_sandbox();
  TENON_CO_TRY(s.leases->restore(*s.limiter));
  s.scope.spawn(s.leases->follow([this](Error why) { fatal(why); }), "limits.leases");
  const auto opened = s.pipeline->open();
  if (!opened) co_return Error(opened.error());
  s.pipeline->start(s.scope, [this](Error why) { fatal(why); });
  TENON_CO_TRY(s.sync->open());
  const auto configured = reconfigure();
  if (!configured) co_return Error(configured.error());
  s.rollout_keeper->on_change([this] { roll_out(); });
  s.scope.spawn(s.rollout_keeper->run(), "rollouts");
  s.scope.spawn(s.rollouts->run(), "rollouts.gate");
  s.scope.spawn(s.shadow->run(), "rollouts.shadow");
  const auto followed = follow_removed();
  if (!followed) co_return Error(followed.error());
  TENON_CO_TRY(s.webhook_parser->restore());
  s.webhook_parser->start();
  s.scope.spawn(s.retention->run(kTrimEvery), "retention");
  const auto listening = listen();
  if (!listening) co_return Error(listening.error());
  s.scope.spawn(s.notices->run(), "notices");
  s.scope.spawn(s.completeness->run(), "completeness");
  s.telemetry->gauge("start_time_seconds", static_cast<double>(us_of(s.clock.now())) / 1e6, {});
  s.serving = true;
  TENON_FAIL_POINT("host.serving");
  s.ingest->set_ready(true, "");
  s.telemetry->log(LogLevel::info, "host.serving",
                   {{"ingest_port", std::to_string(s.ingest_server->port())},
                    {"admin_socket", options_.admin_socket},
                    {"workspace", s.config->workspace()->name.value},
                    {"isolation", s.runtime->capabilities().level()}});
  co_return Result<void>();
}

// Not fatal: events are taken in and kept; `tenon doctor` says why no connector loads.
Task<void> Host::test_sandbox() {
  State& s = *state_;
  const auto tested = co_await s.runtime->self_test();
  const std::string how = tested ? std::to_string(tested->count()) + " ms" : tested.error().text();
  std::string less;
  for (const auto& one : s.runtime->capabilities().reduced()) {
    less += (less.empty() ? "" : "; ") + one;
  }
  s.telemetry->log(tested ? LogLevel::info : LogLevel::error, "sandbox.self_test",
                   {{"level", s.runtime->capabilities().level()}, {"how", how}, {"less", less}});
}

Result<void> Host::listen() {
  State& s = *state_;
  const auto executor = context_.get_executor();
  const auto start = [&](std::unique_ptr<BeastServer>& server, HttpHandler& handler,
                         BeastServer::Options options) {
    server = std::make_unique<BeastServer>(executor, handler, s.clock, *s.telemetry);
    return server->start(std::move(options));
  };
  const auto start_at = [&](std::unique_ptr<BeastServer>& server, HttpHandler& handler,
                            const std::string& text, bool allow_plain) -> Result<void> {
    TENON_TRY_AS(const auto address, parse_address(text));
    BeastServer::Options options;
    options.address = address.host;
    options.port = address.port;
    options.allow_plain = allow_plain;
    return start(server, handler, std::move(options));
  };
  AdminOptions who;
  who.uids = {0, static_cast<std::uint32_t>(::getuid())};
  s.admin = std::make_unique<AdminHandler>(*s.operations, std::move(who));
  BeastServer::Options admin;
  admin.unix_path = options_.admin_socket;
  TENON_TRY(start(s.admin_server, *s.admin, std::move(admin)));
  if (!options_.api.empty()) {
    TENON_TRY(start_at(s.api_server, *s.admin, options_.api, options_.behind_proxy));
  }
  if (!options_.metrics.empty()) {
    s.metrics = std::make_unique<MetricsHandler>(*s.operations);
    TENON_TRY(start_at(s.metrics_server, *s.metrics, options_.metrics, false));
  }
  TENON_TRY(start_at(s.ingest_server, *s.front, options_.listen, options_.behind_proxy));
  // For scripts that asked for port 0.
  std::ofstream ports(options_.data + "/ports");
  ports << "ingest=" << s.ingest_server->port() << "\n";
  if (s.api_server) ports << "api=" << s.api_server->port() << "\n";
  if (s.metrics_server) ports << "metrics=" << s.metrics_server->port() << "\n";
  return {};
}

std::string Host::paused(const std::string& destination) {
  delivery::Runner* runner = state_->delivery->runner(destination);
  if (runner == nullptr) return {};
  const auto pause = runner->status().pause;
  return pause.paused ? pause.reason + " (by " + pause.actor + ")" : std::string();
}

std::string Host::not_ready() const {
  const State& s = *state_;
  if (s.stopping) return "stopping";
  if (!s.serving) return "starting";
  if (!s.key_problem.empty()) return s.key_problem;
  if (s.log->full()) return "the disk is full: events are refused, deliveries go on";
  return "";
}

// A log or state that cannot be trusted any more is not worked around: the log on disk is what a
// new start recovers from.
void Host::fatal(const Error& error) {
  std::fprintf(stderr, "tenond: %s\n", error.text().c_str());
  if (state_->telemetry) {
    state_->telemetry->log(LogLevel::error, "host.fatal", {{"why", error.text()}});
  }
  std::_Exit(kExitFailed);  // workers end with their host
}

}  // namespace tenon::app
