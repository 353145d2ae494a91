// LoadedConnector: one .so in this process, and its instances. No isolation: that is the process.
#pragma once

#include <tenon/tenon.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/connector_runtime.hpp"
#include "wire/call.hpp"

namespace tenon::worker {

// For one thread, but that connectors may log from any. A file is never unloaded: what it holds may
// still be pointed at, and the process is the unit of unloading.
class LoadedConnector {
 public:
  // Loads with RTLD_NOW | RTLD_LOCAL and checks symbol, sizes, minor and ops.
  //   not_found: no such file. corrupt: the loader refuses it. unsupported: another ABI.
  static Result<std::unique_ptr<LoadedConnector>> load(const std::string& so_path);
  ~LoadedConnector();
  LoadedConnector(const LoadedConnector&) = delete;
  LoadedConnector& operator=(const LoadedConnector&) = delete;

  std::uint32_t ops() const { return table_->ops; }
  std::uint32_t abi_minor() const { return table_->abi_minor; }

  // Creates the instance `handle` (not in use) with its settings. What the connector throws is its
  // TENON_E_INTERNAL.
  wire::Opened create(std::uint64_t handle, const std::string& settings_json);
  bool has(std::uint64_t handle) const { return instances_.count(handle) != 0; }
  // One step of an instance that exists. The result obeys wire::check_result; its texts are raw.
  StepResult step(std::uint64_t handle, const Call& call);
  void destroy(std::uint64_t handle);

 private:
  LoadedConnector(const tenon_connector* table);
  static void log(const tenon_host* host, std::uint32_t level, tenon_str message);
  static const void* extension(const tenon_host* host, tenon_str id);

  const tenon_connector* table_;
  tenon_host host_{};
  std::map<std::uint64_t, tenon_instance*> instances_;
  std::mutex log_mutex_;
  std::vector<ConnectorLog> logs_;  // since the last step; the first kMaxStepLogLines are kept
};

}  // namespace tenon::worker
