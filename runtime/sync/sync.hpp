// Sync: all pulls of a workspace, set up from the configuration in force.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/puller.hpp"

namespace tenon::sync {

constexpr std::string_view kStateName = "sync";

// One thread. open, then configure; at stop: cancel and join the Scope, then flush. Nothing needs
// draining: a page that is not durable is asked for again.
class Sync {
 public:
  Sync(SyncDoors doors, StateStores& stores, Scope& scope, std::function<void(Error)> on_fatal);

  // Reads on to the end of the log and lets in what a crash left open, of pulls that are configured
  // no longer too. Errors: a state that cannot be opened or cleared, a log that cannot be read. A
  // state that cannot be read is rebuilt.
  Task<Result<void>> open();
  void configure(std::shared_ptr<const Workspace> workspace,
                 const std::vector<Manifest>& installed);
  // Of the pulls in the configuration in force.
  Result<std::vector<PullStatus>> status();
  // Runs a pull now and waits up to `wait` for its end. not_found: no such pull. conflict: it may
  // not run, and why.
  Task<Result<PullStatus>> run_now(std::string name, milliseconds wait);
  void wake();
  Result<void> flush();
  // Flushes, and makes it survive a power cut.
  Result<void> sync();
  // From where on a start and pages that are not wholly in need the log.
  Result<Offset> needed_from(PartitionId p);

 private:
  Task<Result<void>> load();
  Puller& puller(const PullKey& key);
  static Task<void> follow(Puller& puller, std::function<void(Error)>& on_fatal);
  Task<void> flush_often();

  SyncDoors doors_;
  StateStores& stores_;
  Scope& scope_;
  std::function<void(Error)> on_fatal_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<PullFold> fold_;
  std::map<PullKey, std::unique_ptr<Puller>> pullers_;
  std::set<PartitionId> homes_;                  // of the pullers
  std::map<std::string, PullKey> configured_;    // by name
  std::map<std::string, std::string> problems_;  // why a pull cannot run at all, by name
};

}  // namespace tenon::sync
