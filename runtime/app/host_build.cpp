// Building the parts, in the order in which they need each other.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/data_folder.hpp"
#include "app/host_state.hpp"
#include "app/installing.hpp"
#include "app/log_keeping.hpp"
#include "app/loopback_client.hpp"

namespace tenon::app {

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return not_found("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
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
    TENON_TRY_AS(const auto text, read_text(options_.lock));
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
  if (options_.models_only) s.client = std::make_unique<LoopbackClient>(std::move(s.client));
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
  if (options_.models_only) s.config->models_only();
  s.rollout_keeper =
      std::make_unique<RolloutKeeper>(RolloutDoors{*s.log, s.clock, *s.telemetry}, chunks);
  s.shadow = std::make_unique<ShadowWatch>(
      ShadowDoors{s.capture_store.get(), *s.runtime, s.clock, *s.telemetry, s.catalog,
                  [this] { return state_->rollout_keeper->rollouts(); },
                  [this](const std::string& release) { return changes_of(release); }});
  s.conformance = std::make_unique<ConformanceStep>(ConformanceDoors{
      s.catalog, *s.package_store, s.clock, *s.telemetry,
      [this] { return state_->config->workspace(); }, program_folder() + "/tenon-confine",
      program_folder() + "/tenon-check", data + "/conformance"});
  s.rollouts = std::make_unique<RolloutDesk>(RolloutDeskDoors{
      *s.rollout_keeper, *s.config, s.catalog, s.installed, *s.hosting, s.health, *s.chain, s.clock,
      *s.telemetry, [this](const Rollout& rollout) { return state_->shadow->of(rollout); },
      [this](const std::string& release) { return file_of(release, "CHANGELOG.md"); },
      [this](std::string connector, std::string version) {
        return state_->conformance->look(std::move(connector), std::move(version));
      }});
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

}  // namespace tenon::app
