// SqliteCopy: a copy of one state, made a little at a time while the state is in use.
#pragma once

#include <memory>
#include <string>

#include "backends/sqlite_state/sqlite.hpp"

namespace tenon {

// The copy is the state of the moment of its last step: what is committed meanwhile is in it.
class SqliteCopy {
 public:
  // `path` must not be there.
  static Result<std::unique_ptr<SqliteCopy>> begin(std::weak_ptr<sqlite3> from,
                                                   const std::string& path);
  // Copies at most a MiB. True: the copy is whole and on disk.
  //   conflict: the state was closed meanwhile. limited: the disk is full.
  Result<bool> step();

 private:
  struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
  };
  std::weak_ptr<sqlite3> from_;
  std::string path_;
  SqliteDb to_;  // before the backup: closed after it
  std::unique_ptr<sqlite3_backup, Finish> backup_;
};

}  // namespace tenon
