// SqliteStateStores: states as SQLite files in one folder, one file per state.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/sqlite_state/sqlite_copy.hpp"
#include "base/id.hpp"
#include "ports/state_store.hpp"

namespace tenon {

// A file that is of another log, of another format or not readable is deleted and begun anew: the
// fold fills it again. One thread; stores may outlive this.
class SqliteStateStores final : public StateStores {
 public:
  // `folder` is made if it is not there (its parent must be). `log` is the log whose fold this is.
  SqliteStateStores(std::string folder, LogId log);

  // `name`: [a-z0-9-], at most 100 characters. invalid: another name. limited: the disk is full.
  // conflict: the file is in use by another process. unavailable: the machine said no.
  Result<std::unique_ptr<StateStore>> open(std::string_view name) override;

  // Those that are open now.
  std::vector<std::string> names() const;
  // Begins to copy one of them into a new file. not_found: it is not open.
  Result<std::unique_ptr<SqliteCopy>> copy(const std::string& name, const std::string& path) const;

  // One line for each state that open() discarded, with the reason.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::string folder_;
  LogId log_;
  std::map<std::string, std::weak_ptr<sqlite3>> open_;
  std::vector<std::string> notes_;
};

}  // namespace tenon
