// Building, running and stopping the parts, in the order in which they need each other.
#include "app/host.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/admin_handler.hpp"
#include "app/capture_keeper.hpp"
#include "app/chain_key.hpp"
#include "app/data_folder.hpp"
#include "app/front.hpp"
#include "app/ingest_config.hpp"
#include "app/installing.hpp"
#include "app/log_keeping.hpp"
#include "app/operations.hpp"
#include "app/package_keeper.hpp"
#include "app/rollout_desk.hpp"
#include "app/shadow_watch.hpp"
#include "app/vault_grants.hpp"
#include "backends/beast_server/beast_server.hpp"
#include "backends/curl_http/curl_http_client.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "base/fail_point.hpp"
#include "egress/lease_book.hpp"
#include "inbound/door.hpp"
#include "ingest/ingest.hpp"
#include "ports/with_deadline.hpp"
#include "vault/secret_router.hpp"

namespace tenon::app {
namespace {

constexpr seconds kDrainWithin{10};  // attempts under way at SIGTERM get so long
constexpr milliseconds kRequestsWithin{5'000};
constexpr seconds kFlushWithin{2};  // counts of the audit chain; longer only where the disk is full
constexpr milliseconds kTrimEvery{10'000};

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return not_found("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

// Declared in the order of need, so that destruction runs backwards.
struct Host::State {
  explicit State(boost::asio::io_context& context) : scope(context.get_executor()) {}

  std::unique_ptr<SpdTelemetry> telemetry;
  SystemClock clock;
  SystemRandom random;
  FileSecrets files;
  SystemDisk disk;
  std::unique_ptr<VaultFile> vault_file;
  std::unique_ptr<SecretRouter> secrets;
  std::unique_ptr<FileLog> log;
  std::unique_ptr<SqliteStateStores> stores;
  std::unique_ptr<PackageStore> package_store;
  std::optional<packages::Lock> lock;
  ReleaseCatalog catalog;
  std::vector<Manifest> installed;
  std::unique_ptr<SandboxRuntime> runtime;
  std::unique_ptr<PackageKeeper> packages;
  std::unique_ptr<CaptureStore> capture_store;
  std::unique_ptr<Hosting> hosting;
  ReleaseHealth health;
  std::unique_ptr<CurlHttpClient> client;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<VaultKeeper> vault_keeper;
  std::unique_ptr<TokenKeeper> token_keeper;
  std::unique_ptr<ChainKeeper> chain;
  std::unique_ptr<CaptureKeeper> captures;
  std::unique_ptr<VaultGrants> grants;
  std::unique_ptr<oauth::Tokens> tokens;
  std::unique_ptr<RateLimiter> limiter;
  std::unique_ptr<LeaseBook> leases;
  std::unique_ptr<Egress> egress;
  std::unique_ptr<Holds> holds;
  std::unique_ptr<ConfigKeeper> config;
  std::unique_ptr<RolloutKeeper> rollout_keeper;
  std::unique_ptr<ShadowWatch> shadow;
  std::unique_ptr<RolloutDesk> rollouts;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  std::unique_ptr<delivery::Delivery> delivery;
  std::unique_ptr<sync::Sync> sync;
  std::unique_ptr<Ingest> ingest;
  std::unique_ptr<inbound::Parser> webhook_parser;
  std::unique_ptr<inbound::WebhookDoor> webhooks;
  std::unique_ptr<retention::Retention> retention;
  std::unique_ptr<Front> front;
  std::unique_ptr<NoticeKeeper> notices;
  std::unique_ptr<CompletenessWatch> completeness;
  std::unique_ptr<StateCopies> state_copies;
  std::unique_ptr<HostOperations> operations;
  std::unique_ptr<AdminHandler> admin;
  std::unique_ptr<MetricsHandler> metrics;
  std::unique_ptr<BeastServer> ingest_server, admin_server, api_server, metrics_server;
  Scope scope;
  std::string key_problem;  // why write keys cannot be judged, or empty
  bool serving = false, stopping = false;
  int exit = kExitClean;
};

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

Result<void> Host::build() {
  State& s = *state_;
  TENON_TRY(open_data_folder(options_.data));
  std::error_code error;
  std::filesystem::create_directories(options_.data + "/state", error);
  if (error) return unavailable("cannot make " + options_.data + ": " + error.message());
  TelemetryOptions telemetry;
  telemetry.file = options_.log_file;
  telemetry.level = options_.log_level;
  TENON_TRY_AS(s.telemetry, SpdTelemetry::open(std::move(telemetry)));
  FileLogOptions log;
  log.salvage = options_.salvage;
  log.chunk = Bytes{std::uint64_t{options_.log_chunk_mib} << 20};
  log.on_fatal = [this](const Error& why) { fatal(why); };
  TENON_TRY_AS(s.log, FileLog::open(context_.get_executor(), s.disk, s.clock, s.random,
                                    options_.data + "/log", std::move(log)));
  for (const auto& message : s.log->recovery().messages) {
    s.telemetry->log(LogLevel::warning, "log.mended", {{"what", message}});
  }
  s.stores = std::make_unique<SqliteStateStores>(options_.data + "/state", s.log->id());
  const auto data = std::filesystem::absolute(options_.data, error).lexically_normal().string();
  s.package_store = std::make_unique<PackageStore>(s.disk, data + "/connectors");
  TENON_TRY(s.package_store->open());
  if (!options_.lock.empty()) {
    TENON_TRY_AS(const auto text, read_file(options_.lock));
    TENON_TRY_AS(s.lock, packages::parse_lock(text, options_.lock));
  }
  const packages::Lock* lock = s.lock ? &*s.lock : nullptr;
  s.catalog = scan_all(options_.connectors, *s.package_store, lock);
  for (const auto& problem : s.catalog.errors()) {
    const std::string why = problem.text();
    s.telemetry->log(LogLevel::error, "connector.unusable", {{"why", why}});
  }
  sandbox::Options sandbox;
  sandbox.evidence_folder = options_.data + "/evidence";
  sandbox.worker_path = options_.worker;
  sandbox.spawner_path = program_folder() + "/tenon-spawner";
  s.runtime = std::make_unique<SandboxRuntime>(context_.get_executor(), s.clock, s.random,
                                               *s.telemetry, std::move(sandbox));
  TENON_TRY(install(s.catalog, options_.not_isolated, *s.runtime, *s.telemetry));
  s.installed = s.catalog.manifests();
  s.packages = std::make_unique<PackageKeeper>(
      PackageDoors{*s.package_store, s.catalog, s.installed, *s.runtime, *s.telemetry,
                   [this] { return state_->config->workspace(); }, [this] { return reconfigure(); },
                   options_.not_isolated, lock, [this] { return state_->rollouts->users(); }});
  s.hosting = std::make_unique<Hosting>(*s.runtime, s.clock, *s.telemetry, s.catalog);
  s.client = std::make_unique<CurlHttpClient>(context_.get_executor(), s.clock);
  VaultFileOptions vault;
  vault.folder = options_.data + "/vault";
  const std::string key = options_.vault_key;
  TENON_TRY_AS(vault.key,
               parse_key_source(key.empty() ? "file:" + options_.data + "/vault.key" : key));
  s.vault_file = std::make_unique<VaultFile>(VaultDoors{s.disk, s.clock, s.random, s.files}, vault);
  s.secrets = std::make_unique<SecretRouter>(*s.vault_file, s.files);
  s.vault = std::make_unique<Vault>(*s.secrets);
  const auto chunks = [log = s.log.get()](PartitionId p) { return log->chunks(p); };
  s.vault_keeper =
      std::make_unique<VaultKeeper>(*s.log, s.clock, *s.telemetry, *s.vault_file, chunks);
  s.vault_keeper->on_change([this] { refresh_secrets(); });
  s.capture_store = std::make_unique<CaptureStore>(s.disk, *s.telemetry, data + "/captures",
                                                   CaptureStore::Options());
  s.captures = std::make_unique<CaptureKeeper>(
      CaptureDoors{*s.vault_file, *s.vault_keeper, *s.capture_store, s.clock, s.random,
                   *s.telemetry, [this] { return state_->config->workspace(); }});
  s.chain =
      std::make_unique<ChainKeeper>(context_.get_executor(), *s.log, s.clock, *s.telemetry, chunks);
  s.token_keeper =
      std::make_unique<TokenKeeper>(TokenDoors{*s.log, s.clock, s.random, *s.telemetry}, chunks);
  s.limiter = std::make_unique<RateLimiter>(*s.log, s.clock);
  s.leases = std::make_unique<LeaseBook>(*s.log, *s.stores, s.clock);
  s.egress = std::make_unique<Egress>(*s.client, *s.vault, *s.limiter, s.clock, *s.telemetry);
  s.grants = std::make_unique<VaultGrants>(*s.vault_file, *s.vault_keeper);
  oauth::TokenDoors tokens{*s.client, *s.secrets, *s.grants, s.clock, s.random, *s.telemetry};
  s.tokens = std::make_unique<oauth::Tokens>(tokens, s.scope);
  s.egress->use_tokens(*s.tokens);
  s.config = std::make_unique<ConfigKeeper>(*s.log, s.clock, s.installed, chunks);
  s.rollout_keeper =
      std::make_unique<RolloutKeeper>(RolloutDoors{*s.log, s.clock, *s.telemetry}, chunks);
  s.shadow = std::make_unique<ShadowWatch>(
      ShadowDoors{s.capture_store.get(), *s.runtime, s.clock, *s.telemetry, s.catalog,
                  [this] { return state_->rollout_keeper->rollouts(); },
                  [this](const std::string& release) { return changes_of(release); }});
  s.rollouts = std::make_unique<RolloutDesk>(RolloutDeskDoors{
      *s.rollout_keeper, *s.config, s.catalog, s.installed, *s.hosting, s.health, *s.chain, s.clock,
      *s.telemetry, [this](const Rollout& rollout) { return state_->shadow->of(rollout); },
      [this](const std::string& release) { return file_of(release, "CHANGELOG.md"); }});
  s.config->resolve_with([this](Workspace& workspace) { state_->rollouts->resolve(workspace); });
  s.pipeline = std::make_unique<pipeline::Pipeline>(*s.log, *s.stores, s.clock, *s.telemetry);
  const auto on_fatal = [this](const Error& why) { fatal(why); };
  s.holds = std::make_unique<Holds>(*s.limiter, s.clock, *s.telemetry);
  delivery::Doors doors{*s.log,    *s.stores, s.clock,        *s.telemetry, *s.hosting,
                        *s.egress, *s.holds,  s.shadow.get(), &s.health};
  s.delivery = std::make_unique<delivery::Delivery>(doors, s.scope, on_fatal);
  sync::SyncDoors pulls{*s.log,
                        s.clock,
                        s.random,
                        *s.telemetry,
                        CallDoors{s.clock, *s.hosting, *s.egress, *s.holds},
                        [this](const std::string& name) { return paused(name); }};
  s.sync = std::make_unique<sync::Sync>(std::move(pulls), *s.stores, s.scope, on_fatal);
  s.holds->on_lift([this](const std::string& destination) {
    state_->delivery->wake(destination);
    state_->sync->wake();
  });
  s.ingest = std::make_unique<Ingest>(*s.log, s.clock, s.random, *s.telemetry);
  s.webhook_parser = std::make_unique<inbound::Parser>(*s.log, *s.stores, s.clock, *s.telemetry,
                                                       *s.hosting, s.scope);
  s.webhooks =
      std::make_unique<inbound::WebhookDoor>(*s.webhook_parser, *s.vault, s.clock, *s.telemetry);
  retention::Rules keep;
  keep.keep = std::chrono::hours(24 * options_.log_keep_days);
  keep.keep_resting = std::chrono::hours(24 * options_.log_keep_dead_days);
  keep.most_bytes = options_.log_keep_mib << 20;
  const Followers followers{*s.pipeline,       *s.delivery, *s.sync,
                            *s.webhook_parser, *s.leases,   *s.config};
  s.retention = std::make_unique<retention::Retention>(
      retention_doors(*s.log, s.clock, *s.telemetry, followers), keep);
  s.front = std::make_unique<Front>(*s.ingest, *s.webhooks, inbound::kInboundPrefix);
  NoticeDoors notices{*s.log,
                      s.clock,
                      s.random,
                      *s.telemetry,
                      *s.pipeline,
                      *s.config,
                      [this] { return state_->operations->conditions(); },
                      on_fatal};
  s.notices = std::make_unique<NoticeKeeper>(std::move(notices));
  CompletenessDoors completeness{
      s.clock, *s.telemetry,
      [this](const HourRange& range) { return state_->operations->counted(range); },
      [this](NameHash source) { return state_->operations->source_name(source); }};
  s.completeness = std::make_unique<CompletenessWatch>(std::move(completeness));
  s.state_copies = std::make_unique<StateCopies>(*s.stores, s.clock, data);
  s.state_copies->remove_left_over();
  s.operations = std::make_unique<HostOperations>(Parts{*s.log,
                                                        s.clock,
                                                        s.random,
                                                        *s.telemetry,
                                                        s.files,
                                                        *s.vault,
                                                        *s.vault_file,
                                                        *s.vault_keeper,
                                                        *s.token_keeper,
                                                        *s.chain,
                                                        *s.tokens,
                                                        *s.runtime,
                                                        s.catalog,
                                                        s.installed,
                                                        *s.packages,
                                                        *s.rollouts,
                                                        *s.hosting,
                                                        *s.egress,
                                                        *s.holds,
                                                        *s.pipeline,
                                                        *s.delivery,
                                                        *s.sync,
                                                        *s.config,
                                                        *s.webhook_parser,
                                                        *s.retention,
                                                        *s.notices,
                                                        *s.completeness,
                                                        *s.state_copies,
                                                        *s.capture_store,
                                                        [this] { return reconfigure(); },
                                                        [this] { return not_ready(); },
                                                        options_.not_isolated,
                                                        data});
  return {};
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

// Of the release's package; "" = it has none, or came as a .so.
std::string Host::file_of(const std::string& release, const std::string& name) const {
  const auto* found = state_->catalog.find(ReleaseId(release));
  const auto* stored = found == nullptr ? nullptr : state_->packages->of(*found);
  return stored == nullptr ? std::string() : state_->packages->file_of(*stored, name);
}

std::vector<IntendedChange> Host::changes_of(const std::string& release) const {
  const std::string toml = file_of(release, "changes.toml");
  if (toml.empty()) return {};
  auto changes = parse_changes(toml, release + " changes.toml");
  if (changes) return std::move(*changes);
  const std::string why = changes.error().text();
  state_->telemetry->log(LogLevel::warning, "shadow.changes_unreadable", {{"why", why}});
  return {};
}

// Before a file is checked, since it says what its destinations would run.
Task<Result<void>> Host::restore_rollouts() {
  State& s = *state_;
  const auto workspace = s.config->workspace();
  if (!workspace) co_return Result<void>();
  const NameHash tenant = hash_of_name(workspace->tenant.value);
  const NameHash name = hash_of_name(workspace->name.value);
  TENON_CO_TRY(s.rollout_keeper->restore(tenant, name));
  s.config->resolve_again();
  co_return Result<void>();
}

Task<Result<void>> Host::restore_config() {
  State& s = *state_;
  const auto restored = co_await s.config->restore();
  TENON_CO_TRY(restore_rollouts());
  if (options_.workspace_file.empty()) {
    if (!restored) co_return Error(restored.error());
    if (!s.config->workspace()) {
      co_return invalid(
          "no configuration: this data folder is new, so name a workspace file with "
          "--workspace FILE");
    }
    co_return Result<void>();
  }
  auto toml = read_file(options_.workspace_file);
  if (!toml) co_return Error(toml.error());
  auto applied = co_await s.config->apply(std::move(*toml), options_.workspace_file, "start");
  if (!applied) co_return Error(applied.error());
  if (!applied->check.errors.empty()) {
    std::string text = "the workspace file cannot be used:";
    for (const auto& error : applied->check.errors) text += "\n  " + error.text();
    co_return invalid(text);
  }
  co_return co_await restore_rollouts();
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

void Host::configure_ingest(const Workspace& workspace) {
  State& s = *state_;
  s.ingest->configure(ingest_config_of(workspace, *s.secrets, *s.telemetry, s.key_problem));
  s.ingest->set_ready(s.key_problem.empty(), "write keys");
}

// Credentials are read at each use; write keys are not, and what a refused credential holds waits.
void Host::refresh_secrets() {
  const auto workspace = state_->config->workspace();
  if (!workspace || !state_->serving) return;
  configure_ingest(*workspace);
  state_->holds->lift_all();
  state_->scope.spawn(find_chain_key(), "audit.key");
  state_->scope.spawn(state_->captures->refresh(), "captures");
}

Task<void> Host::find_chain_key() {
  State& s = *state_;
  return give_chain_key({*s.vault_file, *s.vault_keeper, *s.chain, s.random, *s.telemetry});
}

Result<void> Host::reconfigure() {
  State& s = *state_;
  const auto workspace = s.config->workspace();
  configure_ingest(*workspace);
  const auto inbound = std::make_shared<const inbound::InboundConfig>(
      inbound::inbound_config(*workspace, s.installed));
  s.webhook_parser->configure(inbound);
  s.webhooks->configure(inbound);
  s.holds->lift_all();  // a new credential or address deserves a new try
  const auto canaries = s.rollouts->canaries();
  TENON_TRY(s.delivery->configure(workspace, s.installed, canaries));
  s.sync->configure(workspace, s.installed);
  auto instances = workspace->destinations;
  if (canaries.workspace) {
    const auto& others = canaries.workspace->destinations;
    instances.insert(instances.end(), others.begin(), others.end());
  }
  for (const auto& source : workspace->sources) {
    if (source.webhook) instances.push_back(source.webhook->instance);
  }
  s.scope.spawn(s.hosting->configure(std::move(instances)), "hosting.configure");
  s.shadow->watch(s.rollouts->candidates_for());
  s.scope.spawn(s.captures->refresh(), "captures");
  return {};
}

// From here on each call begins with the release that it is to have now.
void Host::roll_out() {
  State& s = *state_;
  s.config->resolve_again();
  const auto done = reconfigure();
  if (done) return;
  const std::string why = done.error().text();
  s.telemetry->log(LogLevel::error, "rollout.not_brought_into_force", {{"why", why}});
}

// Destinations of earlier configurations: what became of their deliveries is still counted.
Result<void> Host::follow_removed() {
  State& s = *state_;
  CompletenessRows rows;
  TENON_TRY(s.pipeline->count_into(rows, HourRange{}));
  for (const auto& [key, row] : rows) {
    if (!key.destination.empty()) TENON_TRY(s.delivery->follow(key.destination));
  }
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

// Requests first, then attempts, then everything that follows the log; last the state.
Task<void> Host::stop() {
  State& s = *state_;
  TENON_FAIL_POINT("stop.begun");
  s.stopping = true;
  s.ingest->stop();
  s.webhooks->stop();
  for (auto* server : {&s.ingest_server, &s.metrics_server}) {
    if (*server) co_await (*server)->stop(kRequestsWithin);
  }
  TENON_FAIL_POINT("stop.requests_ended");
  s.delivery->drain();
  const Instant until = s.clock.instant() + kDrainWithin;
  while (!s.delivery->drained() && s.clock.instant() < until) {
    const Instant again = s.clock.instant() + milliseconds{5};
    co_await s.clock.sleep_until(again);
  }
  TENON_FAIL_POINT("stop.drained");
  for (auto* server : {&s.admin_server, &s.api_server}) {
    if (*server) co_await (*server)->stop(kRequestsWithin);
  }
  if (s.serving) {
    auto flushing = with_deadline(s.clock, s.clock.instant() + kFlushWithin, s.chain->flush());
    const auto flushed = co_await std::move(flushing);
    if (!flushed) {
      const std::string why = flushed.error().text();
      s.telemetry->log(LogLevel::warning, "audit.not_flushed", {{"why", why}});
    }
  }
  s.scope.cancel();
  co_await s.scope.join();
  co_await s.runtime->stop();
  TENON_FAIL_POINT("stop.joined");
  if (s.exit == kExitClean) {
    const auto pipeline_flushed = s.pipeline->flush();
    const auto delivery_flushed = s.delivery->flush();
    const auto webhooks_flushed = s.webhook_parser->flush();
    const auto sync_flushed = s.sync->flush();
    if (!pipeline_flushed || !delivery_flushed || !webhooks_flushed || !sync_flushed) {
      s.exit = kExitFailed;
    }
  }
  TENON_FAIL_POINT("stop.flushed");
  s.telemetry->log(LogLevel::info, "host.stopped",
                   {{"clean", s.delivery->drained() ? "yes" : "no"}});
  context_.stop();
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
