// A thin owner of sqlite3 handles: opens, prepares, binds, steps; errors become Results.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon {

struct SqliteClose {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct SqliteFinalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteDb = std::unique_ptr<sqlite3, SqliteClose>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteFinalize>;

// corrupt: the file is damaged or is no database. limited: the disk is full. conflict: locked.
Error sqlite_error(sqlite3* db, std::string_view doing);
Result<SqliteDb> sqlite_open(const std::string& path);
Result<void> sqlite_run(sqlite3* db, const char* sql);
Result<SqliteStatement> sqlite_prepare(sqlite3* db, std::string_view sql);
// The view must live until the statement is reset.
Result<void> sqlite_bind(sqlite3_stmt* statement, int index, std::string_view blob);
// True while there is a row.
Result<bool> sqlite_step(sqlite3_stmt* statement);
// Of the current row; valid until the next step or reset.
std::string_view sqlite_blob(sqlite3_stmt* statement, int column);

// Rewinds a statement and forgets what was bound when the scope is left.
class SqliteUse {
 public:
  explicit SqliteUse(sqlite3_stmt* statement) : statement_(statement) {}
  SqliteUse(const SqliteUse&) = delete;
  SqliteUse& operator=(const SqliteUse&) = delete;
  ~SqliteUse() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace tenon
