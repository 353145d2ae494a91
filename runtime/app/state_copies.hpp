// StateCopies: copies of all states for a backup, made while the host works.
#pragma once

#include <string>
#include <vector>

#include "async/task.hpp"
#include "backends/sqlite_state/sqlite_state_stores.hpp"
#include "base/result.hpp"
#include "ports/clock.hpp"

namespace tenon::app {

// Only the host can read its states. The copies lie in a folder of the data folder, from where who
// makes the backup takes and removes them; what he leaves goes with the next copies or the next
// start. One thread.
class StateCopies {
 public:
  // `data` is an absolute path.
  StateCopies(const SqliteStateStores& stores, Clock& clock, const std::string& data)
      : stores_(stores), clock_(clock), folder_(data + "/backup-states") {}

  // Paths of the copies: each of a moment of its own, none older than this call. A little at a
  // time, so that nobody waits for it.
  //   conflict: copies are being made, or a state was closed meanwhile. limited: the disk is full.
  Task<Result<std::vector<std::string>>> make();
  void remove_left_over();

 private:
  Task<Result<std::vector<std::string>>> copy_all();

  const SqliteStateStores& stores_;
  Clock& clock_;
  std::string folder_;
  bool busy_ = false;
};

}  // namespace tenon::app
