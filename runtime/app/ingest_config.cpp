// Sources and their write keys.
#include "app/ingest_config.hpp"

#include "base/hash.hpp"

namespace tenon::app {

IngestConfig ingest_config_of(const Workspace& workspace, SecretStore& secrets,
                              Telemetry& telemetry, std::string& problem) {
  IngestConfig ingest;
  ingest.tenant = hash_of_name(workspace.tenant.value);
  ingest.workspace = hash_of_name(workspace.name.value);
  ingest.version = workspace.version;
  problem.clear();
  for (const auto& source : workspace.sources) {
    if (source.write_key.empty()) continue;  // takes webhooks only
    auto keys = secrets.valid(source.write_key);
    if (!keys) {
      ingest.key_store_readable = false;
      const std::string why = keys.error().text();
      problem = "write key of source " + source.name.value + ": " + why;
      telemetry.log(LogLevel::error, "source.key_unreadable",
                    {{"source", source.name.value}, {"why", why}});
      continue;
    }
    for (auto& key : *keys) {
      IngestSource entry;
      entry.name = source.name;
      entry.hash = hash_of_name(source.name.value);
      entry.write_key = std::move(key);
      entry.max_body = source.max_body;
      entry.strict_limits = source.strict_limits;
      entry.synthetic = source.synthetic;
      ingest.sources.push_back(std::move(entry));
    }
  }
  return ingest;
}

}  // namespace tenon::app
