// The cut of a backup: what the log holds at one moment, and what else belongs to it.
#include <filesystem>
#include <set>

#include "app/operations.hpp"

namespace tenon::app {
namespace {

std::vector<std::string> secrets_of(const Workspace& workspace) {
  std::set<std::string> secrets;
  for (const auto& source : workspace.sources) {
    if (!source.write_key.empty()) secrets.insert(source.write_key);
    if (!source.webhook) continue;
    for (const auto& [slot, secret] : source.webhook->instance.credentials) secrets.insert(secret);
  }
  for (const auto& destination : workspace.destinations) {
    for (const auto& [slot, secret] : destination.credentials) secrets.insert(secret);
    if (!destination.oauth) continue;
    const auto& oauth = *destination.oauth;
    for (const auto& secret : {oauth.client_secret, oauth.refresh_token, oauth.signing_key}) {
      if (!secret.empty()) secrets.insert(secret);
    }
    secrets.insert("vault:" + std::string(kGrantSecrets) + destination.name.value);
  }
  return {secrets.begin(), secrets.end()};
}

}  // namespace

// The ends are taken without a wait in between, so that all partitions are of one moment. What is
// durable never changes, so whoever copies may take his time. Where the log has forgotten its
// beginning, states cannot be folded from it: they are copied, after the begins are taken and
// before the ends, so that each finds its place in the log between them.
Task<Result<BackupCut>> HostOperations::backup_cut() {
  BackupCut cut;
  bool trimmed = false;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    BackupCut::Lane lane;
    lane.begin = parts_.log.begin(PartitionId{p});
    trimmed = trimmed || is_trimmed(lane.begin);
    cut.partitions.push_back(lane);
  }
  if (trimmed) {
    TENON_CO_TRY_AS(cut.states, parts_.state_copies.make());
  }
  const auto workspace = parts_.config.workspace();
  if (!workspace) co_return unavailable("no configuration is in force yet");
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    cut.partitions[p].end = parts_.log.end(PartitionId{p});
  }
  cut.log = parts_.log.id();
  cut.at = parts_.clock.now();
  cut.version = TENON_VERSION;
  cut.data = parts_.data;
  cut.tenant = workspace->tenant.value;
  cut.workspace = workspace->name.value;
  cut.digest = workspace->digest;
  cut.secrets = secrets_of(*workspace);
  // Its file may be taken later: what comes after the cut only makes it newer than the log knows.
  cut.vault = parts_.secret_vault.status().generation > 0;
  for (const auto& release : parts_.catalog.releases()) {
    const auto* package = parts_.packages.of(release);
    cut.connectors.push_back({release.id.value, release.so_path, release.digest,
                              package == nullptr ? "" : package->package_path});
  }
  co_return cut;
}

}  // namespace tenon::app
