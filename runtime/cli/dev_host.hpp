// DevHost: the programs of `tenon dev` - models and host - in a folder, while this value lives.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/child_process.hpp"
#include "cli/dev_setup.hpp"
#include "cli/dev_view.hpp"

namespace tenon::cli {

struct DevOptions {
  std::string folder = kDevFolder;
  std::string listen = "127.0.0.1:0";   // where the host takes events
  std::vector<std::string> connectors;  // folders; empty = those that tenond finds itself
  std::vector<std::string> models;      // paths of models beside the installed ones
  std::uint64_t seed = 0;               // of the models
};

class DevHost {
 public:
  // Models first, then the host, which is ready then. `stopped`: give up waiting.
  //   unavailable: a program cannot be started, or ended; with the last lines of what it said.
  static Result<DevHost> start(const DevOptions& options, const std::function<bool()>& stopped);
  DevHost(DevHost&&) = default;

  const DevPlace& place() const { return place_; }
  const std::vector<std::string>& without_lines() const { return without_lines_; }
  std::string admin_socket() const { return folder_ + "/data/admin.sock"; }
  // Of the running host. An Error if it does not tell.
  Result<DevRows> rows() const;
  // The faults of each model.
  std::map<std::string, std::string> faults() const;
  // Which program ended by itself, and how; "" while both run.
  std::string fallen();
  // The host first: it drains into the models. True: both ended well.
  bool stop();

 private:
  DevHost(std::string folder, ChildProcess models)
      : folder_(std::move(folder)), models_(std::move(models)) {}
  Result<void> start_host(const DevOptions& options, const std::vector<DevModel>& models,
                          const std::function<bool()>& stopped);

  std::string folder_;
  ChildProcess models_;
  std::optional<ChildProcess> host_;
  DevPlace place_;
  std::string metrics_url_;
  std::vector<std::string> without_lines_;  // models that say nothing of a workspace
};

}  // namespace tenon::cli
