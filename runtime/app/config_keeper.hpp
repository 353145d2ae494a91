// ConfigKeeper: the configuration in force, which lives in the log; files are only ever applied to
// it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/values.hpp"
#include "event/control.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"

namespace tenon::app {

// One thread.
class ConfigKeeper {
 public:
  // Where the chunks of a partition begin, the oldest first.
  using Chunks = std::function<std::vector<Offset>(PartitionId)>;
  ConfigKeeper(EventLog& log, Clock& clock, const std::vector<Manifest>& installed, Chunks chunks)
      : log_(log), clock_(clock), installed_(installed), chunks_(std::move(chunks)) {}

  // What fills in the releases of destinations that name none; nobody does so before it is given.
  void resolve_with(std::function<void(Workspace&)> resolve) { resolve_ = std::move(resolve); }
  // From now on a destination without a model is a mistake of the workspace.
  void models_only() { models_only_ = true; }
  // Once more, since what `resolve` goes by has changed.
  void resolve_again();
  // Finds the newest configuration in the log, if there is one, and completes one that a crash left
  // in some partitions only.
  Task<Result<void>> restore();
  // Everything wrong with the text, and the workspace if nothing is.
  ConfigCheck check(const std::string& toml, const std::string& place) const;
  // Checks, then appends to every partition; false in `applied` if it is in force already.
  Task<Result<ConfigApply>> apply(std::string toml, std::string place, std::string actor);
  // Appends what is in force to one partition once more, so that older chunks may be trimmed; does
  // nothing while another configuration is being appended.
  Task<Result<void>> restate(PartitionId partition);
  std::vector<std::string> changes(const std::string& toml, const std::string& place) const;
  Task<Result<Page<ConfigEntry>>> history(PageQuery query);

  // In force, with the releases filled in.
  const std::shared_ptr<const Workspace>& workspace() const { return workspace_; }
  const ConfigStatus& status() const { return status_; }

 private:
  void put_in_force(std::shared_ptr<const Workspace> workspace, const ConfigApplied& applied,
                    Time at);

  EventLog& log_;
  Clock& clock_;
  const std::vector<Manifest>& installed_;
  const Chunks chunks_;
  std::function<void(Workspace&)> resolve_;
  std::shared_ptr<const Workspace> applied_workspace_;  // as in the file
  std::shared_ptr<const Workspace> workspace_;          // shared with all that works under it
  ConfigStatus status_;
  ConfigApplied applied_;
  bool models_only_ = false;
  bool applying_ = false;
};

}  // namespace tenon::app
