// What is in force: restored at a start, brought to all parts when it changes.
#include "app/chain_key.hpp"
#include "app/host_state.hpp"
#include "app/ingest_config.hpp"

namespace tenon::app {

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
  auto toml = read_text(options_.workspace_file);
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
  state_->holds->lift_all();  // a new credential or address deserves a new try
  return distribute();
}

Result<void> Host::distribute() {
  State& s = *state_;
  const auto workspace = s.config->workspace();
  configure_ingest(*workspace);
  const auto inbound = std::make_shared<const inbound::InboundConfig>(
      inbound::inbound_config(*workspace, s.installed));
  s.webhook_parser->configure(inbound);
  s.webhooks->configure(inbound);
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
  const auto done = distribute();
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

}  // namespace tenon::app
