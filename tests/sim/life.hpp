// Life: the host between a start and its end, as app/host.cpp wires it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "backends/file_log/file_log.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "delivery/delivery.hpp"
#include "egress/lease_book.hpp"
#include "ingest/ingest.hpp"
#include "pipeline/pipeline.hpp"
#include "sim/mutant_log.hpp"
#include "sim/mutant_stores.hpp"
#include "sim/world.hpp"

namespace tenon::sim {

// Secrets that never change: of the write key and of each vendor.
class SimSecrets final : public SecretStore {
 public:
  Result<Secret> get(std::string_view reference) override {
    if (reference == "env:WEB_KEY") return Secret("write-key");
    if (reference.starts_with("env:TOKEN_")) {
      std::string id(reference.substr(10));
      for (char& c : id) c = static_cast<char>(c - 'A' + 'a');
      return Secret("token-of-" + id);
    }
    return not_found("no such secret");
  }
};

struct World::Life {
  Life() : scope(context.get_executor()) {}

  boost::asio::io_context context{1};
  SilentTelemetry telemetry;
  SimSecrets secrets;
  std::unique_ptr<FileLog> file_log;
  std::unique_ptr<MutantLog> log;
  std::unique_ptr<SqliteStateStores> sqlite;
  StateStores* stores = nullptr;
  std::unique_ptr<MutantStores> mutant_stores;
  std::unique_ptr<SimRuntime> runtime;
  std::unique_ptr<Hosting> hosting;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<RateLimiter> limiter;
  std::unique_ptr<LeaseBook> leases;
  std::unique_ptr<Egress> egress;
  std::unique_ptr<Holds> holds;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  std::unique_ptr<delivery::Delivery> delivery;
  std::unique_ptr<Ingest> ingest;
  std::shared_ptr<const Workspace> workspace;
  Scope scope;
  int commands = 0;  // of the operator, under way
};

}  // namespace tenon::sim
