// Host::State: the parts of a running host. For the files of Host alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/admin_handler.hpp"
#include "app/capture_keeper.hpp"
#include "app/conformance_step.hpp"
#include "app/front.hpp"
#include "app/host.hpp"
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
#include "egress/lease_book.hpp"
#include "inbound/door.hpp"
#include "ingest/ingest.hpp"
#include "vault/secret_router.hpp"

namespace tenon::app {

// not_found: it cannot be read.
Result<std::string> read_text(const std::string& path);

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
  std::unique_ptr<HttpClient> client;
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
  std::unique_ptr<ConformanceStep> conformance;
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

}  // namespace tenon::app
